/** A read or write under way. */
export interface InFlightOperation {
  readonly key: string;
  /** Whether nothing has changed its key since it began: only then may its record be cached. */
  isCurrent: boolean;
}

/** The reads and writes under way over one cache. */
export class InFlightOperations {
  readonly #byKey = new Map<string, Set<InFlightOperation>>();

  /** Runs a read or write of `key`. */
  async track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    const operation = { key, isCurrent: true };
    const same = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, same.add(operation));
    try {
      return await work(operation);
    } finally {
      same.delete(operation);
      if (same.size === 0 && this.#byKey.get(key) === same) this.#byKey.delete(key);
    }
  }

  /** These keys have changed, or all: records that are being read or written are not to be cached. */
  invalidate(keys: Iterable<string> = this.#byKey.keys()): void {
    for (const key of keys) for (const operation of this.#byKey.get(key) ?? []) operation.isCurrent = false;
  }
}
