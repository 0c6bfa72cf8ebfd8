import { randomId } from "../../core/support/random-id.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";

/** A record as it lies in the database, under its storage key. */
export interface RecordRow {
  /** The storage key and, as JSON, the `RecordHead`: what the index keeps. */
  head: [key: string, text: string];
  etag: string;
  bytes: ArrayBuffer;
}

/** What is known of a record without its body. */
export interface RecordHead extends Pick<
  ResultRecordMetadata,
  "serializer" | "libraryVersion" | "storageId" | "size" | "token"
> {
  key: string;
  etag: string;
  /** Bytes of the whole record. */
  length: number;
  /** Milliseconds since 1970. */
  created: number;
  /** Milliseconds since 1970; absent: never. */
  expiration?: number;
}

/**
 * The index over the heads: its keys are the heads, so nothing that walks it reads a body. One text costs a write a
 * tenth less than a field for each part, since Chromium takes the row apart again to find them.
 */
export const headIndex = { name: "heads", keyPath: "head" } as const;

/** Tells this context's etags from those of others. Made at first use: some runtimes have no randomness before. */
let writer: string | undefined;
let writes = 0;

export function toRow(
  key: string,
  bytes: Uint8Array,
  metadata: ResultRecordMetadata,
  { token = metadata.token, etag = nextEtag() }: { token?: number | undefined; etag?: string | undefined } = {},
): RecordRow {
  const { serializer, libraryVersion, storageId, size } = metadata;
  const head = {
    etag,
    length: bytes.length,
    created: metadata.createdAt.getTime(),
    expiration: metadata.expiration?.getTime(),
    token,
    serializer,
    libraryVersion,
    storageId,
    size,
  };
  return { head: [key, JSON.stringify(head)], etag, bytes: wholeBuffer(bytes) };
}

function nextEtag(): string {
  return `${(writer ??= randomId().slice(0, 12))}-${++writes}`;
}

/** Structured clone keeps the whole buffer of a view: whatever else lies in it is no part of the record. */
function wholeBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length ? buffer : new Uint8Array(bytes).buffer;
}

/** A key of the index, as the head that it is. */
export function toHead(indexKey: IDBValidKey): RecordHead {
  const [key, text] = indexKey as RecordRow["head"];
  return { key, ...(JSON.parse(text) as Omit<RecordHead, "key">) };
}

export function toMetadata({ key, created, expiration, length, ...rest }: RecordHead): ResultRecordMetadata {
  const metadata: ResultRecordMetadata = { ...rest, storageKey: key, createdAt: new Date(created) };
  if (expiration !== undefined) metadata.expiration = new Date(expiration);
  return metadata;
}
