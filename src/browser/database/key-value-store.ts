import type { UseStore } from "idb-keyval";

/**
 * The records of a transaction, for idb-keyval's functions. Each of them waits for the transaction by taking over its
 * `oncomplete`, of which there is one; so each gets a stand-in that is complete at once. The real one is waited for
 * by `ResultDatabase.run`.
 */
export function recordsOf(transaction: IDBTransaction): UseStore {
  const store = transaction.objectStore("records");
  const standIn = {
    get: (key: IDBValidKey) => store.get(key),
    put: (value: unknown, key: IDBValidKey) => store.put(value, key),
    delete: (key: IDBValidKey) => store.delete(key),
    clear: () => store.clear(),
    transaction: {
      set oncomplete(complete: () => void) {
        complete();
      },
    },
  };
  return async (_mode, callback) => callback(standIn as unknown as IDBObjectStore);
}
