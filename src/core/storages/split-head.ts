import { bodyStartOf } from "../record/record-format.ts";
import { randomId } from "../support/random-id.ts";

/** The prefix of bodies. Users' keys are unlikely to begin with it, and it sorts after most of them. */
export const bodyPrefix = "~reprise/bodies/";

/** `RPRB` in ASCII, before the ids that follow a head. */
const mark = /* @__PURE__ */ Uint8Array.of(0x52, 0x50, 0x52, 0x42);
const idLength = 16;

/** A head in the metadata storage. */
export interface PlacedHead {
  readonly head: Uint8Array;
  /** The ids of the body and, if it is kept for readers of the previous head, of the previous body. */
  readonly ids: readonly string[];
}

/** A new body gets a new id, so that operations on other bodies don't affect it. */
export function newBodyId(): string {
  return randomId();
}

/** The key of a body in the result storage. */
export function bodyKey(id: string): string {
  return bodyPrefix + id;
}

/** The head, followed by the ids of the body. Readers of heads ignore them. */
export function encodePlacedHead({ head, ids }: PlacedHead): Uint8Array {
  const bytes = new Uint8Array(head.length + mark.length + ids.length * idLength);
  bytes.set(head);
  bytes.set(mark, head.length);
  for (const [index, id] of ids.entries()) bytes.set(fromHex(id), head.length + mark.length + index * idLength);
  return bytes;
}

/** `undefined` for whole records, and for bytes that are no record. */
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
