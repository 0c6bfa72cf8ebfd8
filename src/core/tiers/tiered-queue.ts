import type { BackgroundWork } from "../concurrency/background-work.ts";

/** Records that were written nearby and are on their way to the truth, one write of a key after another. */
export class TieredQueue {
  readonly #background: BackgroundWork;
  readonly #last = new Map<string, Promise<void>>();

  constructor(background: BackgroundWork) {
    this.#background = background;
  }

  /** Runs `work`, which never rejects, after earlier work for the key. */
  add(key: string, work: () => Promise<void>): void {
    const before = this.#last.get(key);
    const last = this.#background.start(async () => {
      await before;
      await work();
      if (this.#last.get(key) === last) this.#last.delete(key);
    });
    this.#last.set(key, last);
  }

  /** Resolves once all earlier work for these keys has ended. */
  async settle(keys: Iterable<string> = this.#last.keys()): Promise<void> {
    if (this.#last.size > 0) await Promise.all([...keys].map(async (key) => this.#last.get(key)));
  }
}
