import { ConfigurationError, CorruptRecordError, RecordNotFoundError } from "../../errors/index.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { ResultRecord } from "../record/result-record.ts";
import type { ResultStorage, StorageReadOptions } from "../storages/result-storage.ts";
import { resolveResultStorage } from "../storages/storage-registry.ts";

/**
 * Reads the record that `metadata` points to, expired or not, by its storage's registered name and its key. Rejects
 * with `RecordNotFoundError` if it is gone, and as `ResultRecord.deserialize` does. Rejects with `ConfigurationError` if
 * the metadata names no storage, or one that is not registered here.
 *
 * @example
 * ```ts
 * registerStorage("memory/reports", new MemoryStorage());
 * const reports = createResultStore({ resultStorage: "memory/reports" });
 * const { metadata } = await reports.write("report/2026", { total: 12.5 });
 * (await readFromMetadata(metadata)).result; // { total: 12.5 }
 * ```
 */
export async function readFromMetadata<T = unknown>({
  storageId,
  storageKey: key,
}: ResultRecordMetadata): Promise<ResultRecord<T>> {
  if (storageId === undefined) {
    throw new ConfigurationError(
      `The record "${key}" names no storage: its storage was not registered when it was written. Call registerStorage before you write`,
      { key },
    );
  }
  const record = await read<T>(resolveResultStorage(storageId), key, {});
  if (!record) throw new RecordNotFoundError(`"${storageId}" has no record "${key}" any more`, { key });
  return record;
}

async function read<T>(
  storage: ResultStorage,
  key: string,
  options: StorageReadOptions,
): Promise<ResultRecord<T> | undefined> {
  const stored = await storage.read(key, options);
  if (!stored) return undefined;
  try {
    const record = await ResultRecord.deserialize<T>(stored.bytes, { key });
    record.metadata.etag = stored.etag;
    return record;
  } catch (error) {
    // the original record may be intact although this copy is damaged
    if (options.fresh || !stored.isCopy || !(error instanceof CorruptRecordError)) throw error;
    return read(storage, key, { fresh: true });
  }
}
