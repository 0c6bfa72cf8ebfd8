import { decodeHeadText, encodeHeadText } from "../../core/record/record-head.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { StorageWriteOptions } from "../../core/storages/result-storage.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { percentDecode } from "../bindings/percent-decode.ts";

/** R2 accepts 8,192 bytes of custom metadata; the other fields need the rest. */
const maxHeadText = 7_000;
/** Random bytes after a record. They make R2's etag, an MD5 of the content, unique. */
const saltLength = 16;

/** The notes in an object's custom metadata. Objects of other writers have none of them. */
export interface ObjectNotes {
  /** The token of the last grant that wrote here. A write with a smaller token is refused. */
  readonly token: number;
  /** The etag of a copy of another storage's record. */
  readonly etag?: string | undefined;
  /** The head's text. */
  readonly head?: string | undefined;
  readonly isSalted?: boolean | undefined;
  /**
   * Present if the object is no record but a tombstone, which only refuses late writers. `"1"` if there was no record, `swept.` and
   * the version of a record that a sweep removed, or the id of a deletion.
   */
  readonly fence?: string | undefined;
  /** Whether the token is that of a change without a lock, such as a deletion. */
  readonly isDirect?: boolean | undefined;
}

export function notesOf({ customMetadata = {} }: R2Head): ObjectNotes {
  const { token, etag, head, salted, fence, direct } = customMetadata;
  return {
    token: Number(token) || 0,
    etag: etag === undefined ? undefined : percentDecode(etag),
    head,
    isSalted: salted !== undefined,
    fence,
    isDirect: direct !== undefined,
  };
}

export function toCustomMetadata({
  token,
  etag,
  head,
  isSalted,
  fence,
  isDirect,
}: ObjectNotes): Record<string, string> {
  return {
    ...(token > 0 && { token: String(token) }),
    ...(etag !== undefined && { etag: encodeURIComponent(etag) }),
    ...(head !== undefined && { head }),
    ...(isSalted && { salted: String(saltLength) }),
    ...(fence !== undefined && { fence }),
    ...(isDirect && { direct: "1" }),
  };
}

export function isRecord(object: R2Head): boolean {
  return notesOf(object).fence === undefined;
}

/** The notes of the token after a change without a lock, in place of `last`. */
export function directToken(last: ObjectNotes | undefined, given = 0): Pick<ObjectNotes, "token" | "isDirect"> {
  const token = last?.token ?? 0;
  return given > token ? { token: given, isDirect: true } : { token, isDirect: last?.isDirect };
}

/** An object without a record that refuses all holders before its token. */
export function tombstone(notes: ObjectNotes & { readonly fence: string }): { body: Uint8Array; notes: ObjectNotes } {
  return { body: withSalt(new Uint8Array()), notes };
}

/** The etag that callers see: R2's etag for `onlyIf`, the token, and the notes that change while the bytes don't. */
export function etagOf(object: R2Head): string {
  const { etag, token } = notesOf(object);
  return etag ?? `${object.etag}.${token}.${object.version}`;
}

/** Splits an etag of `etagOf` into R2's etag, the token and the version. */
export function parseEtag(etag: string): { contentEtag: string; token: number; version: string } | undefined {
  const [, contentEtag, token, version] = /^([^.]+)\.(\d+)\.(.+)$/.exec(etag) ?? [];
  return contentEtag && version ? { contentEtag, token: Number(token), version } : undefined;
}

/** The head as header-safe text, or `undefined` if it is too long for custom metadata. */
export function toHeadText(metadata: ResultRecordMetadata): string | undefined {
  const text = encodeHeadText(metadata).replace(/[^\x20-\x7e]/g, escapeUnit);
  return text.length > maxHeadText ? undefined : text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The metadata in the notes; `undefined` if the notes have none for this key. */
export function metadataOf(object: R2Head): ResultRecordMetadata | undefined {
  const { head } = notesOf(object);
  if (head === undefined) return undefined;
  const { metadata } = decodeHeadText(head);
  return metadata.storageKey === object.key ? metadata : undefined;
}

/** The record without its salt. */
export function withoutSalt(bytes: Uint8Array, object: R2Head): Uint8Array {
  return notesOf(object).isSalted ? bytes.subarray(0, -saltLength) : bytes;
}

export function withSalt(bytes: Uint8Array): Uint8Array {
  const salted = new Uint8Array(bytes.length + saltLength);
  salted.set(bytes);
  crypto.getRandomValues(salted.subarray(bytes.length));
  return salted;
}

/** The notes and bytes for a new record in place of an object with the notes `last`. */
export function toObject(
  bytes: Uint8Array,
  { metadata, grant, etag, token: given }: StorageWriteOptions,
  last?: ObjectNotes,
): { body: Uint8Array; notes: ObjectNotes } {
  const { token, isDirect } = grant ? { token: grant.token } : directToken(last, given);
  // the same bytes may have been here under another token, which a client may have put into the head. Without a salt, a late
  // writer would mistake them for those
  const isSalted = grant ? metadata.token !== token : token > 0 || metadata.token !== undefined;
  return {
    body: isSalted ? withSalt(bytes) : bytes,
    notes: { token, isDirect, etag, isSalted, head: toHeadText(metadata) },
  };
}
