import { SerializationError, UnsupportedRecordError } from "../../../errors/index.ts";
import { alignTo8 } from "../../support/align.ts";
import type { LoadLimits, SerializedBody } from "../serializer.ts";
import type { MemoryChunk } from "./memory-chunks.ts";

/**
 * Byte 0: version of this body; 1: mode of the text; 2 and 3: zero; 4 to 7: bytes of the text, little-endian. Then come the
 * text and the chunks, each at a multiple of 8.
 */
const headerLength = 8;
const bodyVersion = 1;

export const textIsJson = 0;
export const textIsDevalue = 1;

/** See `checkText` of `LoadLimits`. A `Map` or an error takes more memory than a plain object. */
const bytesPerRichObject = 96;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body of header, text and chunks. */
export function layBody(mode: number, text: string, chunks: readonly MemoryChunk[]): SerializedBody {
  const encoded = encoder.encode(text);
  let byteLength = headerLength + encoded.length;
  const placed = chunks.map(({ source, start, from, end }) => {
    const at = alignTo8(byteLength) + from - start;
    byteLength = at + end - from;
    return { at, bytes: new Uint8Array(source as ArrayBuffer, from, end - from) };
  });

  function writeTo(target: Uint8Array): void {
    target.set([bodyVersion, mode, 0, 0]);
    new DataView(target.buffer, target.byteOffset).setUint32(4, encoded.length, true);
    target.set(encoded, headerLength);
    let end = headerLength + encoded.length;
    for (const { at, bytes } of placed) {
      target.fill(0, end, at);
      target.set(bytes, at);
      end = at + bytes.length;
    }
  }
  return { byteLength, writeTo };
}

export interface OpenedBody {
  readonly mode: number;
  readonly text: string;
  /** At a multiple of 8 of its buffer. */
  readonly bytes: Uint8Array;
  readonly chunkStart: number;
}

/** Throws `UnsupportedRecordError` for a body of a later version, `SerializationError` for bytes that are no body. */
export function openBody(given: Uint8Array, limits?: LoadLimits): OpenedBody {
  const bytes = given.byteOffset % 8 === 0 ? given : new Uint8Array(given);
  const [version, mode] = bytes;
  if (bytes.length < headerLength) throw new SerializationError("The bytes are too few for a value");
  if (version !== bodyVersion)
    throw new UnsupportedRecordError(
      `The value was written in version ${version} of its notation; known is ${bodyVersion}`,
    );
  if (mode !== textIsJson && mode !== textIsDevalue)
    throw new UnsupportedRecordError(`The value was written in the notation ${mode}, which is not known`);
  const textEnd = headerLength + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (textEnd > bytes.length) throw new SerializationError("The bytes end inside the text of the value");
  const text = bytes.subarray(headerLength, textEnd);
  limits?.checkText?.(text, mode === textIsJson ? undefined : bytesPerRichObject);
  return { mode, text: decoder.decode(text), bytes, chunkStart: alignTo8(textEnd) };
}
