import { decodeHead } from "../../core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { metadataOf } from "./r2-object.ts";
import type { R2Objects } from "./r2-objects.ts";

/** Bytes of the first read. Longer heads are rare and need a second read. */
const firstRange = 4_096;
/** The length of the prefix that contains the length of the head. */
const prefixLength = 16;

/** The metadata in the object's notes, or else in the head of its bytes. Rejects as `decodeHead` does. */
export async function readMetadata(
  objects: R2Objects,
  object: R2Head,
  signal?: AbortSignal,
): Promise<ResultRecordMetadata> {
  return metadataOf(object) ?? decodeHead(await readHead(objects, object, signal), object.key);
}

/** `undefined` if the head can't be read. */
export async function tryMetadata(
  objects: R2Objects,
  object: R2Head,
  signal?: AbortSignal,
): Promise<ResultRecordMetadata | undefined> {
  try {
    return await readMetadata(objects, object, signal);
  } catch (error) {
    if (error instanceof CorruptRecordError || error instanceof UnsupportedRecordError) return undefined;
    throw error;
  }
}

async function readHead(objects: R2Objects, { key, size }: R2Head, signal?: AbortSignal): Promise<Uint8Array> {
  const read = async (length: number) => {
    // R2 refuses an empty range
    const object = size > 0 ? await objects.get(key, { signal, range: { offset: 0, length } }) : undefined;
    return object?.bytes ?? new Uint8Array();
  };
  const first = await read(Math.min(size, firstRange));
  if (first.length < prefixLength) return first;
  const length = prefixLength + new DataView(first.buffer, first.byteOffset).getUint32(8, true);
  return length > first.length && length <= size ? read(length) : first;
}
