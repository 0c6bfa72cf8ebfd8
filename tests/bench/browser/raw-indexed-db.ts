const storeName = "values";

/** One object store, keys beside the values: the least that IndexedDB can do. */
export function openRawDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore(storeName));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

/** All in one transaction. */
export function puts(database: IDBDatabase, keys: readonly string[], value: unknown): Promise<void> {
  const transaction = database.transaction(storeName, "readwrite", { durability: "relaxed" });
  const store = transaction.objectStore(storeName);
  for (const key of keys) store.put(value, key);
  transaction.commit();
  return completion(transaction);
}

/** All in one transaction. */
export async function gets(database: IDBDatabase, keys: readonly string[]): Promise<unknown[]> {
  const transaction = database.transaction(storeName);
  const store = transaction.objectStore(storeName);
  const requests = keys.map((key) => store.get(key) as IDBRequest<unknown>);
  await completion(transaction);
  return requests.map(({ result }) => result);
}

function completion(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
}
