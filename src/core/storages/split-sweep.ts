import { covers, type InvalidationTarget } from "../invalidation/invalidation.ts";
import { isGone } from "../record/is-expired.ts";
import { encodeRecord } from "../record/record-format.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { ResultStorage, StorageSweepOptions, StoredRecord, SweepResult } from "./result-storage.ts";
import { bodyKey, bodyPrefix, decodePlacedHead } from "./split-head.ts";
import { deleteManyFrom, listStorage, readManyFrom, sweepStorage } from "./storage-fallbacks.ts";

export interface SplitParts {
  /** The storage that combines the two. */
  readonly whole: ResultStorage;
  readonly metadata: ResultStorage;
  readonly results: ResultStorage;
}

/** Sweeps heads and bodies, and counts records. */
export async function sweepSplit(
  parts: SplitParts,
  { now, freeBytes = 0, onDelete }: StorageSweepOptions,
): Promise<SweepResult> {
  const { whole, metadata, results } = parts;
  // bodies are swept separately: both may be in one storage, which would count them as records
  const freed = await deleteExpiredBodies(results, now);
  const ids = metadata.list ? await idsOf(metadata, "", (head) => isGone(head, now)) : [];
  const heads = await sweepStorage(metadata, { now, onDelete });
  // their bodies have other expirations if the heads were expired early
  await deleteManyFrom(results, ids.map(bodyKey));
  const bodies = results === metadata ? undefined : await results.sweep?.({ now });
  if (bodies?.evicted) await deleteHeadsWithoutBody(parts, onDelete);
  const evicted = metadata.list ? await evictOldest(whole, freeBytes - freed, onDelete) : 0;
  return { expired: heads.expired, evicted: heads.evicted + (bodies?.evicted ?? 0) + evicted };
}

/** The ids of the bodies that the target covers. If they can't be read, none: bodies that are not deleted expire. */
export async function bodyIdsOf(metadata: ResultStorage, target: InvalidationTarget): Promise<string[]> {
  try {
    if (target !== "all" && "keys" in target)
      return placedIds(await readManyFrom(metadata, target.keys, { fresh: true }));
    const prefix = target !== "all" && "prefix" in target ? target.prefix : "";
    return await idsOf(metadata, prefix, ({ storageKey, tags }) => covers(target, storageKey, tags));
  } catch {
    return [];
  }
}

async function idsOf(
  metadata: ResultStorage,
  prefix: string,
  isMeant: (head: ResultRecordMetadata) => boolean,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of pagesOf(metadata, prefix)) {
    const keys = page.filter(isMeant).map(({ storageKey }) => storageKey);
    ids.push(...placedIds(await readManyFrom(metadata, keys)));
  }
  return ids;
}

function placedIds(heads: readonly (StoredRecord | undefined)[]): string[] {
  return heads.flatMap((head) => (head && decodePlacedHead(head.bytes))?.ids ?? []);
}

/** Returns the number of deleted bytes. Ids are never reused, so no other body can be deleted. */
async function deleteExpiredBodies(results: ResultStorage, now: number): Promise<number> {
  let freed = 0;
  if (!results.list) return freed;
  for await (const page of pagesOf(results, bodyPrefix)) {
    const expired = page.filter((metadata) => isGone(metadata, now));
    const keys = expired.map(({ storageKey }) => storageKey);
    const deleted = await deleteManyFrom(results, keys);
    for (const [index, metadata] of expired.entries()) if (deleted[index]) freed += metadata.size ?? 0;
  }
  return freed;
}

/** Deletes heads whose bodies are certainly gone: an eventually consistent storage may have a body that is not visible yet. */
async function deleteHeadsWithoutBody(
  { whole, metadata, results }: SplitParts,
  onDelete: StorageSweepOptions["onDelete"],
): Promise<void> {
  if (whole.capabilities.consistency !== "strong") return;
  const bodies = new Set<string>();
  for await (const page of pagesOf(results, bodyPrefix)) for (const { storageKey } of page) bodies.add(storageKey);
  for await (const page of pagesOf(whole)) {
    const keys = page.map(({ storageKey }) => storageKey);
    const heads = await readManyFrom(metadata, keys);
    for (const [index, key] of keys.entries()) {
      const head = heads[index];
      const [id] = (head && decodePlacedHead(head.bytes)?.ids) ?? [];
      if (id === undefined || bodies.has(bodyKey(id))) continue;
      // a head written since the bodies were listed is whole
      if ((await whole.read(key)) === undefined && (await whole.delete(key))) onDelete?.(key);
    }
  }
}

/** Deletes the oldest records until `bytes` are free. Returns the number of deleted records. */
async function evictOldest(
  whole: ResultStorage,
  bytes: number,
  onDelete: StorageSweepOptions["onDelete"],
): Promise<number> {
  if (bytes <= 0) return 0;
  const records: ResultRecordMetadata[] = [];
  for await (const page of pagesOf(whole)) records.push(...page);
  records.sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
  let [freed, evicted] = [0, 0];
  for (const metadata of records) {
    if (freed >= bytes) break;
    if (!(await whole.delete(metadata.storageKey))) continue;
    freed += lengthOf(metadata);
    evicted++;
    onDelete?.(metadata.storageKey);
  }
  return evicted;
}

/** The size of the whole record in bytes. */
function lengthOf(metadata: ResultRecordMetadata): number {
  return encodeRecord(metadata, new Uint8Array()).bytes.length + (metadata.size ?? 0);
}

async function* pagesOf(storage: ResultStorage, prefix = ""): AsyncGenerator<ResultRecordMetadata[], void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await listStorage(storage, { prefix, cursor });
    yield page.records;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
