import { isRepriseError } from "../../../src/errors/index.ts";

/** A worker, the inside of one, or a message port. */
type Port = Pick<Worker, "postMessage" | "addEventListener">;

/** A call of one context to another, over a message port. */
interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: unknown[];
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** `Actor` as it is seen from another context. An error comes as its code, or as its text. */
export type Remote<Actor> = { [Method in keyof Actor]: Actor[Method] };

/** Lets the other end of `port` call the methods of `actor`. */
export function serve(port: Port, actor: object): void {
  port.addEventListener("message", (event) => {
    const { id, method, args } = (event as MessageEvent<Call>).data;
    const called = (actor as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]?.(...args);
    called?.then(
      (value) => port.postMessage({ id, value } satisfies Answer),
      (error: unknown) =>
        port.postMessage({ id, error: isRepriseError(error) ? error.code : String(error) } satisfies Answer),
    );
  });
}

/** What `serve` offers at the other end of `port`. */
export function connect<Actor extends object>(port: Port): Remote<Actor> {
  const calls = new Map<number, (answer: Answer) => void>();
  port.addEventListener("message", (event) => {
    const answer = (event as MessageEvent<Answer>).data;
    calls.get(answer.id)?.(answer);
    calls.delete(answer.id);
  });
  const call = (method: string, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = calls.size + Math.random();
      calls.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
      port.postMessage({ id, method, args } satisfies Call);
    });
  return new Proxy({} as Remote<Actor>, {
    get: (_, method) => (method === "then" ? undefined : (...args: unknown[]) => call(String(method), args)),
  });
}
