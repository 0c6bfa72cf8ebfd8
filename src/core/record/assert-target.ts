import { InvalidArgumentError } from "../../errors/index.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import { assertStorageKey, maxKeyBytes } from "./storage-key.ts";

/** The most tags of a record. */
export const maxTags = 64;
/** The longest tag, in UTF-16 code units. */
export const maxTagLength = 256;
/** The longest tags of a record together. */
const maxTagsLength = 2_048;

/** Throws `InvalidArgumentError` for tags that are empty, too long or too many. */
export function assertTags(tags: unknown, most = maxTags): asserts tags is readonly string[] {
  if (!Array.isArray(tags) || ![...(tags as unknown[]).slice(0, most + 1)].every(isTag)) {
    throw new InvalidArgumentError(`tags has to be an array of strings with 1 to ${maxTagLength} characters`);
  }
  if (tags.length > most || tags.join("").length > maxTagsLength) {
    throw new InvalidArgumentError(
      `A record takes at most ${maxTags} tags with ${maxTagsLength} characters in all; got ${tags.length} tags`,
    );
  }
}

/** Throws `InvalidArgumentError` for anything that is no target. */
export function assertTarget(target: unknown): asserts target is InvalidationTarget {
  if (target === "all") return;
  const given = (typeof target === "object" && target !== null ? target : {}) as Record<string, unknown>;
  const [name, ...others] = Object.keys(given);
  if (others.length === 0 && name === "keys" && Array.isArray(given[name])) {
    // `forEach` skips what is missing, however much that is
    for (const key of given[name]) assertStorageKey(key);
    return;
  }
  if (others.length === 0 && name === "tags") {
    assertTags(given[name]);
    if (given[name].length > 0) return;
  }
  if (others.length === 0 && name === "prefix" && typeof given[name] === "string") {
    if (given[name].length > maxKeyBytes)
      throw new InvalidArgumentError(`A prefix has at most ${maxKeyBytes} characters, as a key has`);
    if (given[name] !== "") return;
    throw new InvalidArgumentError('The prefix "" covers every record: say "all"');
  }
  throw new InvalidArgumentError(
    'A target is a key, an array of keys, { prefix: "maps/" }, { tags: ["maps"] } or "all", with exactly one of them',
  );
}

function isTag(tag: unknown): tag is string {
  return typeof tag === "string" && tag.length > 0 && tag.length <= maxTagLength && tag.isWellFormed();
}
