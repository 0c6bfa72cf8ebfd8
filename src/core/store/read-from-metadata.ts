import { ConfigurationError, RecordNotFoundError } from "../../errors/index.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { ResultRecord } from "../record/result-record.ts";
import { resolveResultStorage } from "../storages/storage-registry.ts";

/**
 * The record that `metadata` points to, expired or not, by its storage's registered name and its key. Rejects with
 * `RecordNotFoundError` where it is gone, with `ConfigurationError` where the metadata names no storage or one that is
 * not registered here, and as `ResultRecord.deserialize` does.
 *
 * @example
 * ```ts
 * registerStorage("memory/reports", new MemoryStorage());
 * const reports = createResultStore({ resultStorage: "memory/reports" });
 * const { metadata } = await reports.write("report/2026", { total: 12.5 });
 * (await readFromMetadata(metadata)).result; // { total: 12.5 }
 * ```
 */
export async function readFromMetadata({ storageId, storageKey: key }: ResultRecordMetadata): Promise<ResultRecord> {
  if (storageId === undefined) {
    throw new ConfigurationError(`The metadata of "${key}" names no storage: only registered ones can be found`, {
      key,
    });
  }
  const stored = await resolveResultStorage(storageId).read(key);
  if (!stored) throw new RecordNotFoundError(`"${storageId}" has no record "${key}" any more`, { key });
  const record = await ResultRecord.deserialize(stored.bytes, { key });
  record.metadata.etag = stored.etag;
  record.isPersisted = true;
  return record;
}
