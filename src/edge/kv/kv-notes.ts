import { decodeHeadText, encodeHeadText } from "../../core/record/record-head.ts";
import { randomId } from "../../core/support/random-id.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { xxHash32 } from "../../core/record/xxhash32.ts";
import { percentDecode } from "../bindings/percent-decode.ts";

/** The bytes of JSON that KV keeps with a value. */
const maxNotes = 1_024;

/** The notes in KV's metadata of a value. Values of other writers have none of them. */
export interface KvNotes {
  etag: string;
  /** The head's JSON, if it fits. Percent-encoded if it isn't ASCII, since it is sent in a header. */
  head?: unknown;
}

export function toNotes(etag: string, metadata: ResultRecordMetadata): KvNotes {
  const text = encodeHeadText(metadata);
  const head = isAscii(text) ? (JSON.parse(text) as unknown) : encodeURIComponent(text);
  // the etag of a copy comes from another storage and may contain any character
  const notes = { etag: encodeURIComponent(etag), head };
  return JSON.stringify(notes).length > maxNotes ? { etag: notes.etag } : notes;
}

export function notesOf(metadata: unknown): Partial<KvNotes> {
  if (typeof metadata !== "object" || metadata === null) return {};
  const { etag, head } = metadata as Partial<KvNotes>;
  const ours = typeof etag === "string" ? percentDecode(etag) : undefined;
  // a header can't hold a lone surrogate
  return ours?.isWellFormed() ? { etag: ours, head } : {};
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** The etag of a value. If another writer stored the value, the etag is computed from its bytes. */
export function etagOf(metadata: unknown, bytes: Uint8Array): string {
  return notesOf(metadata).etag ?? `foreign-${xxHash32(bytes).toString(16)}`;
}

/** The metadata in the notes; `undefined` if it didn't fit. */
export function metadataOf(notes: Partial<KvNotes>): ResultRecordMetadata | undefined {
  const { head } = notes;
  const text = typeof head === "string" ? percentDecode(head) : JSON.stringify(head);
  return text === undefined ? undefined : decodeHeadText(text).metadata;
}

/** A new etag. It begins with the time, so that etags show which of two writes is later. */
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
