/** Any function. A union of two signatures gives parameters no type, so the compiler reports those that have none. */
export type AnyFunction = ((...args: never) => unknown) | ((first: never, ...rest: never) => unknown);

/**
 * The calls of a function, for up to four overloads. If there are fewer, the compiler repeats the first one.
 *
 * `overloads` is the signature of an async version. It is `never` if arguments and result describe the function completely.
 */
export type CallsOf<F> = F extends {
  (...args: infer A extends readonly unknown[]): infer R;
  (...args: infer B extends readonly unknown[]): infer S;
  (...args: infer C extends readonly unknown[]): infer T;
  (...args: infer D extends readonly unknown[]): infer U;
}
  ? {
      args: A | B | C | D;
      result: Awaited<R | S | T | U>;
      overloads: ((...args: A | B | C | D) => R | S | T | U) extends F
        ? never
        : [R | S | T | U, keyof F] extends [Promise<unknown>, never]
          ? F // keeps its type parameters too, unless it has members, which the task has not
          : [D, U] extends [A, R]
            ? never
            : {
                (...args: A): Promise<Awaited<R>>;
                (...args: B): Promise<Awaited<S>>;
                (...args: C): Promise<Awaited<T>>;
                (...args: D): Promise<Awaited<U>>;
              };
    }
  : never;

export type ArgumentsOf<F> = CallsOf<F>["args"];
export type ResultOf<F> = CallsOf<F>["result"];
