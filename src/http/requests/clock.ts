import { decodeRecord, encodeRecord } from "../../core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";

/** Milliseconds by which clocks may differ. A request takes time, so less than this proves nothing. */
export const clockTolerance = 10_000;

/** The last time that a `Date` can hold. */
const lastTime = 8.64e15;

/** Milliseconds to add to times of a clock that showed `theirs` when one here showed `ours`. 0 for clocks that agree. */
export function clockOffset(theirs: number, ours: number): number {
  const offset = ours - theirs;
  return Math.abs(offset) > clockTolerance ? offset : 0;
}

/** The metadata by another clock. The record lives as long as before. */
export function shiftTimes(metadata: ResultRecordMetadata, offset: number): ResultRecordMetadata {
  if (!offset) return metadata;
  const { createdAt, expiration } = metadata;
  const shifted = (time: Date) => new Date(Math.min(Math.max(time.getTime() + offset, -lastTime), lastTime));
  return { ...metadata, createdAt: shifted(createdAt), ...(expiration && { expiration: shifted(expiration) }) };
}

/** The record by another clock. Throws as `decodeRecord` does, unless the offset is 0. */
export function shiftRecord(bytes: Uint8Array, key: string, offset: number): Uint8Array {
  if (!offset) return bytes;
  const { metadata, body, unknownFields } = decodeRecord(bytes, key);
  return encodeRecord(shiftTimes(metadata, offset), body, unknownFields).bytes;
}
