import { later } from "./settle-within.ts";

/**
 * Sends the latest of many values: one after another, and at most one each `interval` milliseconds. It skips values in
 * between, and never the last one. A send that fails is not repeated.
 */
export class LatestSender<T> {
  readonly #interval: number;
  readonly #send: (value: T) => unknown;
  #waiting: { readonly value: T } | undefined;
  #isSending = false;

  constructor(interval: number, send: (value: T) => unknown) {
    this.#interval = interval;
    this.#send = send;
  }

  push(value: T): void {
    this.#waiting = { value };
    if (!this.#isSending) void this.#work();
  }

  /** Sends the value that waits for its turn, if any, at once. */
  async flush(): Promise<void> {
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next) await this.#send(next.value);
  }

  async #work(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting) {
      const pause = new Promise<void>((resolve) => void later(this.#interval, resolve, { idle: true }));
      await Promise.allSettled([this.flush(), pause]);
    }
    this.#isSending = false;
  }
}
