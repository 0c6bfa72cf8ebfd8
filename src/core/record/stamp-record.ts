import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";
import { decodeRecord, encodeRecord } from "./record-format.ts";

/** The metadata with a generation, or without one for 0. */
export function withGeneration(
  { generation: _, ...metadata }: ResultRecordMetadata,
  generation: number,
): ResultRecordMetadata {
  return generation > 0 ? { ...metadata, generation } : metadata;
}

/** The record with a generation in its head, which lacks one for 0. Bytes that are no record of this version stay as they are. */
export function stampRecord(bytes: Uint8Array, key: string, generation: number): Uint8Array {
  try {
    const { metadata, body, unknownFields } = decodeRecord(bytes, key);
    if ((metadata.generation ?? 0) === generation) return bytes;
    return encodeRecord(withGeneration(metadata, generation), body, unknownFields).bytes;
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return bytes;
    throw error;
  }
}
