import { vi } from "vitest";

/** No two tests meet in one database. */
export function freshName(): string {
  return `test-${crypto.randomUUID()}`;
}

/** As another tab would, and without listening to `versionchange`. */
export function openRaw(name: string, version?: number): Promise<IDBDatabase> {
  return promisify(indexedDB.open(name, version));
}

/** As another tab would. Resolves once the database is gone. */
export function deleteDatabase(name: string): Promise<unknown> {
  return promisify(indexedDB.deleteDatabase(name));
}

export function promisify<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Counts the transactions of this page; they still happen. */
export function spyOnTransactions() {
  return vi.spyOn(IDBDatabase.prototype, "transaction");
}

/** The connections to the database that are opened from now on. Locks of other tests may still open theirs. */
export function spyOnConnections(name: string): IDBDatabase[] {
  const connections: IDBDatabase[] = [];
  const open = indexedDB.open.bind(indexedDB);
  vi.spyOn(indexedDB, "open").mockImplementation((...args) => {
    const request = open(...args);
    if (args[0] === name) request.addEventListener("success", () => connections.push(request.result));
    return request;
  });
  return connections;
}

/** Gives the names of the calls that read values of records, so far. */
export function spyOnBodyReads(): () => string[] {
  const calls: string[] = [];
  for (const kind of [IDBObjectStore, IDBIndex]) {
    for (const method of ["get", "getAll", "openCursor"] as const) {
      const original = kind.prototype[method] as (...args: unknown[]) => IDBRequest;
      vi.spyOn(kind.prototype, method).mockImplementation(function (
        this: IDBObjectStore | IDBIndex,
        ...args: unknown[]
      ) {
        const store = this instanceof IDBIndex ? this.objectStore : this;
        if (store.name === "records") calls.push(method);
        return original.apply(this, args) as never;
      });
    }
  }
  return () => calls;
}
