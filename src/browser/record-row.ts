import { randomId } from "../core/random-id.ts";
import type { ResultRecordMetadata } from "../core/result-record-metadata.ts";

/** A record as it lies in the database, under its storage key. */
export interface RecordRow extends RecordHead {
  bytes: ArrayBuffer;
}

/** What is known of a record without its body. Every field is a valid key, since a row that lacks one isn't indexed. */
export interface RecordHead {
  key: string;
  /** Milliseconds since 1970; `Infinity`: never. */
  expiration: number;
  etag: string;
  /** Bytes of the whole record. */
  length: number;
  /** Milliseconds since 1970. */
  created: number;
  /** The fencing token; -1: written without a lock. */
  token: number;
  /** The rest of the metadata, as JSON. */
  rest: string;
}

/** The index over the heads: its keys are the heads, so nothing that walks it reads a body. */
export const headIndex = "heads";

/** The key comes first, so that a walk over the index is in the order of the keys. */
export const headFields = ["key", "expiration", "etag", "length", "created", "token", "rest"] as const;

/** Tells this context's etags from those of others. Made at first use: some runtimes have no randomness before. */
let writer: string | undefined;
let writes = 0;

/** Copies the bytes, so that what the caller does to them later isn't stored, nor what else lies in their buffer. */
export function toRow(
  key: string,
  bytes: Uint8Array,
  metadata: ResultRecordMetadata,
  token = metadata.token,
): RecordRow {
  const { serializer, libraryVersion, storageId, size } = metadata;
  return {
    key,
    expiration: metadata.expiration?.getTime() ?? Infinity,
    etag: `${(writer ??= randomId())}-${++writes}`,
    length: bytes.length,
    created: metadata.createdAt.getTime(),
    token: token ?? -1,
    rest: JSON.stringify({ serializer, libraryVersion, storageId, size }),
    bytes: new Uint8Array(bytes).buffer,
  };
}

/** A key of the index, as the head that it is. */
export function toHead(indexKey: IDBValidKey): RecordHead {
  const [key, expiration, etag, length, created, token, rest] = indexKey as [string, number, string, number, number, number, string];
  return { key, expiration, etag, length, created, token, rest };
}

export function toMetadata({ key, expiration, etag, created, token, rest }: RecordHead): ResultRecordMetadata {
  return {
    ...(JSON.parse(rest) as Pick<ResultRecordMetadata, "serializer" | "libraryVersion" | "storageId" | "size">),
    storageKey: key,
    createdAt: new Date(created),
    etag,
    ...(expiration < Infinity && { expiration: new Date(expiration) }),
    ...(token >= 0 && { token }),
  };
}
