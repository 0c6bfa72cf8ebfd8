import type { ResultRecordMetadata } from "../../src/core/record/result-record-metadata.ts";
import { xxHash32 } from "../../src/core/record/xxhash32.ts";

/** The answer depends on these headers of the request: no cache may give it to a caller with a token, or to one that reads past copies. */
export const variesBy = "Authorization, Cache-Control";

/** The `Cache-Control` of an answer that no cache may keep. */
export const notStored = "no-store";

/**
 * The `Cache-Control` of a public result, for every cache. It is fresh there for `maxAge` milliseconds at most, and then stale for as
 * long again at most. It is never fresh beyond the record's expiration, nor stale beyond its stale time.
 */
export function publicCacheControl(
  { expiration, staleFor = 0, isError }: ResultRecordMetadata,
  maxAge: number,
  now: number,
): string {
  const left = Number(expiration ?? Infinity) - now;
  const fresh = toSeconds(Math.min(maxAge, left));
  if (isError || fresh < 1) return notStored;
  const stale = toSeconds(Math.min(maxAge, left + staleFor - fresh * 1_000));
  // without a limit, Cloudflare serves a stale answer for as long as the Worker fails
  return `public, max-age=${fresh}, stale-while-revalidate=${stale}, stale-if-error=${stale}`;
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}

/** The longest tag that is sent as it is. Then the 64 tags of a record and its key stay below 5 kB of headers. */
const maxTagLength = 64;

const encoder = new TextEncoder();

/**
 * The values of `Cache-Tag` for results: `key:` and the key for each key, and the tags. They are percent-encoded, since Cloudflare takes
 * printable ASCII without spaces. A longer one than 64 characters is replaced by `~` and a checksum. Two tags may share a checksum;
 * a purge then drops too much, and never too little.
 *
 * @example
 * ```ts
 * cacheTagsOf({ keys: ["maps/oslo"], tags: ["main roads"] }); // ["key:maps%2Foslo", "main%20roads"]
 * ```
 */
export function cacheTagsOf({
  keys = [],
  tags = [],
}: {
  keys?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
}): string[] {
  return [...keys.map((key) => `key:${encodeTag(key)}`), ...tags.map(encodeTag)];
}

function encodeTag(tag: string): string {
  const encoded = encodeURIComponent(tag.toWellFormed());
  return encoded.length <= maxTagLength ? encoded : `~${xxHash32(encoder.encode(tag)).toString(16)}`;
}
