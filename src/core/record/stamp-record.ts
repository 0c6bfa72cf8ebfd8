import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import { decodeRecord, encodeRecord } from "./record-format.ts";

/** The record with a generation in its head. Bytes that are no record of this version stay as they are. */
export function stampRecord(bytes: Uint8Array, key: string, generation: number): Uint8Array {
  try {
    const { metadata, body, unknownFields } = decodeRecord(bytes, key);
    if (metadata.generation === generation) return bytes;
    return encodeRecord({ ...metadata, generation }, body, unknownFields).bytes;
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return bytes;
    throw error;
  }
}
