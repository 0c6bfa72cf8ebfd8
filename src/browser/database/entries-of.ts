import { promisifyRequest } from "idb-keyval";

/** The keys and values of a range, at most `limit` of them. */
export async function entriesOf(
  store: IDBObjectStore,
  range: IDBKeyRange,
  limit?: number,
): Promise<(readonly [string, unknown])[]> {
  const [keys, values] = await Promise.all([
    promisifyRequest(store.getAllKeys(range, limit)),
    promisifyRequest<unknown[]>(store.getAll(range, limit)),
  ]);
  return keys.map((key, index) => [key as string, values[index]]);
}
