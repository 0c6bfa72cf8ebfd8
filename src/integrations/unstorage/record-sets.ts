import { isGone } from "../../core/record/is-expired.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { raceSignal } from "../../core/concurrency/race-signal.ts";
import type { DriverRecords } from "./driver-records.ts";

/** A page of metadata. A driver keeps none beside the values, so this reads each record of the page. */
export async function listRecords(
  records: DriverRecords,
  { prefix = "", cursor = "", limit = 1_000, signal }: Contract.StorageListOptions,
): Promise<Contract.StorageListPage> {
  signal?.throwIfAborted();
  const names = await raceSignal(records.names(), signal);
  const hashed = await raceSignal(records.load(names.filter(({ key }) => key === undefined)), signal);
  const keyed = hashed.map(({ name, metadata }) => ({ name, key: metadata.storageKey }));
  const items = [...names, ...keyed]
    .flatMap(({ name, key }) => (key === undefined ? [] : { name, key }))
    .filter(({ key }) => key.startsWith(prefix) && key > cursor)
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  const page = items.slice(0, limit);
  const found = await raceSignal(records.load(page), signal);
  const metadata = found.map((record) => ({ ...record.metadata, etag: record.etag }));
  return items.length > limit ? { records: metadata, cursor: page.at(-1)!.key } : { records: metadata };
}

/** Has no budget of its own: evicts the oldest records, as far as `freeBytes` requires. */
export async function sweepRecords(
  records: DriverRecords,
  { now, freeBytes = 0, onDelete }: Contract.StorageSweepOptions,
): Promise<Contract.SweepResult> {
  const all = await records.load(await records.names());
  const swept = { expired: 0, evicted: 0 };
  let freed = 0;
  const remove = async (found: typeof all, why: keyof Contract.SweepResult) =>
    records.forEach(found, async ({ name, etag, metadata, length }) => {
      // it may have been written again since
      if ((await records.get(name))?.etag !== etag || !(await records.remove(name))) return;
      freed += length;
      swept[why]++;
      onDelete?.(metadata.storageKey);
    });
  await remove(
    all.filter(({ metadata }) => isGone(metadata, now)),
    "expired",
  );
  const rest = all.filter(({ metadata }) => !isGone(metadata, now));
  rest.sort((one, other) => one.metadata.createdAt.getTime() - other.metadata.createdAt.getTime());
  for (const record of rest) if (freed < freeBytes) await remove([record], "evicted");
  return swept;
}

/** Removes the records alone, since a driver may hold items of others. */
export async function clearRecords(records: DriverRecords): Promise<void> {
  records.log.note("all", "delete", Date.now());
  const names = await records.names({ pending: true });
  await records.forEach(names, async ({ name }) => void (await records.remove(name)));
}
