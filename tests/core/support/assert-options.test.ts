import { describe, expect, test } from "vitest";
import { assertOptions, hintFor } from "../../../src/core/support/assert-options.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";

const known = ["cacheExpiration", "cachePolicy", "name", "onCommit"];

test.each([
  ["a letter that is missing", "cacheExpiraton", "cacheExpiration"],
  ["a letter too many", "namee", "name"],
  ["letters in another order", "cachePloicy", "cachePolicy"],
  ["letters swapped in a short name", "nmae", "name"],
  ["other capitals", "oncommit", "onCommit"],
  ["another letter", "cachePolizy", "cachePolicy"],
  ["another ending", "cachePolicies", "cachePolicy"],
])("the nearest name is given for %s", (_, written, meant) => {
  expect(hintFor(written, known)).toBe(`: did you mean "${meant}"?`);
});

test("of several that are near, the nearest is given", () => {
  expect(hintFor("acquireTimout", ["acquireTimeouts", "acquireTimeout"])).toBe(': did you mean "acquireTimeout"?');
});

test.each(["ttl", "staleWhileRevalidate", "x", "constructor", "toString", "__proto__", ""])(
  "where nothing is near, as for %j, all names are given",
  (name) => {
    expect(hintFor(name, known)).toBe(`; known are ${known.join(", ")}`);
  },
);

describe("options", () => {
  test("that are known pass, and so do none", () => {
    expect(() => assertOptions("task", {}, known)).not.toThrow();
    expect(() => assertOptions("task", { name: undefined, onCommit: 1 }, known)).not.toThrow();
  });

  test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
    "named %s are unknown like any other",
    (name) => {
      const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
      expect(() => assertOptions("task", options, known, new Map([["ttl", ": write cacheExpiration"]]))).toThrow(
        new ConfigurationError(`task has no option "${name}"; known are ${known.join(", ")}`),
      );
    },
  );

  test("that have moved show the new line", () => {
    expect(() => assertOptions("task", { ttl: 1 }, known, new Map([["ttl", ": write cacheExpiration"]]))).toThrow(
      'task has no option "ttl": write cacheExpiration',
    );
  });

  test.each([
    [null, "null"],
    [undefined, "undefined"],
    ["name", "name"],
    [5, "5"],
  ])("have to be an object: %j", (options, kind) => {
    expect(() => assertOptions("task", options, known)).toThrow(
      new ConfigurationError(`task needs an object of options; got ${kind}`),
    );
  });
});
