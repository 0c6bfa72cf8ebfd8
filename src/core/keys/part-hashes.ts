import { isPromise } from "../support/is-promise.ts";
import { hashValue } from "./hash.ts";

/** Heads are small, so names and hashes have this many bytes in all. */
const maxBytes = 256;
const hashLength = 8;
/** The name of the parts that don't fit, and are hashed together. */
const restName = "...";

/** A short hash of each part of a key, by name. Leaves out parts without a stable hash. Takes the values at the call. */
export async function hashParts(parts: readonly (readonly [string, unknown])[]): Promise<Record<string, string>> {
  const sorted = parts.toSorted(([one], [other]) => (one < other ? -1 : 1));
  let bytes = 0;
  const end = sorted.findIndex(([name]) => (bytes += new TextEncoder().encode(name).length + hashLength) > maxBytes);
  const listed = end < 0 ? sorted : [...sorted.slice(0, end), [restName, sorted.slice(end)] as const];
  const hashed = await Promise.all(listed.map(async ([name, part]) => [name, await shortHash(part)] as const));
  return Object.fromEntries(hashed.filter((each): each is readonly [string, string] => each[1] !== undefined));
}

async function shortHash(part: unknown): Promise<string | undefined> {
  try {
    return (await hashValue(isPromise(part) ? await part : part)).slice(0, hashLength);
  } catch {
    return undefined;
  }
}
