import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import { decodeRecord, type EncodedRecord, encodeRecord } from "./record-format.ts";

/**
 * The record as if it had expired at `at`, in milliseconds since 1970. `undefined` if it expires no later anyway, or can't be
 * read: there is nothing to serve then.
 */
export function expireRecord(bytes: Uint8Array, key: string, at: number): EncodedRecord | undefined {
  try {
    const { metadata, body, unknownFields } = decodeRecord(bytes, key);
    if (metadata.expiration && metadata.expiration.getTime() <= at) return undefined;
    return encodeRecord({ ...metadata, expiration: new Date(at) }, body, unknownFields);
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return undefined;
    throw error;
  }
}
