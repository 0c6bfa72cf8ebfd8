import { later } from "../../core/concurrency/settle-within.ts";

/** Milliseconds from the first write to the first sweep, since a page is busy while it starts. */
const firstDelay = 5_000;

/** Sweeps while a store is written to: soon after the first write, then at most once per interval, when the page is idle. */
export class BackgroundSweep {
  readonly #sweep: () => Promise<unknown>;
  readonly #interval: number;
  #delay: number;
  /** Cancels the scheduled sweep. */
  #cancel: (() => void) | undefined;

  /** `interval`: milliseconds. */
  constructor(sweep: () => Promise<unknown>, interval: number) {
    this.#sweep = sweep;
    this.#interval = interval;
    this.#delay = Math.min(firstDelay, interval);
  }

  /** Notes a write. */
  note(): void {
    this.#cancel ??= later(this.#delay, () => this.#whenIdle(), { idle: true });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #whenIdle(): void {
    this.#delay = this.#interval;
    let isDue = true;
    this.#cancel = () => (isDue = false);
    // a failed sweep is retried after a later write
    const run = () => {
      if (!isDue) return;
      this.#cancel = undefined;
      void this.#sweep().catch(() => {});
    };
    // workers and Safari lack this function
    const { requestIdleCallback = run } = globalThis as Partial<typeof globalThis>;
    requestIdleCallback(run, { timeout: this.#interval });
  }
}
