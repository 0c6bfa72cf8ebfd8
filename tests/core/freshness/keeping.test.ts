import { describe, expect, test } from "vitest";
import type { ResolvedFreshness } from "../../../src/core/freshness/freshness.ts";
import { type KeepingOptions, resolveKeeping } from "../../../src/core/freshness/keeping.ts";

const now = 1_000_000;
const never: ResolvedFreshness = { staleWhileRevalidate: 0, staleIfError: 0 };

function keepingOf(options: KeepingOptions, freshness = never) {
  return resolveKeeping(options, freshness, () => now);
}

describe("a computed value", () => {
  test.each<[options: KeepingOptions, metadata: object | undefined]>([
    [{}, {}],
    [{ expiresIn: 500 }, { expiration: new Date(now + 500) }],
    [{ expiresIn: "1s" }, { expiration: new Date(now + 1_000) }],
    [{ expiration: new Date(now + 1) }, { expiration: new Date(now + 1) }],
    [{ expiration: new Date(now) }, undefined],
    [{ expiration: new Date(0) }, undefined],
    [{ expiresIn: 0 }, undefined],
    [{ expiresIn: -1 }, undefined],
    [{ expiresIn: "-5m" }, undefined],
    [{ expiresIn: () => -1 }, undefined],
    [{ expiresIn: () => undefined }, {}],
    [{ expiresIn: (value: number) => value * 2 }, { expiration: new Date(now + 42) }],
    [{ tags: [] }, {}],
    [{ tags: ["a"] }, { tags: ["a"] }],
    [{ tags: (value: number) => [`n/${value}`] }, { tags: ["n/21"] }],
    [{ keep: false }, undefined],
    [{ keep: (value: number) => value > 21 }, undefined],
    [{ keep: (value: number) => value === 21 }, {}],
    [{ expiresIn: 100, jitter: 0 }, { expiration: new Date(now + 100) }],
  ])("with %o is kept with %o", (options, metadata) => {
    expect(keepingOf(options).ofValue(21)).toEqual(metadata);
  });

  test("carries the longest time for which it may be served stale", () => {
    const freshness = { staleWhileRevalidate: 5, staleIfError: 9 };
    expect(keepingOf({ expiresIn: 1 }, freshness).ofValue(1)).toEqual({ expiration: new Date(now + 1), staleFor: 9 });
    const ofValue = { staleWhileRevalidate: 5, staleIfError: (value: unknown) => Number(value) };
    expect(keepingOf({ expiresIn: 1 }, ofValue).ofValue(7)).toMatchObject({ staleFor: 7 });
    expect(keepingOf({ expiresIn: 1 }, ofValue).ofValue(4)).toMatchObject({ staleFor: 5 });
  });

  test("carries its own tags: the caller's array may change", () => {
    const tags = ["a"];
    const metadata = keepingOf({ tags }).ofValue(1);
    tags.push("b");
    expect(metadata?.tags).toEqual(["a"]);
  });

  test("jitter takes away at most its share", () => {
    const { ofValue } = keepingOf({ expiresIn: 1_000, jitter: 0.5 });
    const lifetimes = Array.from({ length: 500 }, () => ofValue(1)!.expiration!.getTime() - now);
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(1_000);
    expect(Math.max(...lifetimes) - Math.min(...lifetimes)).toBeGreaterThan(250);
  });
});

describe("an error", () => {
  test("is kept for errorExpiresIn alone, with the tags that don't depend on a value", () => {
    const { ofError } = keepingOf({ expiresIn: "1d", errorExpiresIn: 50, tags: ["a"] });
    expect(ofError?.(new Error("no"))).toEqual({ expiration: new Date(now + 50), isError: true, tags: ["a"] });
    expect(keepingOf({ errorExpiresIn: 50, tags: () => ["a"] }).ofError?.(0)).not.toHaveProperty("tags");
  });

  test.each([{}, { errorExpiresIn: 0 }, { expiresIn: "1d" as const }])("is not kept with %o", (options) => {
    expect(keepingOf(options).ofError).toBeUndefined();
  });
});

const refused: [options: KeepingOptions, message: RegExp][] = [
  [{ tags: [""] }, /^tags has to be an array of strings with 1 to 256 characters$/],
  [{ tags: ["a".repeat(257)] }, /^tags has to be/],
  [{ tags: "a" as never }, /^tags has to be/],
  [{ tags: [7] as never }, /^tags has to be/],
  [{ tags: Array.from({ length: 65 }, (_, i) => `t${i}`) }, /^A record takes at most 64 tags .*; got 65 tags$/],
  [{ tags: Array.from({ length: 10 }, (_, i) => `${i}`.repeat(250)) }, /with 2048 characters in all; got 10 tags$/],
  [{ keep: 1 as never }, /^keep has to be a boolean or a function that returns one; got number$/],
  [{ jitter: 0.5 }, /^jitter needs expiresIn/],
  [{ expiresIn: 1, jitter: 2 }, /^jitter has to be a share between 0 and 1; got 2$/],
  [{ expiresIn: 1, expiration: new Date(now) }, /^Give expiration or expiresIn, not both$/],
  [{ expiresIn: () => 1, expiration: new Date(now) }, /^Give expiration or expiresIn, not both$/],
  [{ expiresIn: "soon" }, /expiresIn/],
  [{ expiration: new Date(NaN) }, /^expiration has to be a valid Date/],
  [{ errorExpiresIn: -5 }, /errorExpiresIn/],
];

test("a tag that is no well-formed text is refused", () => {
  expect(() => keepingOf({ tags: ["\ud800"] })).toThrow(/^tags has to be/);
});

test.each(refused)("%o are refused before anything is computed", (options, message) => {
  expect(() => keepingOf(options)).toThrow(message);
  expect(() => keepingOf(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test.each<[options: KeepingOptions]>([
  [{ tags: () => [""] }],
  [{ expiresIn: () => "soon" }],
  [{ expiresIn: () => NaN }],
])("functions may not return what is no option: %o", (options) => {
  expect(() => keepingOf(options).ofValue(1)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});
