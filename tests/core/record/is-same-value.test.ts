import { describe, expect, test } from "vitest";
import { isSameValue } from "../../../src/core/record/is-same-value.ts";

class Point {
  x = 1;
}

const shared = { a: 1 };
const cycle = (): unknown => {
  const value: Record<string, unknown> = { name: "loop" };
  value["self"] = value;
  return value;
};

/** Made anew for each side. */
const values: readonly [name: string, create: () => unknown][] = [
  ["NaN", () => Number.NaN],
  ["an object, whatever the order of its keys", () => (Math.random() < 0.5 ? { a: 1, b: [2] } : { b: [2], a: 1 })],
  ["an instance", () => new Point()],
  ["a Date", () => new Date(5)],
  ["an invalid Date", () => new Date(Number.NaN)],
  ["an expression", () => /a/gu],
  ["a Map with arrays", () => new Map<unknown, unknown>([[[1], [2]]])],
  ["a Set with arrays", () => new Set([[1], [2, 3]])],
  ["bytes", () => new Uint8Array([1, 2])],
  ["a buffer", () => new ArrayBuffer(8)],
  ["a boxed number", () => new Number(-0)],
  ["an address", () => new URL("https://a.example/")],
  [
    "an exception whose name no text can be made of",
    () => Object.defineProperties(new DOMException("a"), { name: { value: { toString: 1 } }, stack: { value: "" } }),
  ],
  ["a cycle", cycle],
  ["two references to one object", () => ((one) => [one, one])({ a: 1 })],
];

describe("values are the same", () => {
  test.each(values)("%s", (_, create) => {
    expect(isSameValue(create(), create())).toBe(true);
  });
});

const pairs: readonly [name: string, left: unknown, right: unknown][] = [
  ["0 and -0", 0, -0],
  ["boxed 0 and -0", new Number(0), new Number(-0)],
  ["null and an object", null, {}],
  // oxlint would have a hole written as undefined
  ["a hole and undefined", Array(1), [undefined]],
  ["a missing key and undefined", {}, { a: undefined }],
  ["an array and an object", ["a"], { 0: "a" }],
  ["an instance and a plain object", new Point(), { x: 1 }],
  ["errors of other messages", new Error("a"), new Error("b")],
  ["errors with and without a cause", new Error("a", { cause: 1 }), new Error("a")],
  ["expressions of other flags", /a/g, /a/i],
  ["dates", new Date(1), new Date(2)],
  ["maps of other values", new Map([["a", 1]]), new Map([["a", 2]])],
  ["a set and its members in another nesting", new Set([[1, 2]]), new Set([1, 2])],
  ["bytes", new Uint8Array([1]), new Uint8Array([2])],
  ["views of other types", new Uint8Array([1]), new Int8Array([1])],
  ["one object twice and two alike", [shared, shared], [{ a: 1 }, { a: 1 }]],
  ["a cycle and its unrolling", cycle(), { name: "loop", self: cycle() }],
];

describe("values differ", () => {
  test.each(pairs)("%s", (_, left, right) => {
    expect([isSameValue(left, right), isSameValue(right, left)]).toEqual([false, false]);
  });
});
