/** Work that continues after its caller has its answer. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();
  readonly #waitUntil: ((promise: Promise<unknown>) => void) | undefined;

  /** `waitUntil` keeps the runtime alive for the work. */
  constructor(waitUntil: ((promise: Promise<unknown>) => void) | undefined) {
    this.#waitUntil = waitUntil;
  }

  start(work: () => Promise<void>): Promise<void> {
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
    this.#waitUntil?.(running);
    return running;
  }

  /** Resolves once no work is left. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
