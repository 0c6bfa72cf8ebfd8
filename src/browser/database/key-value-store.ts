import type { UseStore } from "idb-keyval";

/**
 * The records of a transaction, for idb-keyval's functions. Each function waits for the transaction by setting its
 * `oncomplete`, and a transaction has only one. So each gets a stand-in that completes at once, and `ResultDatabase.run`
 * waits for the real transaction.
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
