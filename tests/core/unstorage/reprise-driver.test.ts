import { createStorage } from "unstorage";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";
import { repriseDriver, UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../../src/node/index.ts";
import { driverSuite } from "./driver-suite.ts";
import { textDriver } from "./text-driver.ts";

describe("a store in memory", () => driverSuite(() => repriseDriver({ store: createResultStore() })));

describe("a store without a memory cache", () => {
  driverSuite(() => {
    const options = { resultStorage: new MemoryStorage(), serializer: new DevalueSerializer() };
    return repriseDriver({ store: new ResultStore(options), base: "" });
  });
});

describe("a store over another driver", () => {
  driverSuite(() => {
    const resultStorage = new UnstorageStorage({ driver: textDriver(), exclusive: false });
    return repriseDriver({ store: createResultStore({ resultStorage }) });
  });
});

test("the lifetime of an item is in seconds, and its metadata tells it", async () => {
  let now = Date.now();
  const store = createResultStore({ now: () => now });
  const storage = createStorage({ driver: repriseDriver({ store }) });
  await storage.setItem("a", "value", { ttl: 60 });
  await storage.setItemRaw("raw", new Uint8Array(3), { ttl: 60 });
  for (const ttl of [undefined, 0, -1, Number.NaN, Infinity]) await storage.setItem(`never:${ttl}`, "value", { ttl });
  expect(await storage.getMeta("a")).toMatchObject({ mtime: new Date(now), expires: new Date(now + 60_000), ttl: 60 });
  expect(Number((await storage.getMeta("a"))["size"])).toBeGreaterThan(0);
  now += 59_999;
  expect(await storage.getItem("a")).toBe("value");
  now += 1;
  expect([await storage.hasItem("a"), await storage.getItem("a"), await storage.getItemRaw("raw")]).toEqual([
    false,
    null,
    null,
  ]);
  expect(await storage.getMeta("a")).toEqual({});
  expect((await storage.getKeys()).length).toBe(5);
  expect((await storage.getMeta("never:0"))["expires"]).toBeUndefined();
});

test("clear leaves the other records of the store, and removes items that have expired", async () => {
  let now = Date.now();
  const store = createResultStore({ now: () => now });
  const storage = createStorage({ driver: repriseDriver({ store }) });
  await store.write("maps/oslo", 1);
  await storage.setItem("a", 1);
  await storage.setItem("b", 1, { ttl: 1 });
  now += 2_000;
  expect(await storage.getKeys()).toEqual(["a"]);
  await storage.clear();
  const { records } = await store.list({ allowExpired: true });
  expect(records.map(({ storageKey }) => storageKey)).toEqual(["maps/oslo"]);
});

test("more items than one page of a list are listed and cleared", async () => {
  const storage = createStorage({ driver: repriseDriver({ store: createResultStore() }) });
  await Promise.all(Array.from({ length: 1_201 }, (_, i) => storage.setItem(`item:${i}`, i)));
  expect(new Set(await storage.getKeys()).size).toBe(1_201);
  await storage.clear();
  expect(await storage.getKeys()).toEqual([]);
});

test("watchers hear of each change, also of one that the storage did not make, until they stop", async () => {
  const store = createResultStore();
  const storage = createStorage({ driver: repriseDriver({ store }) });
  const heard: string[] = [];
  const unwatch = await storage.watch((event, key) => heard.push(`${event} ${key}`));
  await storage.setItem("a:b", 1);
  await store.write("unstorage:c", 1);
  await store.write("maps/oslo", 1);
  await vi.waitFor(() => expect(heard.sort()).toEqual(["update a:b", "update c"]));
  await storage.removeItem("a:b");
  await vi.waitFor(() => expect(heard).toContain("remove a:b"));
  await unwatch();
  heard.length = 0;
  await storage.setItem("a:b", 2);
  const again = await storage.watch((event, key) => heard.push(`${event} ${key}`));
  await storage.setItem("last", 1);
  await vi.waitFor(() => expect(heard).toEqual(["update last"]));
  await again();
});

test("dispose ends the watches, and the store goes on", async () => {
  const store = createResultStore();
  const storage = createStorage({ driver: repriseDriver({ store }) });
  const heard: string[] = [];
  await storage.watch((_event, key) => heard.push(key));
  await storage.setItem("a", 1);
  await vi.waitFor(() => expect(heard).toEqual(["a"]));
  await storage.dispose();
  await storage.setItem("b", 1);
  expect([await storage.getItem("a"), await storage.getItem("b")]).toEqual([1, 1]);
  expect(heard).toEqual(["a"]);
});

test("a value is read at once while a computation holds its lock", async () => {
  const store = createResultStore();
  const storage = createStorage({ driver: repriseDriver({ store }) });
  await storage.setItem("a", "kept");
  const [begun, computing] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  const compute = () => {
    begun.resolve();
    return computing.promise;
  };
  const running = store.getOrCompute("unstorage:a", compute, { refresh: true });
  await begun.promise;
  onTestFinished(async () => void (await running.catch(() => {})));
  expect(await storage.getItem("a")).toBe("kept");
  computing.resolve("new");
  await running;
  expect(await storage.getItem("a")).toBe("new");
});

test("a key that is too long, and bytes that the serializer can't keep, are errors that say so", async () => {
  const options = { resultStorage: new MemoryStorage(), serializer: new JsonSerializer() };
  const storage = createStorage({ driver: repriseDriver({ store: new ResultStore(options) }) });
  await storage.setItem("text", { a: 1 });
  expect(await storage.getItem("text")).toEqual({ a: 1 });
  await expect(storage.setItem("k".repeat(1_100), 1)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(storage.setItemRaw("raw", new Uint8Array(1))).rejects.toMatchObject({ code: "SERIALIZATION" });
});

test.each([
  ["no store", {}, /repriseDriver needs a store: \{ store:/],
  ["a misspelt option", { store: createResultStore(), bse: "a" }, /no option "bse": did you mean "base"/],
])("%s is a ConfigurationError", (_name, options, message) => {
  expect(() => repriseDriver(options as never)).toThrow(
    expect.objectContaining({ code: "CONFIGURATION", message: expect.stringMatching(message) as string }),
  );
});
