import { later } from "../concurrency/settle-within.ts";

/** Goes off at the soonest of many times. It keeps no process alive. */
export class ExpirationTimer {
  readonly #now: () => number;
  readonly #run: () => void;
  #at = Infinity;
  #cancel: (() => void) | undefined;

  constructor(now: () => number, run: () => void) {
    this.#now = now;
    this.#run = run;
  }

  /** `time`: milliseconds since 1970. */
  add(time: number): void {
    if (time >= this.#at) return;
    this.stop();
    this.#at = time;
    const end = () => {
      this.#at = Infinity;
      this.#run();
    };
    this.#cancel = later(Math.max(time - this.#now(), 1), end, { idle: true });
  }

  stop(): void {
    this.#cancel?.();
    this.#at = Infinity;
  }
}
