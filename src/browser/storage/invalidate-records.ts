import { promisifyRequest } from "idb-keyval";
import type { InvalidationMode, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { expireRecord } from "../../core/record/expire-record.ts";
import { tagIndex, toBytes, toRow, type RecordHead, type RecordRow } from "../database/record-row.ts";
import { type ResultDatabase, type RunOptions, scopes } from "../database/result-database.ts";
import { changeAndNote } from "./invalidation-table.ts";
import { findHead, findHeads } from "./record-heads.ts";
import { changeAll, inTurn } from "./write-guard.ts";

/** At most this many records, and about this many bytes, are rewritten in one transaction. Between two of them others can read and write. */
const chunkRows = 200;
const chunkBytes = 4_000_000;
/** The keys of this many records that were found by their tags are kept, to explain later misses. */
const maxAffected = 1_000;

export interface RecordInvalidation {
  readonly target: InvalidationTarget;
  readonly mode: InvalidationMode;
  /** The time of the invalidation, and of the expiration. Milliseconds since 1970, as are all here. */
  readonly at: number;
  /** Records that were created later stay. Default: none were. */
  readonly until?: number;
}

type Options = Pick<RunOptions, "durability">;

/** Notes the invalidation and changes the records that it covers. Deletions are one transaction. Large expirations are several. */
export async function invalidateRecords(
  database: ResultDatabase,
  { target, mode, at, until = Infinity }: RecordInvalidation,
  options: Options,
): Promise<void> {
  let left = await changeAndNote((note) => {
    let first: Map<string, string> | undefined;
    let latest = until;
    const change = async (transaction: IDBTransaction) => {
      if (mode === "delete" && target !== "all" && "prefix" in target && latest === Infinity) {
        deleteRange(transaction, target.prefix);
        latest = at;
        await note(transaction, { target, mode, at });
        return [];
      }
      const found = await findCovered(transaction, target);
      // a repeat, after the answer of a first try was lost, spares records that were written in between
      const heads = found.filter(({ key, etag, created }) => created <= latest && (!first || first.get(key) === etag));
      first ??= new Map(heads.map(({ key, etag }) => [key, etag]));
      const isByTags = target !== "all" && "tags" in target;
      const affected = isByTags ? heads.slice(0, maxAffected).map(({ key }) => key) : undefined;
      if (mode === "delete") await inChunks(heads.splice(0), ({ key }) => deleteRow(transaction, key));
      const expiring = expireChunk(transaction, heads, at);
      return (await Promise.all([expiring, note(transaction, { target, mode, at, affected })]))[0];
    };
    return changeAll(database, change, options);
  });
  while (left.length > 0) {
    left = await changeAll(database, (transaction) => expireChunk(transaction, left, at), options);
  }
}

/** Resolves to whether there were records. */
export function deleteRecords(database: ResultDatabase, keys: readonly string[], options: Options): Promise<boolean[]> {
  return changeAndNote((note) => {
    let found: (string | undefined)[] = [];
    let before = found;
    let wasCareful = false;
    const remove = async (transaction: IDBTransaction, key: string, index: number) => {
      const etag = (await findHead(transaction, key))?.etag;
      found[index] ??= etag;
      // another one: a first try has deleted it although its answer was lost with the connection
      if (etag === found[index]) transaction.objectStore("records").delete(key);
      return found[index] !== undefined;
    };
    const change = async (transaction: IDBTransaction, isCareful: boolean) => {
      // what was found in a transaction that is undone was not there
      if (isCareful && !wasCareful) found = before;
      wasCareful = isCareful;
      before = [...found];
      const [, removed] = await Promise.all([
        note(transaction, { target: { keys }, mode: "delete", at: Date.now() }),
        Promise.all(keys.map((key, index) => inTurn(transaction, key, () => remove(transaction, key, index)))),
      ]);
      return removed;
    };
    const key = keys.length === 1 ? keys[0] : undefined;
    return database.run(scopes.writeRecords, change, { ...options, key });
  });
}

export async function clearRecords(database: ResultDatabase, options: Options): Promise<void> {
  await changeAndNote((note) => {
    const clear = (transaction: IDBTransaction) => {
      for (const store of ["records", "uses"]) transaction.objectStore(store).clear();
      return note(transaction, { target: "all", mode: "delete", at: Date.now() });
    };
    return changeAll(database, clear, options);
  });
}

export function deleteRow(transaction: IDBTransaction, key: string): Promise<unknown> {
  const stores = ["records", "uses"].map((name) => transaction.objectStore(name));
  return Promise.all(stores.map((store) => promisifyRequest(store.delete(key))));
}

function deleteRange(transaction: IDBTransaction, prefix: string): void {
  // the next text after all with the prefix; no text comes after the last code unit, but binary keys do
  const start = prefix.replace(/\uffff+$/, "");
  const next = start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1);
  const range = IDBKeyRange.bound(prefix, start ? next : new Uint8Array(), false, true);
  for (const store of ["records", "uses"]) transaction.objectStore(store).delete(range);
}

/** Lets the record expire at `at` if it has this etag. */
async function expireRow(transaction: IDBTransaction, { key, etag, token }: RecordHead, at: number): Promise<void> {
  const records = transaction.objectStore("records");
  const row = await promisifyRequest<RecordRow | undefined>(records.get(key));
  const expired = row?.etag === etag ? expireRecord(toBytes(row), key, at) : undefined;
  if (expired) records.put(toRow(key, expired.bytes, expired.metadata, { token }), key);
}

async function findCovered(transaction: IDBTransaction, target: InvalidationTarget): Promise<RecordHead[]> {
  if (target === "all") return findHeads(transaction, {}, Infinity);
  if ("prefix" in target) return findHeads(transaction, target, Infinity);
  const keys = "keys" in target ? target.keys : await findTagged(transaction, target.tags);
  const heads = await inChunks(keys, (key) => findHead(transaction, key));
  return heads.filter((head) => head !== undefined);
}

/** Thousands of requests at once would block the page. */
async function inChunks<T, R>(items: readonly T[], request: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let start = 0; start < items.length; start += chunkRows) {
    answers.push(...(await Promise.all(items.slice(start, start + chunkRows).map(request))));
  }
  return answers;
}

async function findTagged(transaction: IDBTransaction, tags: readonly string[]): Promise<string[]> {
  const index = transaction.objectStore("records").index(tagIndex.name);
  const keys = await Promise.all(tags.map((tag) => promisifyRequest(index.getAllKeys(tag))));
  return [...new Set(keys.flat())].filter((key) => typeof key === "string");
}

/** Lets the first of these records expire, unless they were written since. Resolves to the others. */
async function expireChunk(
  transaction: IDBTransaction,
  heads: readonly RecordHead[],
  at: number,
): Promise<readonly RecordHead[]> {
  let [end, bytes] = [0, 0];
  while (end < Math.min(heads.length, chunkRows) && bytes < chunkBytes) bytes += heads[end++]!.length;
  await Promise.all(heads.slice(0, end).map((head) => expireRow(transaction, head, at)));
  return heads.slice(end);
}
