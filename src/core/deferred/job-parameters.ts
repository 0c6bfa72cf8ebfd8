import {
  CorruptRecordError,
  RecordNotFoundError,
  SerializationError,
  StorageError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { toMilliseconds } from "../support/duration.ts";
import { hashTextSync } from "../keys/hash.ts";
import { decodeRecord, encodeRecord } from "../record/record-format.ts";
import { ResultRecord } from "../record/result-record.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { DeferredJob } from "./job-scheduler.ts";

/** How long parameters are kept if nobody deletes them. A job that ends deletes its own. */
export const parametersLifetime = "7d";

/** The bytes that parameters may have once they are decompressed, so that a small submission can't fill the memory. */
const maxBytes = 32 * 2 ** 20;

/** The storage key of the parameters of the call with this key. Equal calls share it. */
export function parametersKeyOf(key: string): string {
  return `parameters/${hashTextSync(key)}`;
}

/** The arguments of a call. Rejects with `CorruptRecordError` or `UnsupportedRecordError` if they can't be read here. */
export async function decodeParameters({ key, parameters }: DeferredJob): Promise<unknown> {
  const place = parametersKeyOf(key);
  const record = await ResultRecord.deserialize(parameters, { key: place, maxBytes });
  try {
    return record.result;
  } catch (cause) {
    // no other reader has a higher limit
    const isTooLarge = cause instanceof UnsupportedRecordError && cause.cause instanceof SerializationError;
    throw isTooLarge ? new CorruptRecordError(cause.message, { key: place, cause }) : cause;
  }
}

/** Keeps the arguments' bytes unchanged until the job has ended, or for `parametersLifetime` by the local clock, since the caller's may be wrong. */
export async function keepParameters(storage: ResultStorage, { key, parameters }: DeferredJob): Promise<void> {
  const place = parametersKeyOf(key);
  const { metadata, body, unknownFields } = decodeRecord(parameters, place);
  const expiration = new Date(Date.now() + toMilliseconds(parametersLifetime, "parametersLifetime"));
  const record = encodeRecord({ ...metadata, expiration }, body, unknownFields);
  await storage.write(place, record.bytes, { metadata: record.metadata });
}

/** Rejects with `RecordNotFoundError` if they are gone, with `StorageError` if they may become visible later. */
export async function fetchParameters(storage: ResultStorage, key: string): Promise<Uint8Array> {
  const place = parametersKeyOf(key);
  const stored = await storage.read(place, { fresh: true });
  if (stored) return stored.bytes;
  const message = `The parameters of the deferred call "${key}" are not in the storage`;
  if (storage.capabilities.consistency === "strong") throw new RecordNotFoundError(message, { key: place });
  throw new StorageError(`${message}, or not seen yet`, { key: place });
}
