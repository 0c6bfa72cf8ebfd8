import type { ResultRecordMetadata } from "../../src/core/result-record-metadata.ts";

/** A database name that no other test has. */
export function uniqueName(): string {
  return `test-${crypto.randomUUID()}`;
}

/** Of a record of which nothing but the bytes matters. */
export function createMetadata(storageKey: string): ResultRecordMetadata {
  return { storageKey, createdAt: new Date(0), serializer: { type: "devalue" }, libraryVersion: "0.0.0" };
}
