import { PreconditionFailedError, StaleLockError } from "../../errors/index.ts";
import { covers, type InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { expireRecord } from "../../core/record/expire-record.ts";
import { tryHead } from "../../core/record/try-head.ts";
import { invalidated } from "../../core/storages/invalidation-log.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import type { DriverRecords } from "./driver-records.ts";
import { type ItemName, toItemName } from "./item-names.ts";

/** The place of a computation in the order of changes: the invalidations so far, and the etag of the record. */
export async function beginComputation(
  records: DriverRecords,
  key: string,
  { found, replaces }: Contract.StorageBeginOptions,
): Promise<string> {
  if (replaces) records.log.note({ keys: [key] }, "expire", Date.now());
  const { end } = records.log;
  return `${end} ${found === undefined ? ((await etagOf(records, key)) ?? "") : (found ?? "")}`;
}

async function etagOf(records: DriverRecords, key: string): Promise<string | undefined> {
  const name = await toItemName(key);
  return (await records.turns.take(name, () => records.get(name)))?.etag;
}

/** Rejects if a condition of the write doesn't hold. Has to run in the turn of the write, so that nothing comes between. */
export async function assertConditions(
  records: DriverRecords,
  key: string,
  name: string,
  { grant, ifMatch, ifNoneMatch, since, metadata }: Contract.StorageWriteOptions,
): Promise<void> {
  if (!grant && ifMatch === undefined && !ifNoneMatch && since === undefined) return;
  const present = await records.get(name);
  if ((ifNoneMatch && present) || (ifMatch !== undefined && ifMatch !== present?.etag)) {
    throw new PreconditionFailedError(`The record "${key}" is not the one that the write asked for`, { key });
  }
  const { token = 0 } = (present && tryHead(present.bytes, key)) ?? {};
  if (grant && token > grant.token) {
    throw new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
  }
  if (since === undefined) return;
  const [end, etag] = since.split(" ");
  const isReplaced = present !== undefined && present.etag !== etag;
  if (isReplaced || records.log.coversSince(Number(end), key, metadata.tags)) throw invalidated(key);
}

/** Notes the invalidation first, so that no value which began before is written once the records are changed. */
export async function invalidateRecords(
  records: DriverRecords,
  target: InvalidationTarget,
  { mode, now }: Contract.StorageInvalidateOptions,
): Promise<void> {
  const affected: string[] = [];
  records.log.note(target, mode, now, affected);
  await records.forEach(await namesOf(records, target), async ({ name, key: given }) => {
    const stored = await records.get(name);
    if (!stored) return;
    const metadata = tryHead(stored.bytes, given);
    const key = given ?? metadata?.storageKey ?? "";
    if (!covers(target, key, metadata?.tags)) return;
    affected.push(key);
    const expired = mode === "expire" ? expireRecord(stored.bytes, key, now) : undefined;
    if (mode === "delete") await records.remove(name);
    else if (expired) await records.set(name, expired.bytes, expired.metadata);
  });
}

/** The items that may hold records of the target. */
async function namesOf(records: DriverRecords, target: InvalidationTarget): Promise<ItemName[]> {
  if (target !== "all" && "keys" in target) {
    return Promise.all(target.keys.map(async (key) => ({ name: await toItemName(key), key })));
  }
  const names = await records.names({ pending: true });
  if (target === "all" || "tags" in target) return names;
  return names.filter(({ key }) => key === undefined || covers(target, key));
}
