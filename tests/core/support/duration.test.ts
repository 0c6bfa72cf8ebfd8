import { expect, test } from "vitest";
import { toMilliseconds } from "../../../src/core/support/duration.ts";

test("durations are milliseconds or strings with a unit", () => {
  const read = [0, 1.5, "250ms", "30s", "5m", "1.5h", "7d", "2w", "0s", "0ms", " 5 minutes "].map((each) =>
    toMilliseconds(each, "x"),
  );
  expect(read).toEqual([0, 1.5, 250, 30_000, 300_000, 5_400_000, 604_800_000, 1_209_600_000, 0, 0, 300_000]);
});

test.each<[names: string, milliseconds: number]>([
  ["ms msec msecs millisecond milliseconds", 1],
  ["s sec secs second seconds", 1_000],
  ["m min mins minute minutes", 60_000],
  ["h hr hrs hour hours", 3_600_000],
  ["d day days", 86_400_000],
  ["w wk wks week weeks", 604_800_000],
  ["y yr yrs year years", 31_557_600_000],
])("a unit has these names: %s", (names, milliseconds) => {
  for (const name of names.split(" "))
    for (const text of [`2${name}`, `2.0 ${name}`, `2 ${name.toUpperCase()}`])
      expect(toMilliseconds(text, "x"), text).toBe(2 * milliseconds);
});

test.each(["5 mec", "5 hs", "5 milli", "1 5m", "1.2.3s", ".", "m", "1e3s", "5m5"])("%s is no duration", (text) => {
  expect(() => toMilliseconds(text, "x")).toThrow(/^x has to be/);
});

test.each([-1, NaN, Infinity, "", "soon", "-5m", "5 parsecs", "3600", "0", "0 parsecs", null, undefined, {}, 5n])(
  "%s is refused with the name of the option",
  (duration) => {
    expect(() => toMilliseconds(duration as never, "expiresIn")).toThrow(/^expiresIn has to be milliseconds/);
  },
);
