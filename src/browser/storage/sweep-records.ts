import { isGone } from "../../core/record/is-expired.ts";
import type { StorageSweepOptions, SweepResult } from "../../core/storages/result-storage.ts";
import { deleteRow } from "./invalidate-records.ts";
import { forgetInvalidations } from "./invalidation-table.ts";
import { findHead, findHeads } from "./record-heads.ts";
import { entriesOf } from "../database/entries-of.ts";
import { type RecordHead, toMetadata } from "../database/record-row.ts";
import { scopes, type ResultDatabase } from "../database/result-database.ts";
import { sweepLeases } from "./sweep-leases.ts";
import { changeAll } from "./write-guard.ts";

/** Rows per transaction that reads. Between two of them the page can draw. */
const chunkSize = 500;
/** Rows per transaction that deletes, which nobody else can read meanwhile. */
const deletedChunkSize = 100;

interface Candidate extends Pick<RecordHead, "key" | "etag" | "length"> {
  /** The time of the last read, or else of the write, in milliseconds since 1970. */
  used: number;
}

interface Survey {
  expired: Candidate[];
  live: Candidate[];
  /** The keys of uses whose records are gone. */
  orphans: string[];
}

/** Deletes expired records, then the least recently used down to `maxBytes`, or further if `freeBytes` requires it. Reads no bodies. */
export async function sweepRecords(
  database: ResultDatabase,
  { now, freeBytes = 0 }: StorageSweepOptions,
  maxBytes: number,
  pendingUses: ReadonlyMap<string, number>,
): Promise<SweepResult> {
  const { expired, live, orphans } = await survey(database, now, pendingUses);
  const expiredCount = await deleteUnchanged(database, expired);
  const excess = Math.max(sumOf(live) - maxBytes, freeBytes - sumOf(expired));
  const evicted = await deleteUnchanged(database, leastRecentlyUsed(live, excess));
  await deleteUses(database, orphans);
  const forgetting = database.run(scopes.writeRecords, (transaction) => forgetInvalidations(transaction));
  // a full disk accepts neither, and the next sweep tries again
  await Promise.allSettled([forgetting, sweepLeases(database)]);
  return { expired: expiredCount, evicted };
}

function leastRecentlyUsed(live: Candidate[], bytes: number): Candidate[] {
  if (bytes <= 0) return [];
  live.sort((one, other) => one.used - other.used);
  let end = 0;
  for (let freed = 0; freed < bytes && end < live.length; end++) freed += live[end]?.length ?? 0;
  return live.slice(0, end);
}

async function survey(
  database: ResultDatabase,
  now: number,
  pendingUses: ReadonlyMap<string, number>,
): Promise<Survey> {
  const found: Survey = { expired: [], live: [], orphans: [] };
  let after: string | undefined;
  do {
    const from = after;
    const { heads, uses, last } = await database.run(scopes.walkRecords, (transaction) => readChunk(transaction, from));
    for (const head of heads) {
      const { key, etag, length, created } = head;
      const used = Math.max(created, uses.get(key) ?? 0, pendingUses.get(key) ?? 0);
      (isGone(toMetadata(head), now) ? found.expired : found.live).push({ key, etag, length, used });
      uses.delete(key);
    }
    for (const key of uses.keys()) found.orphans.push(key);
    after = last;
  } while (after !== undefined);
  return found;
}

async function readChunk(transaction: IDBTransaction, after: string | undefined) {
  const heads = await findHeads(transaction, { after }, chunkSize);
  const last = heads.length === chunkSize ? heads.at(-1)?.key : undefined;
  return { heads, last, uses: await usesBetween(transaction, after, last) };
}

async function usesBetween(
  transaction: IDBTransaction,
  after: string | undefined,
  last: string | undefined,
): Promise<Map<string, number>> {
  const store = transaction.objectStore("uses");
  const range =
    last === undefined ? IDBKeyRange.lowerBound(after ?? "", true) : IDBKeyRange.bound(after ?? "", last, true);
  const uses = await entriesOf(store, range);
  return new Map(uses.map(([key, time]) => [key, Number.isFinite(time) ? (time as number) : 0]));
}

/** Deletes the candidates that have not been written since they were listed. Returns the number of deleted records. */
async function deleteUnchanged(database: ResultDatabase, candidates: readonly Candidate[]): Promise<number> {
  // a set, since the work may be repeated after its first try has deleted some
  const deleted = new Set<Candidate>();
  for (const chunk of chunksOf(candidates, deletedChunkSize)) {
    await changeAll(database, async (transaction) => {
      const deletions = chunk.map(async (row) => (await deleteIfUnchanged(transaction, row)) && deleted.add(row));
      await Promise.all(deletions);
    });
  }
  return deleted.size;
}

async function deleteIfUnchanged(transaction: IDBTransaction, { key, etag }: Candidate): Promise<boolean> {
  if ((await findHead(transaction, key))?.etag !== etag) return false;
  await deleteRow(transaction, key);
  return true;
}

async function deleteUses(database: ResultDatabase, keys: readonly string[]): Promise<void> {
  for (const chunk of chunksOf(keys, chunkSize)) {
    await database.run(scopes.uses, (transaction) => {
      for (const key of chunk) transaction.objectStore("uses").delete(key);
    });
  }
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

function sumOf(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { length }) => sum + length, 0);
}
