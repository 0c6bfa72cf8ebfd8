import { expect, test } from "vitest";
import { toMilliseconds } from "../../../src/core/support/duration.ts";

test("durations are milliseconds or strings with a unit", () => {
  const read = [0, 1.5, "250ms", "30s", "5m", "1.5h", "7d", "2w", "0s", "0ms", " 5 minutes "].map((each) =>
    toMilliseconds(each, "x"),
  );
  expect(read).toEqual([0, 1.5, 250, 30_000, 300_000, 5_400_000, 604_800_000, 1_209_600_000, 0, 0, 300_000]);
});

test.each([-1, NaN, Infinity, "", "soon", "-5m", "5 parsecs", "3600", "0", "0 parsecs", null, undefined, {}, 5n])(
  "%s is refused with the name of the option",
  (duration) => {
    expect(() => toMilliseconds(duration as never, "expiresIn")).toThrow(/^expiresIn has to be milliseconds/);
  },
);
