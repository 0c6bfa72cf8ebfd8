import { decodeHead } from "../../src/core/record/record-format.ts";
import { expireRecord } from "../../src/core/record/expire-record.ts";
import type { ResultRecordMetadata } from "../../src/core/record/result-record-metadata.ts";
import type {
  ResultStorage,
  StorageReadOptions,
  StoredHead,
  StoredRecord,
} from "../../src/core/storages/result-storage.ts";
import { CorruptRecordError, UnsupportedRecordError } from "../../src/errors/index.ts";

/** The metadata as invalidations leave them; `undefined` if one has deleted the record. */
export async function judgeMetadata(
  storage: ResultStorage,
  metadata: ResultRecordMetadata,
  options: StorageReadOptions = {},
): Promise<ResultRecordMetadata | undefined> {
  const invalidation = await storage.judge?.(metadata, options);
  if (!invalidation) return metadata;
  if (invalidation.mode === "delete") return undefined;
  const end = Math.min(invalidation.at, Number(metadata.expiration ?? Infinity));
  return { ...metadata, expiration: new Date(end) };
}

/** Does the same for a head. */
export async function judgeHead(
  storage: ResultStorage,
  head: StoredHead,
  options: StorageReadOptions,
): Promise<StoredHead | undefined> {
  const metadata = await judgeMetadata(storage, head.metadata, options);
  return metadata && { ...head, metadata };
}

/** Does the same for a record. Bytes that can't be read are the client's to judge. */
export async function judgeRecord(
  storage: ResultStorage,
  key: string,
  record: StoredRecord,
  options: StorageReadOptions,
): Promise<StoredRecord | undefined> {
  const before = storage.judge && tryHead(record.bytes, key);
  if (!before) return record;
  const after = await judgeMetadata(storage, before, options);
  if (!after || after === before) return after && record;
  return { ...record, bytes: expireRecord(record.bytes, key, Number(after.expiration))?.bytes ?? record.bytes };
}

/** `undefined` for bytes that are no record of the key. */
export function tryHead(bytes: Uint8Array, key: string): ResultRecordMetadata | undefined {
  try {
    return decodeHead(bytes, key);
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return undefined;
    throw error;
  }
}
