import { later } from "../../core/support/settle-within.ts";

/** Milliseconds from the first write to the first sweep: the page has something better to do at its start. */
const firstDelay = 5_000;

/** Sweeps while a store is written to: soon after the first write, then at most once an interval, when the page is idle. */
export class BackgroundSweep {
  readonly #sweep: () => Promise<unknown>;
  readonly #interval: number;
  #delay: number;
  /** Calls off the sweep that is due. */
  #cancel: (() => void) | undefined;

  /** `interval`: milliseconds. */
  constructor(sweep: () => Promise<unknown>, interval: number) {
    this.#sweep = sweep;
    this.#interval = interval;
    this.#delay = Math.min(firstDelay, interval);
  }

  /** Something was written. */
  note(): void {
    this.#cancel ??= later(this.#delay, () => this.#whenIdle());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #whenIdle(): void {
    this.#delay = this.#interval;
    let isDue = true;
    this.#cancel = () => (isDue = false);
    // what fails now is tried again after a later write
    const run = () => {
      if (!isDue) return;
      this.#cancel = undefined;
      void this.#sweep().catch(() => {});
    };
    // missing in workers and in Safari
    const { requestIdleCallback = run } = globalThis as Partial<typeof globalThis>;
    requestIdleCallback(run, { timeout: this.#interval });
  }
}
