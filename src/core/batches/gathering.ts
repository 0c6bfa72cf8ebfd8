import { later } from "../concurrency/settle-within.ts";

interface Asked<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result | PromiseLike<Result>) => void;
}

/** Collects items of calls that run side by side, and works on them together once no call that may soon add one is left. */
export class Gathering<Item, Result> {
  readonly #expected = new Set<string>();
  readonly #work: (items: readonly Item[]) => Promise<readonly Result[]>;
  #asked: Asked<Item, Result>[] = [];

  constructor(work: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#work = work;
  }

  /** The call of `key` may soon add an item. */
  expect(key: string): void {
    this.#expected.add(key);
  }

  expects(key: string): boolean {
    return this.#expected.has(key);
  }

  /** Resolves to the result for this item. */
  add(key: string, item: Item): Promise<Result> {
    return new Promise((resolve) => {
      this.#asked.push({ item, resolve });
      // one that comes late waits only for those that come in the same turn
      if (this.expects(key)) this.leave(key);
      else later(0, () => this.leave(key));
    });
  }

  /** The call of `key` adds no item, or not soon. */
  leave(key: string): void {
    this.#expected.delete(key);
    const asked = this.#asked;
    if (this.#expected.size > 0 || asked.length === 0) return;
    this.#asked = [];
    const results = this.#work(asked.map(({ item }) => item));
    for (const [i, { resolve }] of asked.entries()) resolve(results.then((all) => all[i]!));
  }
}
