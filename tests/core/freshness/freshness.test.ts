import { describe, expect, test } from "vitest";
import {
  type Freshness,
  freshnessOf,
  type FreshnessOptions,
  resolveFreshness,
} from "../../../src/core/freshness/freshness.ts";

const created = 1_000;
const expires = 2_000;

const staleOf = (value: unknown) => (value as { stale: number }).stale;

/** The state of a record that lasts from 1,000 to 2,000. */
function stateAt(now: number, options: Parameters<typeof freshnessOf>[1] = {}, isError?: true): Freshness {
  const metadata = { createdAt: new Date(created), expiration: new Date(expires), ...(isError && { isError }) };
  return freshnessOf({ metadata, result: { stale: 500 } }, options, now);
}

describe("the state of a record", () => {
  test.each<[now: number, options: Parameters<typeof freshnessOf>[1], state: Freshness]>([
    [created, {}, "fresh"],
    [expires - 1, {}, "fresh"],
    [expires, {}, "gone"],
    [created - 5_000, {}, "fresh"],
    [expires, { staleWhileRevalidate: 1 }, "stale"],
    [expires + 499, { staleWhileRevalidate: 500 }, "stale"],
    [expires + 500, { staleWhileRevalidate: 500 }, "gone"],
    [expires, { staleIfError: 1 }, "fallback"],
    [expires + 499, { staleIfError: 500 }, "fallback"],
    [expires + 500, { staleIfError: 500 }, "gone"],
    [expires + 99, { staleWhileRevalidate: 100, staleIfError: 200 }, "stale"],
    [expires + 100, { staleWhileRevalidate: 100, staleIfError: 200 }, "fallback"],
    [expires + 200, { staleWhileRevalidate: 100, staleIfError: 200 }, "gone"],
    [expires + 150, { staleWhileRevalidate: 200, staleIfError: 100 }, "stale"],
    [expires + 9e15, { staleIfError: Infinity }, "fallback"],
    [1_499, { refreshAhead: 0.5 }, "fresh"],
    [1_500, { refreshAhead: 0.5 }, "due"],
    [created, { refreshAhead: 0 }, "due"],
    [expires - 1, { refreshAhead: 1 }, "fresh"],
    [expires, { refreshAhead: 0.5 }, "gone"],
    [expires, { refreshAhead: 0.5, staleWhileRevalidate: 1 }, "stale"],
    [expires + 499, { staleWhileRevalidate: staleOf }, "stale"],
    [expires + 500, { staleWhileRevalidate: staleOf }, "gone"],
    [expires + 499, { staleIfError: staleOf }, "fallback"],
    [expires + 500, { staleIfError: staleOf }, "gone"],
  ])("at %i with %o: %s", (now, options, state) => {
    expect(stateAt(now, options)).toBe(state);
  });

  test("without an expiration a record is fresh for ever", () => {
    const options = { refreshAhead: 0, staleWhileRevalidate: 1, staleIfError: 1 };
    expect(freshnessOf({ metadata: { createdAt: new Date(0) } }, options, 9e15)).toBe("fresh");
  });

  test("a fresh record need not be read for it", () => {
    const record = {
      metadata: { createdAt: new Date(created), expiration: new Date(expires) },
      get result(): unknown {
        throw new Error("read");
      },
    };
    expect(freshnessOf(record, { staleWhileRevalidate: staleOf }, expires - 1)).toBe("fresh");
    expect(() => freshnessOf(record, { staleWhileRevalidate: staleOf }, expires)).toThrow("read");
  });

  test("an error that was kept is thrown until it expires, and is never stale or due", () => {
    const options = { refreshAhead: 0, staleWhileRevalidate: 500, staleIfError: 500 };
    expect([stateAt(1_999, options, true), stateAt(2_000, options, true)]).toEqual(["fresh", "gone"]);
  });
});

describe("the options", () => {
  test("are durations in milliseconds or as texts, and 0 where they are absent", () => {
    expect(
      resolveFreshness({ staleWhileRevalidate: "5m", expiresIn: "1h", staleIfError: 7, softTimeout: "1s" }),
    ).toEqual({
      staleWhileRevalidate: 300_000,
      staleIfError: 7,
      softTimeout: 1_000,
      computeTimeout: undefined,
      refreshAhead: undefined,
    });
    expect(resolveFreshness({})).toMatchObject({ staleWhileRevalidate: 0, staleIfError: 0 });
    const none = { softTimeout: undefined, computeTimeout: undefined };
    expect(resolveFreshness({ softTimeout: 0, computeTimeout: 0 })).toMatchObject(none);
    expect(resolveFreshness({ softTimeout: 1, computeTimeout: "0s" })).toMatchObject({ ...none, softTimeout: 1 });
  });

  test.each<[options: FreshnessOptions & { expiresIn?: unknown }, message: RegExp]>([
    [{ staleIfError: "1h" }, /^staleIfError needs an expiration: without expiresIn a result is never stale$/],
    [{ refreshAhead: 0.5 }, /^refreshAhead needs an expiration/],
    [{ expiresIn: 1, refreshAhead: 1.1 }, /^refreshAhead has to be a share between 0 and 1; got 1.1$/],
    [{ expiresIn: 1, refreshAhead: -0.1 }, /^refreshAhead has to be a share/],
    [{ expiresIn: 1, refreshAhead: NaN }, /^refreshAhead has to be a share/],
    [{ expiresIn: 1, refreshAhead: "0.5" as never }, /^refreshAhead has to be a share/],
    [
      { softTimeout: 200, computeTimeout: 100 },
      /^softTimeout \(200 ms\) can't be longer than computeTimeout \(100 ms\)$/,
    ],
    [{ softTimeout: -1 }, /softTimeout/],
    [{ computeTimeout: "soon" }, /computeTimeout/],
    [{ staleWhileRevalidate: -1 }, /staleWhileRevalidate/],
    [{ staleWhileRevalidate: NaN }, /staleWhileRevalidate/],
    [{ expiresIn: 1, staleIfError: "never" }, /staleIfError/],
    [{ staleWhileRevalidate: null as never }, /staleWhileRevalidate/],
    [{ softTimeout: (() => 1) as never }, /softTimeout/],
    [{ computeTimeout: (() => 1) as never }, /computeTimeout/],
  ])("%o are refused", (options, message) => {
    expect(() => resolveFreshness(options)).toThrow(message);
    expect(() => resolveFreshness(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
