import { ConfigurationError } from "../../errors/index.ts";
import { allOrFirstError } from "../concurrency/all-or-first-error.ts";
import { isGone } from "../record/is-expired.ts";
import { decodeHead } from "../record/record-format.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type * as Contract from "./result-storage.ts";

/** Rejects with `ConfigurationError` if the storage can't list. */
export async function listStorage(
  storage: Contract.ResultStorage,
  options: Contract.StorageListOptions,
): Promise<Contract.StorageListPage> {
  if (!storage.list)
    throw new ConfigurationError(`The storage "${storage.type}" can't list its records: it has no method list`);
  return storage.list(options);
}

/** Uses the storage's own method, or reads the whole record. */
export async function headStorage(
  storage: Contract.ResultStorage,
  key: string,
  options?: Contract.StorageReadOptions,
): Promise<Contract.StoredHead | undefined> {
  if (storage.head) return storage.head(key, options);
  const stored = await storage.read(key, options);
  return stored && { metadata: decodeHead(stored.bytes, key), etag: stored.etag };
}

/** Uses the storage's own method, or handles one key at a time. */
export async function readManyFrom(
  storage: Contract.ResultStorage,
  keys: readonly string[],
  options?: Contract.StorageReadOptions,
): Promise<(Contract.StoredRecord | undefined)[]> {
  if (storage.readMany) return storage.readMany(keys, options);
  return Promise.all(keys.map((key) => storage.read(key, options)));
}

/** Uses the storage's own method, or handles one key at a time. */
export async function deleteManyFrom(storage: Contract.ResultStorage, keys: readonly string[]): Promise<boolean[]> {
  if (storage.deleteMany) return storage.deleteMany(keys);
  return allOrFirstError(keys.map((key) => storage.delete(key)));
}

/** Uses the storage's own method, or lists and deletes. */
export async function sweepStorage(
  storage: Contract.ResultStorage,
  options: Contract.StorageSweepOptions,
): Promise<Contract.SweepResult> {
  if (storage.sweep) return storage.sweep(options);
  const expired = await deleteWhere(storage, (metadata) => isGone(metadata, options.now));
  return { expired, evicted: 0 };
}

/** Uses the storage's own method, or lists and deletes. */
export async function clearStorage(storage: Contract.ResultStorage): Promise<void> {
  if (storage.clear) await storage.clear();
  else await deleteWhere(storage, () => true);
}

/** Deletes the listed records that the test picks. Resolves to their number. */
export async function deleteWhere(
  storage: Contract.ResultStorage,
  test: (metadata: ResultRecordMetadata) => boolean,
): Promise<number> {
  let deleted = 0;
  let cursor: string | undefined;
  do {
    const page = await listStorage(storage, { cursor });
    const done = await Promise.all(page.records.filter(test).map(({ storageKey }) => storage.delete(storageKey)));
    deleted += done.filter(Boolean).length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return deleted;
}
