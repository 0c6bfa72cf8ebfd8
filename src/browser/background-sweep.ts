/** Milliseconds from the first write to the first sweep: the page has something better to do at its start. */
const firstDelay = 5_000;

/** Sweeps while a store is written to: soon after the first write, then at most once an interval, when the page is idle. */
export class BackgroundSweep {
  readonly #sweep: () => Promise<unknown>;
  readonly #interval: number;
  #delay: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `interval`: milliseconds. */
  constructor(sweep: () => Promise<unknown>, interval: number) {
    this.#sweep = sweep;
    this.#interval = interval;
    this.#delay = Math.min(firstDelay, interval);
  }

  /** Something was written. */
  note(): void {
    this.#timer ??= setTimeout(() => this.#whenIdle(), this.#delay);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #whenIdle(): void {
    this.#timer = undefined;
    this.#delay = this.#interval;
    // what fails now is tried again after a later write
    const run = () => void this.#sweep().catch(() => {});
    // missing in workers and in Safari
    const { requestIdleCallback = run } = globalThis as Partial<typeof globalThis>;
    requestIdleCallback(run, { timeout: this.#interval });
  }
}
