import { bodyStartOf } from "../record/record-format.ts";
import { randomId } from "../support/random-id.ts";

/** Where bodies lie: apart from all keys that anyone would think of, and behind most of them in a list. */
export const bodyPrefix = "~reprise/bodies/";

/** `RPRB` in ASCII, before the ids that follow a head. */
const mark = Uint8Array.of(0x52, 0x50, 0x52, 0x42);
const idLength = 16;

/** A head as it lies in a storage of its own. */
export interface PlacedHead {
  readonly head: Uint8Array;
  /** Of the body, then of the one before, where that is kept for those who see the head before. */
  readonly ids: readonly string[];
}

/** A new body has a new place: nothing that happens to another one concerns it. */
export function newBodyId(): string {
  return randomId();
}

/** The key of a body in the result storage. */
export function bodyKey(id: string): string {
  return bodyPrefix + id;
}

/** The head, and behind it where to find the body. Whatever reads heads passes over it. */
export function encodePlacedHead({ head, ids }: PlacedHead): Uint8Array {
  const bytes = new Uint8Array(head.length + mark.length + ids.length * idLength);
  bytes.set(head);
  bytes.set(mark, head.length);
  for (const [index, id] of ids.entries()) bytes.set(fromHex(id), head.length + mark.length + index * idLength);
  return bytes;
}

/** `undefined` for whole records, and for what is no record. */
export function decodePlacedHead(bytes: Uint8Array): PlacedHead | undefined {
  const end = bodyStartOf(bytes);
  if (end === undefined) return undefined;
  const behind = bytes.subarray(end);
  const count = (behind.length - mark.length) / idLength;
  if (count !== 1 && count !== 2) return undefined;
  if (!mark.every((byte, index) => byte === behind[index])) return undefined;
  const idAt = (start: number) => toHex(behind.subarray(start, start + idLength));
  const ids = Array.from({ length: count }, (_, index) => idAt(mark.length + index * idLength));
  return { head: bytes.subarray(0, end), ids };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): number[] {
  return Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}
