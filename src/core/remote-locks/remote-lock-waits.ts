/** Waiting calls. Each ends when its caller's signal aborts, or when all are ended. */
export class RemoteLockWaits {
  readonly #waits = new Map<AbortController, Promise<unknown>>();

  /** Runs `work` with a signal that aborts for either reason. Rejects at once if the caller's signal has already aborted. */
  async run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    const wait = work(controller.signal);
    this.#waits.set(controller, wait);
    try {
      return await wait;
    } finally {
      this.#waits.delete(controller);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends all calls with `reason`. Resolves once they have ended. */
  async end(reason: unknown): Promise<void> {
    const waits = [...this.#waits];
    for (const [controller] of waits) controller.abort(reason);
    await Promise.allSettled(waits.map(([, wait]) => wait));
  }
}
