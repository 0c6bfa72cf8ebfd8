import { decodeHead } from "../../core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { metadataOf } from "./r2-object.ts";
import type { R2Objects } from "./r2-objects.ts";

/** Bytes asked for at first: longer heads are rare, and a second call gets the rest. */
const firstRange = 4_096;
/** Where a record says how long its head is. */
const prefixLength = 16;

/** The metadata that lies beside the bytes, or else that at their beginning. Rejects as `decodeHead` does. */
export async function readMetadata(
  objects: R2Objects,
  object: R2Head,
  signal?: AbortSignal,
): Promise<ResultRecordMetadata> {
  return metadataOf(object) ?? decodeHead(await readHead(objects, object, signal), object.key);
}

/** `undefined` where the head can't be read. */
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
    // R2 refuses a range of nothing
    const object = size > 0 ? await objects.get(key, { signal, range: { offset: 0, length } }) : undefined;
    return object?.bytes ?? new Uint8Array();
  };
  const first = await read(Math.min(size, firstRange));
  if (first.length < prefixLength) return first;
  const length = prefixLength + new DataView(first.buffer, first.byteOffset).getUint32(8, true);
  return length > first.length && length <= size ? read(length) : first;
}
