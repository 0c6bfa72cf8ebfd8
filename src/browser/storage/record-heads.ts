import { promisifyRequest } from "idb-keyval";
import { headIndex, toHead, type RecordHead } from "../database/record-row.ts";

/** The head of one record. Reads no body. */
export async function findHead(transaction: IDBTransaction, key: string): Promise<RecordHead | undefined> {
  const request = heads(transaction).openKeyCursor(rangeOf(key));
  for (let cursor = await promisifyRequest(request); cursor; cursor = await promisifyRequest(request)) {
    const head = toHead(cursor);
    if (head) return head;
    cursor.continue();
  }
  return undefined;
}

export interface HeadRange {
  /** Only keys with this prefix. */
  prefix?: string | undefined;
  /** Only keys after this one. */
  after?: string | undefined;
}

/** Up to `limit` heads in key order. Reads no bodies. */
export async function findHeads(
  transaction: IDBTransaction,
  { prefix = "", after }: HeadRange,
  limit: number,
): Promise<RecordHead[]> {
  // IndexedDB sorts an array inside the array after every head with that key
  const start = after === undefined || after < prefix ? [prefix] : [after, []];
  const request = heads(transaction).openKeyCursor(IDBKeyRange.lowerBound(start));
  const found: RecordHead[] = [];
  for (let cursor = await promisifyRequest(request); cursor; cursor = await promisifyRequest(request)) {
    const [key] = cursor.key as [unknown];
    if (typeof key !== "string" || !key.startsWith(prefix)) break;
    const head = toHead(cursor);
    if (head) found.push(head);
    if (found.length === limit) break;
    cursor.continue();
  }
  return found;
}

function heads(transaction: IDBTransaction): IDBIndex {
  return transaction.objectStore("records").index(headIndex.name);
}

function rangeOf(key: string): IDBKeyRange {
  return IDBKeyRange.bound([key], [key, []]);
}
