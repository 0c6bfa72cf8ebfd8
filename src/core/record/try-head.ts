import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import { decodeHead } from "./record-format.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";

/** The metadata in the head of the bytes. `undefined` if the head can't be read, or if it is that of another key than `key`. */
export function tryHead(bytes: Uint8Array, key?: string): ResultRecordMetadata | undefined {
  try {
    return decodeHead(bytes, key);
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return undefined;
    throw error;
  }
}
