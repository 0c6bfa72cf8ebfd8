import { decodeHead, maxHeadEnd } from "../../core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { CorruptRecordError, UnsupportedRecordError } from "../../errors/index.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { metadataOf } from "./r2-object.ts";
import type { R2Objects } from "./r2-objects.ts";

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
  const range = { offset: 0, length: Math.min(size, maxHeadEnd) };
  // R2 refuses an empty range
  const object = size > 0 ? await objects.get(key, { signal, range }) : undefined;
  return object?.bytes ?? new Uint8Array();
}
