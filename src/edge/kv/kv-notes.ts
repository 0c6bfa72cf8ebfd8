import { decodeHead } from "../../core/record/record-format.ts";
import { decodeHeadText, encodeHeadText } from "../../core/record/record-head.ts";
import { randomId } from "../../core/support/random-id.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { xxHash32 } from "../../core/record/xxhash32.ts";
import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import { percentDecode } from "../bindings/percent-decode.ts";

/** Bytes of JSON that KV keeps beside a value. */
const maxNotes = 1_024;

/** What lies beside the bytes, in KV's metadata. Values of others have none of it. */
export interface KvNotes {
  etag: string;
  /** The head's JSON, where it fits; percent-encoded where it has more than ASCII, since it travels in a header. */
  head?: unknown;
}

export function toNotes(etag: string, metadata: ResultRecordMetadata): KvNotes {
  const text = encodeHeadText(metadata);
  const head = isAscii(text) ? (JSON.parse(text) as unknown) : encodeURIComponent(text);
  // the etag of a copy is another storage's, and may be anything
  const notes = { etag: encodeURIComponent(etag), head };
  return JSON.stringify(notes).length > maxNotes ? { etag: notes.etag } : notes;
}

export function notesOf(metadata: unknown): Partial<KvNotes> {
  if (typeof metadata !== "object" || metadata === null) return {};
  const { etag, head } = metadata as Partial<KvNotes>;
  const ours = typeof etag === "string" ? percentDecode(etag) : undefined;
  return ours === undefined ? {} : { etag: ours, head };
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** The etag of a value; of one that this library didn't write, what its bytes give. */
export function etagOf(metadata: unknown, bytes: Uint8Array): string {
  return notesOf(metadata).etag ?? `foreign-${xxHash32(bytes).toString(16)}`;
}

/** The metadata beside the value; `undefined` where it didn't fit. */
export function metadataOf(notes: Partial<KvNotes>): ResultRecordMetadata | undefined {
  const { head } = notes;
  const text = typeof head === "string" ? percentDecode(head) : JSON.stringify(head);
  return text === undefined ? undefined : decodeHeadText(text).metadata;
}

/** What the head of the bytes says; `undefined` where it can't be read. */
export function tryHead(bytes: Uint8Array): ResultRecordMetadata | undefined {
  try {
    return decodeHead(bytes);
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return undefined;
    throw error;
  }
}

/** A new etag. Begins with the time, so that of two writes the later one can be told. */
export function newEtag(): string {
  return `${Date.now().toString(36).padStart(timeDigits, "0")}-${randomId()}`;
}

const timeDigits = 9;
const ours = /^[0-9a-z]{9}-[0-9a-f]{32}$/;

/** Whether `etag` is `committed`, or that of a later write. */
export function isAtLeast(etag: string, committed: string): boolean {
  if (etag === committed) return true;
  return ours.test(etag) && ours.test(committed) && etag.slice(0, timeDigits) > committed.slice(0, timeDigits);
}
