import { expect, test } from "vitest";
import { maxTags } from "../../../src/core/record/assert-target.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { cacheTagsOf, publicCacheControl } from "../../../workers/routes/cache-headers.ts";

const now = Date.UTC(2026, 10, 28);
const minute = 60_000;

/** The header for a record that expires after so many milliseconds, and may be served stale for `staleFor`. */
function control(left: number | undefined, staleFor?: number, maxAge = minute): string {
  const expiration = left === undefined ? undefined : new Date(now + left);
  return publicCacheControl({ ...sample("a", { expiration, staleFor }).metadata }, maxAge, now);
}

const keptFor = (fresh: number, stale: number): string =>
  `public, max-age=${fresh}, stale-while-revalidate=${stale}, stale-if-error=${stale}`;

test("a result is fresh in caches for maxAge, and stale for as long again", () => {
  expect(control(undefined)).toBe(keptFor(60, 60));
  expect(control(undefined, 0, 1_500)).toBe(keptFor(1, 1));
});

test("a result is never fresh in caches beyond its expiration, nor stale beyond its stale time", () => {
  expect(control(90_000)).toBe(keptFor(60, 30));
  expect(control(30_999)).toBe(keptFor(30, 0));
  expect(control(30_000, 20_000)).toBe(keptFor(30, 20));
  expect(control(30_000, 3_600_000)).toBe(keptFor(30, 60));
});

test("no cache keeps a result that has expired, nor one that does within the second, nor an error", () => {
  for (const left of [999, 0, -1, -86_400_000]) expect(control(left, 3_600_000)).toBe("no-store");
  expect(publicCacheControl({ ...sample("a").metadata, isError: true }, minute, now)).toBe("no-store");
});

test("tags are percent-encoded, and long ones replaced by checksums", () => {
  expect(cacheTagsOf({ keys: ["maps/oslo"], tags: ["main roads", "a,b", "ü"] })).toEqual([
    "key:maps%2Foslo",
    "main%20roads",
    "a%2Cb",
    "%C3%BC",
  ]);
  const [one, other, same] = cacheTagsOf({ tags: ["x".repeat(256), "x".repeat(255), "x".repeat(256)] });
  expect(one).toMatch(/^~[0-9a-f]{1,8}$/);
  expect(other).not.toBe(one);
  expect(same).toBe(one);
});

test("the header takes what Cloudflare does, whatever the tags and the key are", () => {
  const tags = Array.from({ length: maxTags }, (_, i) =>
    `${String.fromCodePoint(0x1f600 + i)} ,\u0000\ud800`.repeat(6),
  );
  const values = cacheTagsOf({ keys: ["ü".repeat(512)], tags });
  for (const value of values) expect(value).toMatch(/^[!-+\--~]{1,1024}$/);
  expect(values.join(",").length).toBeLessThan(5_000);
});
