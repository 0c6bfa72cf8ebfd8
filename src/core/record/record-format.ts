import { alignTo8 } from "../support/align.ts";
import { CorruptRecordError, InvalidArgumentError, UnsupportedRecordError } from "../../errors/index.ts";
import {
  type DecodedHead,
  decodeHeadText,
  encodeHeadText,
  maxHeadBytes,
  type UnknownHeadFields,
} from "./record-head.ts";
import type { ResultRecordMetadata } from "./result-record-metadata.ts";
import type { SerializedBody } from "../serializers/serializer.ts";
import { xxHash32 } from "./xxhash32.ts";

/** The version of the record format that this library writes. */
const recordFormatVersion = 1;

/** Bytes before the head: magic, version, three zeros, length of the head, checksum of these and the head. */
const prefixLength = 16;
/** The bytes of the prefix that the head's checksum covers. */
const checkedPrefixLength = 12;
/** The most bytes that the prefix and the head have together. No more are needed to read any head. */
export const maxHeadEnd = prefixLength + maxHeadBytes;
/** `RPRS` read as a little-endian number. */
const magic = 0x53525052;

/**
 * The head's text begins with the body's checksum, eight hex digits at a fixed place. So the length of the head is known
 * before the body is written behind it and hashed there.
 */
const checksumLead = '{"checksum":"';
const checksumPlaceholder = "00000000";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A record as bytes, with its metadata. */
export interface EncodedRecord {
  /** The whole record. */
  bytes: Uint8Array;
  /** The given metadata, with `size`. */
  metadata: ResultRecordMetadata;
}

export interface DecodedRecord {
  /** The format version. Records later than `recordFormatVersion` have metadata, but no readable body. */
  version: number;
  metadata: ResultRecordMetadata;
  /** Fields of the head that this version doesn't know. They are kept if the record is written again. */
  unknownFields: UnknownHeadFields | undefined;
  /** The serializer's output, at a multiple of 8 of its buffer; a view if possible. Throws `UnsupportedRecordError` for a later version. */
  readonly body: Uint8Array;
}

/**
 * Encodes a record in a single allocation. The body is written into it and hashed there, unless its `checksum` is given.
 * Throws `InvalidArgumentError` for metadata that no reader would accept.
 */
export function encodeRecord(
  metadata: ResultRecordMetadata,
  body: Uint8Array | SerializedBody,
  unknownFields?: UnknownHeadFields,
  checksum?: string,
): EncodedRecord {
  const sized = checksum === undefined ? { ...metadata, size: body.byteLength } : metadata;
  const text = encodeHeadText(sized, unknownFields).slice(1);
  const head = encoder.encode(`${checksumLead}${checksumPlaceholder}",${text}`);
  const bodyStart = alignTo8(prefixLength + head.length);
  if (bodyStart > maxHeadEnd) {
    throw new InvalidArgumentError(
      `The metadata of a record has at most ${maxHeadBytes} bytes; got ${head.length}: shorten storageId or the serializer's options`,
      { key: metadata.storageKey },
    );
  }
  const bytes = new Uint8Array(bodyStart + body.byteLength);
  const target = bytes.subarray(bodyStart);
  if (body instanceof Uint8Array) target.set(body);
  else body.writeTo(target);

  bytes.set(head, prefixLength);
  bytes.fill(0x20, prefixLength + head.length, bodyStart);
  encoder.encodeInto(checksum ?? toHex(xxHash32(target)), bytes.subarray(prefixLength + checksumLead.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint8(4, recordFormatVersion);
  view.setUint32(8, bodyStart - prefixLength, true);
  view.setUint32(checkedPrefixLength, hashHead(bytes, bodyStart), true);
  return { bytes, metadata: sized };
}

/**
 * Splits a record and checks all of it. Throws `CorruptRecordError` if the bytes are no record, if they are damaged or
 * incomplete, or if the head names another key than `key`.
 */
export function decodeRecord(bytes: Uint8Array, key?: string): DecodedRecord {
  const { version, metadata, unknownFields, checksum, bodyStart } = readHead(bytes, key);
  if (version !== recordFormatVersion) {
    return {
      version,
      metadata,
      unknownFields,
      get body(): never {
        throw unsupportedVersion(version, metadata.storageKey);
      },
    };
  }
  const size = bytes.length - bodyStart;
  if (metadata.size !== size) {
    throw corrupt(`its body has ${size} bytes where ${metadata.size ?? "none"} were written`, metadata.storageKey);
  }
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset + bodyStart, size);
  const body = view.byteOffset % 8 === 0 ? view : new Uint8Array(view);
  if (toHex(xxHash32(body)) !== checksum) throw corrupt("the checksum of its body is wrong", metadata.storageKey);
  return { version, metadata, unknownFields, body };
}

/** Decodes the metadata alone, and ignores the bytes after the head. Throws `CorruptRecordError` as `decodeRecord` does, but doesn't check the body. */
export function decodeHead(bytes: Uint8Array, key?: string): ResultRecordMetadata {
  return readHead(bytes, key).metadata;
}

/**
 * The record with the metadata that `change` returns. The body stays as it is, unread. `undefined` if nothing changes, or for a
 * later version. Throws `CorruptRecordError` as `decodeHead` does.
 */
export function changeHead(
  bytes: Uint8Array,
  key: string,
  change: (metadata: ResultRecordMetadata) => ResultRecordMetadata | undefined,
): EncodedRecord | undefined {
  const { version, metadata, unknownFields, checksum, bodyStart } = readHead(bytes, key);
  const changed = version === recordFormatVersion ? change(metadata) : undefined;
  return changed && encodeRecord(changed, bytes.subarray(bodyStart), unknownFields, checksum);
}

/** Whether the bytes begin like a record of any version. */
export function isRecord(bytes: Uint8Array): boolean {
  return bytes.length >= prefixLength && viewOf(bytes).getUint32(0, true) === magic;
}

/** The start of the body; `undefined` if the bytes don't begin with the undamaged head of a record. */
export function bodyStartOf(bytes: Uint8Array): number | undefined {
  if (!isRecord(bytes)) return undefined;
  const view = viewOf(bytes);
  const bodyStart = prefixLength + view.getUint32(8, true);
  const isWhole =
    bodyStart <= Math.min(bytes.length, maxHeadEnd) &&
    hashHead(bytes, bodyStart) === view.getUint32(checkedPrefixLength, true);
  return isWhole ? bodyStart : undefined;
}

function readHead(bytes: Uint8Array, key: string | undefined): DecodedHead & { version: number; bodyStart: number } {
  if (!isRecord(bytes)) throw corrupt("it doesn't begin as a record does", key);
  const view = viewOf(bytes);
  const version = view.getUint8(4);
  const bodyStart = prefixLength + view.getUint32(8, true);
  if (bodyStart > maxHeadEnd) throw corrupt(`its head has more than ${maxHeadBytes} bytes`, key);
  if (bodyStart > bytes.length) throw corrupt("it ends inside its head", key);
  if (hashHead(bytes, bodyStart) !== view.getUint32(checkedPrefixLength, true)) {
    throw corrupt("the checksum of its head is wrong", key);
  }
  return { version, bodyStart, ...parseHead(bytes.subarray(prefixLength, bodyStart), version, key) };
}

function parseHead(head: Uint8Array, version: number, key: string | undefined): DecodedHead {
  let parsed: DecodedHead;
  try {
    parsed = decodeHeadText(decoder.decode(head));
  } catch (error) {
    // the checksum is valid, so the head is as written: another version may have a different one
    if (version !== recordFormatVersion) throw unsupportedVersion(version, key, error);
    throw corrupt("its head can't be read", key, error);
  }
  const { storageKey } = parsed.metadata;
  if (key !== undefined && storageKey !== key) throw corrupt(`it was written under "${storageKey}"`, key);
  return parsed;
}

/** The hashed bytes have to be contiguous, and heads are small enough to copy. */
function hashHead(bytes: Uint8Array, bodyStart: number): number {
  const checked = new Uint8Array(checkedPrefixLength + bodyStart - prefixLength);
  checked.set(bytes.subarray(0, checkedPrefixLength));
  checked.set(bytes.subarray(prefixLength, bodyStart), checkedPrefixLength);
  return xxHash32(checked);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toHex(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}

function corrupt(reason: string, key: string | undefined, cause?: unknown): CorruptRecordError {
  return new CorruptRecordError(`The record is corrupt: ${reason}`, { key, cause });
}

function unsupportedVersion(version: number, key: string | undefined, cause?: unknown): UnsupportedRecordError {
  return new UnsupportedRecordError(
    `The record has format version ${version}; this library reads version ${recordFormatVersion}`,
    {
      key,
      cause,
    },
  );
}
