/** A read or write in progress. */
export interface InFlightOperation {
  readonly key: string;
  /** Whether its key is unchanged since it began. Only then may its record be cached. */
  isCurrent: boolean;
}

/** The reads and writes in progress over one cache. */
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

  /** Notes a change of these keys, or of all: records that are being read or written must not be cached. */
  invalidate(keys: Iterable<string> = this.#byKey.keys()): void {
    for (const key of keys) for (const operation of this.#byKey.get(key) ?? []) operation.isCurrent = false;
  }
}
