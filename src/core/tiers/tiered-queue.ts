import type { BackgroundWork } from "../support/background-work.ts";

/** What was written nearby and is on its way to the truth, one write of a key after the other. */
export class TieredQueue {
  readonly #background: BackgroundWork;
  readonly #last = new Map<string, Promise<void>>();

  constructor(background: BackgroundWork) {
    this.#background = background;
  }

  /** Runs `work`, which doesn't reject, after what was added for the key before. */
  add(key: string, work: () => Promise<void>): void {
    const before = this.#last.get(key);
    const last = this.#background.start(async () => {
      await before;
      await work();
      if (this.#last.get(key) === last) this.#last.delete(key);
    });
    this.#last.set(key, last);
  }

  /** Resolves once the truth has what was added for these keys. */
  async settle(keys: Iterable<string> = this.#last.keys()): Promise<void> {
    if (this.#last.size > 0) await Promise.all([...keys].map(async (key) => this.#last.get(key)));
  }
}
