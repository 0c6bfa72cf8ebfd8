import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import { changeHead, type EncodedRecord } from "./record-format.ts";

/**
 * The record as if it had expired at `at`, in milliseconds since 1970. `undefined` if it expires no later anyway, or if its
 * head can't be read: there is nothing to serve then. The body isn't read, so that a head without its body expires too.
 */
export function expireRecord(bytes: Uint8Array, key: string, at: number): EncodedRecord | undefined {
  try {
    return changeHead(bytes, key, (metadata) =>
      metadata.expiration && metadata.expiration.getTime() <= at
        ? undefined
        : { ...metadata, expiration: new Date(at) },
    );
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return undefined;
    throw error;
  }
}
