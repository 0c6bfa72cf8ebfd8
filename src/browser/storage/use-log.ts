import { scopes, type ResultDatabase } from "../database/result-database.ts";

/** The number of uses that stay in memory before they are written. */
const maxUses = 5_000;

/**
 * The last read of each record. The log is separate from the records, so that a read never rewrites a body. It is written in
 * batches: after a sweep, when the page is hidden, on close, and when there are many uses.
 */
export class UseLog {
  readonly #database: ResultDatabase;
  #uses = new Map<string, number>();

  constructor(database: ResultDatabase) {
    this.#database = database;
  }

  note(key: string): void {
    // without uses to write, no listener is needed
    if (this.#uses.size === 0) globalThis.document?.addEventListener("visibilitychange", this.#onVisibilityChange);
    this.#uses.set(key, Date.now());
    if (this.#uses.size >= maxUses) void this.flush();
  }

  forget(key: string): void {
    this.#uses.delete(key);
  }

  /** The uses that are not written yet: milliseconds since 1970 by key. */
  get pending(): ReadonlyMap<string, number> {
    return this.#uses;
  }

  /** Never rejects: a lost use only makes a record look older than it is. */
  async flush(): Promise<void> {
    globalThis.document?.removeEventListener("visibilitychange", this.#onVisibilityChange);
    const uses = this.#uses;
    this.#uses = new Map();
    if (uses.size === 0) return;
    const write = (transaction: IDBTransaction) => {
      const store = transaction.objectStore("uses");
      for (const [key, time] of uses) store.put(time, key);
    };
    await this.#database.run(scopes.uses, write).catch(() => {});
  }

  readonly #onVisibilityChange = () => {
    if (document.visibilityState === "hidden") void this.flush();
  };
}
