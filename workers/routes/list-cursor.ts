import { xxHash32 } from "../../src/core/record/xxhash32.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";

/** Puts a checksum of the cursor and the prefix before a storage's cursor, so that `openCursor` detects one of another list. */
export function sealCursor(cursor: string, prefix: string): string {
  return checksum(cursor, prefix) + cursor;
}

/** The reverse of `sealCursor`. Throws `InvalidArgumentError` for a cursor that no page of this list gave. */
export function openCursor(sealed: string, prefix: string): string {
  const cursor = sealed.slice(8);
  if (checksum(cursor, prefix) === sealed.slice(0, 8)) return cursor;
  throw new InvalidArgumentError("cursor is not one that a page of this list gave");
}

function checksum(cursor: string, prefix: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify([prefix, cursor]));
  return xxHash32(bytes).toString(16).padStart(8, "0");
}
