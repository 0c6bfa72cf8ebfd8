/** A read, a write or a computation in progress. */
export interface InFlightOperation {
  readonly key: string;
  /** Whether nothing has changed its key since it began. Only then may its record be cached, or its value be joined. */
  isCurrent: boolean;
  /** Whether anything has changed its key at all, even if it began anew since. What it found before answers nobody else then. */
  isChanged?: boolean;
  /** The write to the storage, once it has begun. */
  writing?: Promise<unknown> | undefined;
  /** Called when it is no longer current. */
  onChange?: (() => void) | undefined;
}

export function outdate(operation: InFlightOperation): void {
  operation.isChanged = true;
  if (!operation.isCurrent) return;
  operation.isCurrent = false;
  operation.onChange?.();
}

/** The operations in progress, by key. */
export class InFlightOperations<Operation extends InFlightOperation = InFlightOperation> {
  readonly #byKey = new Map<string, Set<Operation>>();

  /** Notes an operation. Returns a function to call at its end. */
  begin(operation: Operation): () => void {
    const { key } = operation;
    const same = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, same.add(operation));
    return () => {
      same.delete(operation);
      if (same.size === 0 && this.#byKey.get(key) === same) this.#byKey.delete(key);
    };
  }

  /** Notes a change of these keys, or of all. `note` does so for each operation. */
  invalidate(keys: Iterable<string> = this.#byKey.keys(), note: (operation: Operation) => void = outdate): void {
    for (const key of keys) for (const operation of this.#byKey.get(key) ?? []) note(operation);
  }
}

/** Runs a read or write of `key` as an operation in progress. */
export async function trackOperation<T>(
  operations: InFlightOperations,
  key: string,
  work: (operation: InFlightOperation) => Promise<T>,
): Promise<T> {
  const operation: InFlightOperation = { key, isCurrent: true };
  const end = operations.begin(operation);
  try {
    return await work(operation);
  } finally {
    end();
  }
}
