import { describe, expect, test } from "vitest";
import { hashTextSync, hashValue } from "../../../src/core/keys/hash.ts";
import { bigBytes, cycle, distinctValues, goldenValues } from "./hash-values.ts";

describe("a hash is the same in every runtime and every release", () => {
  test.for(goldenValues)("$name", async ({ value, key }) => {
    expect(await hashValue(value())).toBe(key);
  });

  test("is 43 characters of base64url, which are the SHA-256 of the text", async () => {
    expect(await hashValue(1)).toMatch(/^[\w-]{43}$/);
    expect(await hashValue(1)).toBe(hashTextSync("1"));
  });

  test("a long text gets the same digest from the platform as it would get at once", async () => {
    expect(hashValue("é".repeat(5_000))).toBeInstanceOf(Promise);
    expect(await hashValue("é".repeat(5_000))).toBe(hashTextSync(`"5000:${"é".repeat(5_000)}`));
  });

  test("a short value is hashed at once", () => {
    expect(hashValue({ x: 1, y: [2, new Date(0)], z: new Uint8Array(100) })).toBeTypeOf("string");
  });
});

describe("different values have different hashes", () => {
  test("whatever their kinds", async () => {
    const names = new Map<string, string>();
    for (const [name, value] of distinctValues()) {
      const key = await hashValue(value);
      expect(names.get(key), `the same hash as ${name}`).toBeUndefined();
      names.set(key, name);
    }
  });

  test("in the last byte of a big binary", async () => {
    const changed = bigBytes();
    changed[changed.length - 1] = 1;
    expect(await hashValue({ grid: changed })).not.toBe(await hashValue({ grid: bigBytes() }));
  });

  test("the label counts", async () => {
    expect(await hashValue(1, "a")).not.toBe(await hashValue(1));
  });
});

describe("equal values have equal hashes", () => {
  const same = async (a: unknown, b: unknown): Promise<void> => expect(await hashValue(a)).toBe(await hashValue(b));

  test("whatever the order of an object's keys, at every depth", () =>
    same({ b: { d: 1, c: 2 }, a: 3, "10": 4, "9": 5 }, { "9": 5, a: 3, "10": 4, b: { c: 2, d: 1 } }));

  test("whatever the order of a Set's items and a Map's entries", async () => {
    await same(new Set([1, "1", { a: 1 }]), new Set([{ a: 1 }, "1", 1]));
    await same(
      new Map<unknown, unknown>([
        [{ k: 1 }, 1],
        ["k", 2],
      ]),
      new Map<unknown, unknown>([
        ["k", 2],
        [{ k: 1 }, 1],
      ]),
    );
  });

  test("with or without a prototype", () => same(Object.assign(Object.create(null), { a: 1 }), { a: 1 }));

  test("whether parts are shared or copied", async () => {
    const point = { x: 1, tags: [new Date(0)] };
    await same(
      { from: point, to: point, both: [point, point] },
      {
        from: structuredClone(point),
        to: structuredClone(point),
        both: [structuredClone(point), structuredClone(point)],
      },
    );
  });

  test("for views of the same bytes, wherever in a buffer they lie", async () => {
    for (const length of [3, 5_000]) {
      const wide = new Uint8Array(length + 16).fill(7);
      await same(wide.subarray(8, 8 + length), new Uint8Array(length).fill(7));
    }
  });

  test("for memory that is resizable", async () => {
    const buffer = new ArrayBuffer(4_000, { maxByteLength: 8_000 });
    await same(new Uint8Array(buffer), new Uint8Array(4_000));
  });

  test("for cycles of the same form", async () => {
    await same(cycle("a"), cycle("a"));
    expect(await hashValue(cycle("a"))).not.toBe(await hashValue(cycle("b")));
  });

  test("for errors from different places, even where a runtime shows the stack", async () => {
    const shown = Object.defineProperty(new Error("no"), "stack", { enumerable: true, value: "at somewhere else" });
    await same(shown, new Error("no"));
  });

  test("for copies of a Blob and a File", async () => {
    await same(new Blob(["abc"], { type: "text/plain" }), new Blob(["a", "bc"], { type: "text/plain" }));
    const file = (): File => new File(["abc"], "a.txt", { lastModified: 5 });
    await same([file()], [file()]);
  });
});

test("references that double with every level are hashed without writing them all out", async () => {
  let doubled: unknown = ["leaf"];
  for (let level = 0; level < 100; level++) doubled = [doubled, doubled];
  expect(await hashValue(doubled)).toMatch(/^[\w-]{43}$/);
});

describe("a value that changes while big parts of it are digested", () => {
  const big = (fill: number): Uint8Array => new Uint8Array(5_000).fill(fill);

  test("has the hash that it had at the call", async () => {
    const value = { grid: big(1), list: [1], shown: new Set<unknown>([big(2), big(3)]) };
    const before = await hashValue(value);
    const hashing = hashValue(value);
    value.list.push(2);
    value.grid.fill(9);
    value.shown.clear();
    expect(await hashing).toBe(before);
    value.grid = big(1);
    expect(await hashValue(value)).not.toBe(before);
  });

  test("may return other bytes each time that it is asked", async () => {
    const restless = Object.defineProperty({}, "bytes", { enumerable: true, get: () => big(1) });
    expect(await hashValue(restless)).toBe(await hashValue({ bytes: big(1) }));
  });
});

test("the order of a Set's or a Map's items does not matter where their digests are awaited", async () => {
  const [one, two] = [new Uint8Array(5_000).fill(1), new Uint8Array(5_000).fill(2)];
  const nested = (items: readonly Uint8Array[]) => new Map([[new Set(items), new Map(items.map((item) => [item, 1]))]]);
  expect(await hashValue(nested([one, two]))).toBe(await hashValue(nested([two, one])));
  expect(await hashValue(nested([one, two]))).not.toBe(await hashValue(nested([one])));
});
