import { xxHash32 } from "../../core/record/xxhash32.ts";
import { InvalidArgumentError } from "../../errors/index.ts";

const encoder = new TextEncoder();

/** A position in the list of `prefix`, with a checksum over both. The platforms accept any cursor and return some page for it. */
export function sealCursor(prefix: string, position: string): string {
  return `${checksum(prefix, position)}.${position}`;
}

/** The position. Throws `InvalidArgumentError` unless the cursor comes from a page of this list. */
export function openCursor(prefix: string, cursor: string): string {
  const position = cursor.slice(9);
  if (cursor !== sealCursor(prefix, position)) {
    throw new InvalidArgumentError(`The cursor "${cursor}" is of no page of the records under "${prefix}"`);
  }
  return position;
}

function checksum(prefix: string, position: string): string {
  return xxHash32(encoder.encode(`${prefix}\0${position}`))
    .toString(16)
    .padStart(8, "0");
}
