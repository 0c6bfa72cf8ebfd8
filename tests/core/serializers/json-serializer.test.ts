import { expect, test } from "vitest";
import { CompressedSerializer } from "../../../src/core/serializers/compressed-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { codeOf } from "../record/record-tools.ts";

const serializer = new JsonSerializer();
const textOf = (value: unknown) => new TextDecoder().decode(serializer.dumps(value));

const cycle: Record<string, unknown> = { list: [] };
(cycle["list"] as unknown[]).push(cycle);

test.each<[string, unknown]>([
  ["$", undefined],
  ["$", 1n],
  ["$.a[1]", { a: [1, undefined] }],
  ["$[0]", Object.assign([], { 1: "after a hole" })],
  ["$.a.b", { a: { b: Number.NaN } }],
  ["$.when", { when: new Date(0) }],
  ["$.map", { map: new Map() }],
  ["$.bare", { bare: Object.create(null) as object }],
  ["$.own", { own: { toJSON: () => 1 } }],
  ["$.match", { match: "x".match(/x/) }],
  ["$.symbols", { symbols: { [Symbol("s")]: 1 } }],
  ["$.list[0]", cycle],
  ["$.a", { a: undefined }],
  ["$.hidden", { hidden: Object.defineProperty({}, "a", { value: 1 }) }],
  ["$.hole[1]", { hole: Object.assign([1], { length: 2 }) }],
  ["$.array", { array: Object.assign([1], { unit: "m" }) }],
  ["$.array", { array: Object.setPrototypeOf([1], Object.prototype) as unknown }],
  ["$.object", { object: Object.setPrototypeOf({ a: 1 }, Array.prototype) as unknown }],
])("JSON text refuses at %s what would read back otherwise", (path, value) => {
  expect(() => serializer.dumps(value)).toThrow(expect.objectContaining({ code: "SERIALIZATION", path }) as Error);
});

test("JSON text has -0, and writes an object twice that occurs twice", () => {
  const shared = { n: -0 };
  expect(textOf({ b: [shared, shared], c: "-0" })).toBe('{"b":[{"n":-0},{"n":-0}],"c":"-0"}');
});

test.each([
  [new Uint8Array(1), "an instance of Uint8Array"],
  [new ArrayBuffer(1), "an instance of ArrayBuffer"],
  [new DataView(new ArrayBuffer(1)), "an instance of DataView"],
  [Object.assign([1], { unit: "m" }), "an array with properties beside its elements"],
  [Object.create(null) as unknown, "an object without a prototype"],
])("JSON text refuses %o with its true reason", (value, reason) => {
  expect(() => serializer.dumps({ value })).toThrow(
    `Can't serialize ${reason} at $.value: JSON has no such value; DevalueSerializer takes more`,
  );
});

test("JSON text is the platform's own", () => {
  const value = { rows: [1, "<ü>", null] };
  expect(textOf(value)).toBe(JSON.stringify(value));
});

test("compressed bytes that lost a bit are refused, and never read as another value", async () => {
  const compressed = new CompressedSerializer({ serializer });
  const value = { text: "again and again and again" };
  const bytes = await compressed.dumps(value);
  let refused = 0;
  for (let place = 10; place < bytes.length; place++) {
    const damaged = bytes.slice();
    damaged[place]! ^= 4;
    const code = await codeOf(async () => expect(await compressed.loads(damaged)).toEqual(value));
    if (code === "SERIALIZATION") refused++;
  }
  // of the last byte before the checksum, some bits mean nothing
  expect(refused).toBeGreaterThanOrEqual(bytes.length - 11);
});

test.each([
  ["has", "$"],
  ["getPrototypeOf", "$"],
  ["ownKeys", "$"],
])("what throws while %s is asked is named by its place", (trap, path) => {
  const value = new Proxy(
    {},
    {
      [trap]: () => {
        throw new TypeError("no");
      },
    },
  );
  expect(() => new JsonSerializer().dumps(value)).toThrow(
    expect.objectContaining({ code: "SERIALIZATION", path, message: "The value can't be read at $" }),
  );
});

test("a getter that throws is named by its place, and what is nested too deeply by that", () => {
  const dumps = (value: unknown) => () => new JsonSerializer().dumps(value);
  const broken = {
    rows: [
      {
        get at() {
          throw new Error("no");
        },
      },
    ],
  };
  expect(dumps(broken)).toThrow(expect.objectContaining({ path: "$.rows[0].at" }));
  const cause = new RangeError("no");
  const out = { a: 1, get of(): never { throw cause; } }; // prettier-ignore
  expect(dumps({ out })).toThrow(expect.objectContaining({ path: "$.out.of", cause }));
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(dumps(deep)).toThrow(expect.objectContaining({ path: "$", message: "The value is nested too deeply" }));
});
