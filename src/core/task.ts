import { InvalidArgumentError } from "../errors/index.ts";
import type { ResultStore } from "./result-store.ts";
import { describeCall } from "./task-inputs.ts";
import { resolveTaskOptions, type TaskOptions } from "./task-options.ts";

/** A function whose results are kept. */
export interface Task<Args extends readonly unknown[], Result> {
  /**
   * The kept result for these arguments, or what the function gives. Rejects with what the function throws, which is
   * not kept, and with `HashError` for arguments that have no stable key. The key is made before the function runs, so
   * arguments that change in between keep the wrong result: leave them alone until it settles.
   */
  (...args: Args): Promise<Result>;
  readonly name: string;
  readonly options: Readonly<TaskOptions<Args>>;
  /** Another task for the same function, with these options laid over its own. */
  withOptions(options: TaskOptions<Args>): Task<Args, Result>;
  /** The storage key of a call with these arguments; `undefined` where it would not be cached. */
  cacheKey(args: Args): Promise<string | undefined>;
}

/** See `task` of an entry, which is bound to the default store of its runtime. */
export type TaskFactory = <Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options?: TaskOptions<Args>,
) => Task<Args, Awaited<Result>>;

/** `task` for a runtime; `defaultStore` is asked at the first call of a task without a store of its own. */
export function createTaskFactory(defaultStore: () => ResultStore): TaskFactory {
  return function task<Args extends readonly unknown[], Result>(
    fn: (...args: Args) => Result,
    options: TaskOptions<Args> = {},
  ): Task<Args, Awaited<Result>> {
    if (typeof fn !== "function")
      throw new InvalidArgumentError(`task needs a function; got ${fn === null ? "null" : typeof fn}`);
    const resolved = resolveTaskOptions(fn, options, defaultStore);
    const { parameters, computeKey, store, caching } = resolved;
    const run = async (args: Args): Promise<Awaited<Result>> => await fn(...args);
    const keyOf = (args: Args) => computeKey?.(describeCall(resolved.task, args, parameters));
    const answer = (key: string | undefined, args: Args) =>
      key === undefined ? run(args) : store().getOrCompute(key, () => run(args), caching);

    // a key that is there at once is not waited for, which would cost a third of a hit
    function call(...args: Args): Promise<Awaited<Result>> {
      try {
        const key = keyOf(args);
        return typeof key === "object" ? key.then((found) => answer(found, args)) : answer(key, args);
      } catch (error) {
        return Promise.reject(error);
      }
    }

    return Object.defineProperties(call as Task<Args, Awaited<Result>>, {
      name: { value: resolved.task.name },
      options: { value: Object.freeze({ ...options }) },
      withOptions: { value: (more: TaskOptions<Args>) => task(fn, layOver(options, more)) },
      cacheKey: { value: async (args: Args) => keyOf(args) },
    });
  };
}

/** What makes keys takes the place of what made them before, be it a policy, a function or a template. */
function layOver<Args extends readonly unknown[]>(
  options: TaskOptions<Args>,
  more: TaskOptions<Args>,
): TaskOptions<Args> {
  const { cachePolicy, cacheKeyFn, resultStorageKey, ...rest } = options;
  const makesKeys = [more.cachePolicy, more.cacheKeyFn, more.resultStorageKey].some((each) => each !== undefined);
  return { ...rest, ...(makesKeys ? {} : { cachePolicy, cacheKeyFn, resultStorageKey }), ...more };
}
