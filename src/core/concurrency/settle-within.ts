/** The longest delay of `setTimeout`, which fires at once for a longer one. */
const longestDelay = 2 ** 31 - 1;

/**
 * Calls `run` once after `delay` milliseconds, however many they are. Returns a function that cancels it. A timer is `idle`
 * if nobody waits for it: it then keeps no process alive.
 */
export function later(delay: number, run: () => void, { idle = false } = {}): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number): void => {
    const part = Math.min(Math.max(left, 0), longestDelay);
    timer = setTimeout(() => (left > longestDelay ? arm(left - longestDelay) : run()), part);
    if (idle) unref(timer);
  };
  arm(delay);
  return () => clearTimeout(timer);
}

/** Lets a process end although `handle` is open. Only Node and its like have such handles. */
export function unref(handle: unknown): void {
  (handle as { unref?: () => void }).unref?.();
}

export interface SettleWithinOptions<T> {
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The value that it resolves to after `timeout` milliseconds. */
  otherwise: T;
}

/**
 * A promise that settles by `begin`, by the timeout, or by the signal with its reason: whichever is first. At that moment it
 * calls the function that `begin` returned, so that nothing is passed to a caller that no longer waits.
 */
export function settleWithin<T>(
  { timeout, signal, otherwise }: SettleWithinOptions<T>,
  begin: (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void,
): Promise<T> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel?.();
      signal?.removeEventListener("abort", abort);
      end();
    };
    const succeed = (value: T): void => {
      stop();
      resolve(value);
    };
    const fail = (reason: unknown): void => {
      stop();
      reject(reason);
    };
    const abort = (): void => fail(signal?.reason);
    const cancel = timeout === undefined ? undefined : later(timeout, () => succeed(otherwise));
    signal?.addEventListener("abort", abort);
    const end = begin(succeed, fail);
  });
}
