import type { ChangeChannel } from "../store/change-channel.ts";
import type { ResultCache } from "../store/memory-cache.ts";

/** A read or write under way, whose record may go into memory unless its key changes meanwhile. */
export interface Passage {
  readonly key: string;
  isOpen: boolean;
}

const all = new WeakMap<ResultCache, Passages>();

/** What is under way over one cache, by whichever store: stores may share it. */
export class Passages {
  readonly #byKey = new Map<string, Set<Passage>>();
  readonly #heard = new WeakSet<ChangeChannel>();

  static of(cache: ResultCache): Passages {
    let passages = all.get(cache);
    if (!passages) all.set(cache, (passages = new Passages()));
    return passages;
  }

  /** Whether nobody listens to the channel for this cache yet: one who does is enough for all stores that share both. */
  hear(changes: ChangeChannel): boolean {
    if (this.#heard.has(changes)) return false;
    this.#heard.add(changes);
    return true;
  }

  /** Runs a read or write of `key`. */
  async during<T>(key: string, work: (passage: Passage) => Promise<T>): Promise<T> {
    const passage = { key, isOpen: true };
    const same = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, same.add(passage));
    try {
      return await work(passage);
    } finally {
      same.delete(passage);
      if (same.size === 0 && this.#byKey.get(key) === same) this.#byKey.delete(key);
    }
  }

  /** What is under way for these keys, or for all, is no longer to go into memory. */
  shut(keys: Iterable<string> = this.#byKey.keys()): void {
    for (const key of keys) for (const passage of this.#byKey.get(key) ?? []) passage.isOpen = false;
  }
}
