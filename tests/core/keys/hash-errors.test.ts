import { describe, expect, test } from "vitest";
import { hashValue } from "../../../src/core/keys/hash.ts";
import { HashError } from "../../../src/errors/index.ts";
import { holes } from "./hash-values.ts";

class Account {
  balance = 1;
}
class Scores extends Map<string, number> {}
class Rows extends Array<number> {}
class Mishap extends Error {}
class Disguised {
  get [Symbol.toStringTag](): string {
    return "Date";
  }
}

function thrown(value: unknown): HashError {
  try {
    void hashValue(value);
  } catch (error) {
    if (error instanceof HashError) return error;
  }
  throw new Error("no HashError was thrown");
}

describe("what has no content to hash is refused, with the path to it", () => {
  test.for([
    ["a function", () => 1, "A function"],
    ["a symbol", Symbol("s"), "A symbol"],
    ["a registered symbol", Symbol.for("s"), "A symbol"],
    ["a boxed symbol", Object(Symbol("s")) as unknown, "An instance of Symbol"],
    ["an instance of a class", new Account(), "An instance of Account"],
    [
      "an instance of a nameless class",
      new (class {
        x = 1;
      })(),
      "An instance of a class",
    ],
    ["a subclass of Map", new Scores(), "An instance of Scores"],
    ["a subclass of Array", new Rows(), "An instance of Rows"],
    ["a subclass of Error", new Mishap(), "An instance of Mishap"],
    ["a class that names itself Date", new Disguised(), "An instance of Disguised"],
    ["an object that inherits", Object.create({ inherited: 1 }) as unknown, "An instance of Object"],
    ["a promise", Promise.resolve(), "An instance of Promise"],
    ["a WeakMap", new WeakMap(), "An instance of WeakMap"],
    ["a generator", (function* () {})(), "An instance of a class"],
    ["a property named by a symbol", { [Symbol("s")]: 1 }, "A property named by a symbol"],
  ] as const)("%s", ([, value, what]) => {
    const error = thrown({ options: [{ "odd name": value }] });
    expect(error.path).toBe('$.options[0]["odd name"]');
    expect(error.message).toBe(
      `${what} at ${error.path} has no stable hash: leave the input out with cachePolicy: DEFAULT_POLICY.minus(name), or give the task a cacheKeyFn`,
    );
  });

  test.for([
    ["the value itself", () => 1, "$"],
    ["a Map's key", { m: new Map([[() => 1, 1]]) }, "$.m.keys()[0]"],
    [
      "a Map's value",
      new Map([
        ["a", 1 as unknown],
        ["b", () => 1],
      ]),
      '$.get("b")',
    ],
    ["a Set's item", [new Set([1, () => 1])], "$[0].values()[1]"],
    ["an error's cause", { error: new Error("e", { cause: () => 1 }) }, "$.error.cause"],
    ["a sparse array", Object.assign(holes(3), { 2: () => 1 }), "$[2]"],
  ] as const)("the path leads into %s", ([, value, path]) => {
    expect(thrown(value).path).toBe(path);
  });
});

test("what is nested too deeply for the stack is a HashError", () => {
  let deep: unknown[] = [];
  for (let level = 0; level < 1_000_000; level++) deep = [deep];
  expect(thrown(deep).message).toContain("nested too deeply");
});
