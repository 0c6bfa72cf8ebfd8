import { promisifyRequest } from "idb-keyval";
import { covers, type Invalidation } from "../../core/invalidation/invalidation.ts";
import { StorageQuotaError } from "../../errors/index.ts";
import type { InvalidationRow } from "../database/invalidation-row.ts";
import { findHead } from "./record-heads.ts";

/** About this number of invalidations is remembered. */
const rememberedInvalidations = 10_000;
/** With every invalidation whose place is a multiple of this number, older ones are forgotten. */
const forgetEvery = 1_000;

/** Where a computation or a late change stands in the order of changes. */
export interface Beginning {
  /** Invalidations after this place count. */
  readonly place: number;
  /** Changes that were made before are older, whatever their place. Milliseconds since 1970. */
  readonly time: number;
  /** The record that was there. */
  readonly etag: string;
}

/** The `since` of a computation. */
export function formatBeginning(place: number, etag = ""): string {
  return `${place} ${etag}`;
}

/** Reads a `since`, which may also be from the memory that stood in for the database: `StandInStorage` adds the time. */
export function parseBeginning(since: string): Beginning {
  const [, place, time, etag = ""] = /^(\d+(?:\.\d+)?)(?:@(\d+))? (.*)$/s.exec(since) ?? [];
  return time === undefined
    ? { place: Number(place ?? 0), time: -Infinity, etag }
    : { place: 0, time: Number(time), etag };
}

/** Adds an invalidation. Resolves to its place. */
export async function noteInvalidation(transaction: IDBTransaction, row: InvalidationRow): Promise<number> {
  const place = (await promisifyRequest(tableOf(transaction).add(row))) as number;
  if (place % forgetEvery === 0) await forgetUntil(transaction, place - rememberedInvalidations);
  return place;
}

/** Makes a change and notes its invalidation with it. A full disk takes no note, so deletions then make room first. */
export async function changeAndNote<T>(change: (note: typeof noteInvalidation) => Promise<T>): Promise<T> {
  try {
    return await change(noteInvalidation);
  } catch (error) {
    if (!(error instanceof StorageQuotaError)) throw error;
    const changed = await change(async () => 0);
    // once more, since a value may have been kept in between
    await change(noteInvalidation);
    return changed;
  }
}

/** The place after all invalidations so far. */
export async function lastPlace(transaction: IDBTransaction): Promise<number> {
  const cursor = await promisifyRequest(tableOf(transaction).openKeyCursor(placesAfter(), "prev"));
  return Number(cursor?.key ?? 0);
}

/** Whether the record under the key was invalidated or replaced after `beginning`. A record that is gone is no reason. */
export async function isOutdated(
  transaction: IDBTransaction,
  key: string,
  { place, time, etag }: Beginning,
  tags: readonly string[] | undefined,
): Promise<boolean> {
  const later = tableOf(transaction).getAll(placesAfter(place));
  const [head, rows] = await Promise.all([findHead(transaction, key), readRows(later)]);
  const isReplaced = head !== undefined && head.etag !== etag && head.created >= time;
  return isReplaced || rows.some(({ target, at }) => at >= time && covers(target, key, tags));
}

/** The last invalidation that covered the key, or a record under it. */
export async function findInvalidation(transaction: IDBTransaction, key: string): Promise<Invalidation | undefined> {
  const rows = await readRows(tableOf(transaction).getAll(placesAfter()));
  const row = rows.findLast(({ mode, target, affected }) => mode && (covers(target, key) || affected?.includes(key)));
  return row && { target: row.target, mode: row.mode!, at: row.at };
}

/** Forgets invalidations from before `time`, in milliseconds since 1970. Default: a day ago. */
export async function forgetInvalidations(transaction: IDBTransaction, time = Date.now() - 86_400_000): Promise<void> {
  const table = tableOf(transaction);
  const [places, rows] = await Promise.all([
    promisifyRequest(table.getAllKeys(placesAfter())),
    readRows(table.getAll(placesAfter())),
  ]);
  const kept = rows.findIndex(({ at }) => at >= time);
  const last = places.at(kept === -1 ? -1 : kept - 1);
  if (kept !== 0 && last !== undefined) await forgetUntil(transaction, last as number);
}

/** Replaces the invalidations up to `place` by one that covers all, so that computations from before are refused. */
async function forgetUntil(transaction: IDBTransaction, place: number): Promise<void> {
  const table = tableOf(transaction);
  const last = await promisifyRequest(table.openCursor(IDBKeyRange.bound(-Infinity, place), "prev"));
  if (!last) return;
  const { at } = toInvalidation(last.value);
  table.delete(IDBKeyRange.bound(-Infinity, last.key));
  table.put({ target: "all", at } satisfies InvalidationRow, last.key);
}

/** The rows after a place. Other keys than safe integers are none of this library. */
const placesAfter = (after = -Infinity): IDBKeyRange => IDBKeyRange.bound(after, Number.MAX_SAFE_INTEGER, true);

async function readRows(request: IDBRequest<unknown[]>): Promise<InvalidationRow[]> {
  return (await promisifyRequest(request)).map(toInvalidation);
}

/** A row that can't be read stands for all invalidations up to it, as one that is forgotten. */
function toInvalidation(value: unknown): InvalidationRow {
  const { target, mode, at, affected } = Object(value) as InvalidationRow;
  try {
    covers(target, "");
    const row = { target, at, ...(Array.isArray(affected) && { affected }) };
    if (Number.isFinite(at)) return mode === "delete" || mode === "expire" ? { ...row, mode } : row;
  } catch {
    // it has no target
  }
  return { target: "all", at: 0 };
}

function tableOf(transaction: IDBTransaction): IDBObjectStore {
  return transaction.objectStore("invalidations");
}
