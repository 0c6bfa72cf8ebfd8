import type { ResultRecordMetadata } from "../../../src/core/record/result-record-metadata.ts";

/** Of a record of which nothing but the bytes matters. */
export function createMetadata(storageKey: string): ResultRecordMetadata {
  return { storageKey, createdAt: new Date(0), serializer: { type: "devalue" }, libraryVersion: "0.0.0" };
}
