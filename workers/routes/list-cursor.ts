import { xxHash32 } from "../../src/core/record/xxhash32.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";

/** A storage's cursor as callers get it: with a checksum over it and the prefix, so that one which is not from here, or from another list, is known. */
export function sealCursor(cursor: string, prefix: string): string {
  return checksum(cursor, prefix) + cursor;
}

/** The reverse of `sealCursor`. Throws `InvalidArgumentError` for what this list never gave. */
export function openCursor(sealed: string, prefix: string): string {
  const cursor = sealed.slice(8);
  if (checksum(cursor, prefix) === sealed.slice(0, 8)) return cursor;
  throw new InvalidArgumentError("cursor is not one that a page of this list gave");
}

function checksum(cursor: string, prefix: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify([prefix, cursor]));
  return xxHash32(bytes).toString(16).padStart(8, "0");
}
