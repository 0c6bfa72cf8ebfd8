import * as unstorage from "unstorage";
import type { Driver, Storage } from "unstorage";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

/** Has no `toJSON`, which a class of the platform's may have. */
class Point {
  x = 1;
}

/** The promises of every driver of unstorage, as its own suite has them, over the storage that its users get in a version of it. */
export function driverSuite(
  createDriver: () => Driver,
  version: Pick<typeof unstorage, "createStorage" | "prefixStorage" | "restoreSnapshot" | "snapshot"> = unstorage,
): void {
  const { createStorage, prefixStorage, restoreSnapshot, snapshot } = version;
  let storage: Storage;
  beforeAll(() => {
    storage = createStorage({ driver: createDriver() });
  });
  afterEach(() => storage.clear());
  afterAll(() => storage.dispose());
  const keysOf = async (...args: Parameters<Storage["getKeys"]>) => (await storage.getKeys(...args)).sort();
  const fill = (...keys: string[]) => Promise.all(keys.map((key) => storage.setItem(key, `value of ${key}`)));

  test("a snapshot is restored, and taken", async () => {
    await restoreSnapshot(storage, { "a:b": "one", c: { two: 2 } });
    expect([await storage.getItem("a:b"), await storage.getItem("c")]).toEqual(["one", { two: 2 }]);
    expect(await snapshot(storage, "")).toEqual({ "a:b": "one", c: { two: 2 } });
  });

  test("at first there is nothing", async () => {
    expect(await storage.hasItem("a:b")).toBe(false);
    expect(await storage.getItem("a:b")).toBeNull();
    expect(await storage.getItemRaw("a:b")).toBeNull();
    expect(await storage.getKeys()).toEqual([]);
  });

  test("an item is there after it was set, and a query is no part of its key", async () => {
    await fill("a:b", "c?d=1");
    expect(await storage.hasItem("a:b")).toBe(true);
    expect(await storage.getItem("a:b")).toBe("value of a:b");
    expect(await storage.getItem("c?d=2")).toBe("value of c?d=1");
  });

  test("keys are listed, all of them or those of a base", async () => {
    await fill("a:b", "a:c", "ab:c", "d");
    expect(await keysOf()).toEqual(["a:b", "a:c", "ab:c", "d"]);
    expect(await keysOf("a")).toEqual(["a:b", "a:c"]);
    expect(await keysOf("a:")).toEqual(["a:b", "a:c"]);
    expect(await keysOf("x")).toEqual([]);
  });

  test("keys are listed down to a depth", async () => {
    await fill("a", "b:c", "b:d:e", "b:d:f");
    expect(await keysOf(undefined, { maxDepth: 0 })).toEqual(["a"]);
    expect(await keysOf(undefined, { maxDepth: 1 })).toEqual(["a", "b:c"]);
    expect(await keysOf(undefined, { maxDepth: 2 })).toEqual(["a", "b:c", "b:d:e", "b:d:f"]);
    expect(await keysOf("b", { maxDepth: 1 })).toEqual(["b:c"]);
  });

  test.each([
    ["an object", { deep: [1, { er: null }] }],
    ["a list", ["a", 1]],
    ["true", true],
    ["false", false],
    ["zero", 0],
    ["an empty text", ""],
    ["a text of many letters", "Zürich 東京 😀 \u0000\n"],
  ])("%s comes back", async (_name, value) => {
    await storage.setItem("data/value.json", value);
    expect(await storage.getItem("data:value.json")).toEqual(value);
    expect(await storage.hasItem("data:value.json")).toBe(true);
  });

  test("an object with toJSON is kept as that says, and other classes are refused", async () => {
    const withJson = (json: unknown) => Object.create({ toJSON: () => json }) as object;
    await storage.setItem("text", withJson("SERIALIZED"));
    await storage.setItem("object", withJson({ city: "Oslo" }));
    expect([await storage.getItem("text"), await storage.getItem("object")]).toEqual(["SERIALIZED", { city: "Oslo" }]);
    await expect(storage.setItem("class", new Point())).rejects.toThrow("Cannot stringify value");
    expect(await storage.hasItem("class")).toBe(false);
  });

  test("raw bytes come back, as many as there were", async () => {
    for (const bytes of [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(300_000).map((_, i) => i * 7)]) {
      await storage.setItemRaw("raw.bin", bytes);
      const found = await storage.getItemRaw<Uint8Array>("raw.bin");
      expect(found).toBeInstanceOf(Uint8Array);
      expect(new Uint8Array(found!)).toEqual(bytes);
    }
  });

  test("a raw text comes back", async () => {
    await storage.setItemRaw("raw.txt", "text");
    expect(await storage.getItemRaw("raw.txt")).toBe("text");
  });

  test("many items are set and got at once", async () => {
    await storage.setItems(["1", "2", "3"].map((key) => ({ key: `t:${key}`, value: `value ${key}` })));
    const found = await storage.getItems([{ key: "t:3" }, "t:1?q=1", "t:absent"]);
    expect(found).toEqual([
      { key: "t:3", value: "value 3" },
      { key: "t:1", value: "value 1" },
      { key: "t:absent", value: null },
    ]);
  });

  test("an item is removed, and so is one that is set to undefined", async () => {
    await fill("a", "b", "c");
    await storage.removeItem("a", false);
    await storage.setItem("b", undefined as never);
    await storage.removeItem("absent");
    expect([await storage.hasItem("a"), await storage.getItem("a"), await storage.getItem("b")]).toEqual([
      false,
      null,
      null,
    ]);
    expect(await storage.getKeys()).toEqual(["c"]);
  });

  test("clear removes all items or those of a base, and nothing from nothing", async () => {
    await fill("a:b", "a:c", "ab:c");
    await storage.getMount().driver.clear!("a:", {});
    expect(await storage.getKeys()).toEqual(["ab:c"]);
    for (let i = 0; i < 2; i++) {
      await storage.clear();
      expect(await storage.getKeys()).toEqual([]);
    }
  });

  test("metadata is set beside an item, and goes with it", async () => {
    await storage.setItem("a", "value");
    await storage.setMeta("a", { owner: "Ann", mtime: new Date(7) });
    expect(await storage.getMeta("a")).toMatchObject({ owner: "Ann", mtime: new Date(7) });
    expect(await storage.getKeys()).toEqual(["a"]);
    await storage.removeItem("a", { removeMeta: true });
    expect(await storage.getMeta("a")).toEqual({});
  });

  test("a part of it, and a mount of it, hold items of their own", async () => {
    const part = prefixStorage(storage, "part");
    await part.setItem("a", "in the part");
    expect(await storage.getItem("part:a")).toBe("in the part");
    expect(await part.getKeys()).toEqual(["a"]);
    const outer = createStorage().mount("inner", storage.getMount().driver);
    await outer.setItem("b", "outside");
    await outer.setItem("inner:b", "inside");
    expect([await storage.getItem("b"), await outer.getItem("b")]).toEqual(["inside", "outside"]);
    expect((await outer.getKeys()).sort()).toEqual(["b", "inner:b", "inner:part:a"]);
  });
}
