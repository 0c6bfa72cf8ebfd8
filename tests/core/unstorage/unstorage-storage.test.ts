import { createStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createResultStore } from "../../../src/node/index.ts";
import { UnstorageStorage, type UnstorageStorageOptions } from "../../../src/integrations/unstorage/index.ts";
import { grantWith, put } from "../../../src/testing/storages/storage-scene.ts";
import { textDriver } from "./text-driver.ts";

const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => void warn.mockClear());
afterEach(() => expect(warn).not.toHaveBeenCalled());

/** What was written to the console, once. */
function warnings(): string[] {
  const lines = warn.mock.calls.map(([line]) => String(line));
  warn.mockClear();
  return lines;
}

test("a storage that doesn't say whether it is exclusive warns once of the limits that follow", async () => {
  const storage = new UnstorageStorage({ driver: memoryDriver() });
  await put(storage, "a");
  await storage.list!();
  const [line, ...more] = warnings();
  expect(line).toMatch(
    /"memory" .* no conditional writes\. .* not prefixes or tags\. .*exclusive: true.*exclusive: false/,
  );
  expect(line).not.toMatch(/list/);
  expect(more).toEqual([]);
  for (const exclusive of [true, false]) await put(new UnstorageStorage({ driver: memoryDriver(), exclusive }), "a");
});

test.each([
  ["has no getKeys", { ...memoryDriver(), getKeys: undefined as never }],
  ["always lists nothing", { ...memoryDriver(), name: "vercel-runtime-cache", getKeys: () => [] }],
])("a driver that %s can't list: it says so once, and the calls that need it are refused", async (_name, driver) => {
  const resultStorage = new UnstorageStorage({ driver, exclusive: true, consistency: "strong" });
  expect(warnings()).toEqual([expect.stringMatching(/can't list its items.* list, clear, sweep/)]);
  const store = createResultStore({ resultStorage });
  await store.write("a", 1, { tags: ["t"] });
  for (const call of [
    () => store.list(),
    () => store.clear(),
    () => store.sweep(),
    () => store.invalidate({ prefix: "a" }),
    () => store.invalidate({ tags: ["t"] }),
    () => store.invalidate("all"),
  ])
    await expect(call()).rejects.toMatchObject({ code: "CONFIGURATION" });
  await store.invalidate("a", { mode: "expire" });
  expect(await store.exists("a")).toBe(false);
  expect((await store.read("a", { allowExpired: true }))?.result).toBe(1);
  expect(await store.delete("a")).toBe(true);
});

test("without exclusive, conditions and invalidations of prefixes and tags are refused, and keys are invalidated", async () => {
  const storage = new UnstorageStorage({ driver: memoryDriver(), exclusive: false });
  expect(storage.capabilities).toEqual({ consistency: "strong", conditionalWrites: false });
  await put(storage, "a");
  for (const condition of [{ ifNoneMatch: "*" }, { ifMatch: "1" }] as const)
    await expect(put(storage, "b", condition)).rejects.toMatchObject({ code: "CONFIGURATION", key: "b" });
  const store = createResultStore({ resultStorage: storage });
  await store.write("c", 1);
  await expect(store.invalidate({ prefix: "c" })).rejects.toMatchObject({ code: "CONFIGURATION" });
  await store.invalidate("c");
  expect(await store.exists("c")).toBe(false);
});

test("a driver that isn't known to be strong is eventual, unless the options say more", () => {
  const consistencyOf = (options: UnstorageStorageOptions) => new UnstorageStorage(options).capabilities.consistency;
  expect(consistencyOf({ driver: textDriver(), exclusive: false })).toBe("eventual");
  expect(consistencyOf({ driver: createStorage(), exclusive: false })).toBe("eventual");
  expect(consistencyOf({ driver: memoryDriver(), exclusive: false })).toBe("strong");
  expect(consistencyOf({ driver: memoryDriver(), exclusive: false, consistency: "eventual" })).toBe("eventual");
  expect(consistencyOf({ driver: createStorage(), exclusive: true, consistency: "strong" })).toBe("strong");
});

test.each([
  ["no options", undefined, /UnstorageStorage needs an object of options/],
  ["no driver", {}, /needs a driver: \{ driver:/],
  ["a driver that nobody called", { driver: memoryDriver }, /needs a driver: \{ driver:/],
  ["a misspelt option", { driver: memoryDriver(), exlusive: true }, /no option "exlusive": did you mean "exclusive"/],
  ["an unknown consistency", { driver: memoryDriver(), exclusive: false, consistency: "weak" }, /consistency.*"weak"/],
  ["exclusive over an eventual driver", { driver: textDriver(), exclusive: true }, /add consistency: "strong"/],
])("%s is a ConfigurationError", (_name, options, message) => {
  expect(() => new UnstorageStorage(options as never)).toThrow(
    expect.objectContaining({ code: "CONFIGURATION", message: expect.stringMatching(message) as string }),
  );
});

test.each([
  ["can't write", { setItem: undefined as never, setItemRaw: undefined as never }, "write"],
  ["can't remove", { removeItem: undefined as never }, "delete"],
] as const)("a driver that %s refuses that alone", async (_name, without, refused) => {
  const driver = memoryDriver();
  await put(new UnstorageStorage({ driver, exclusive: true }), "a");
  const storage = new UnstorageStorage({ driver: { ...driver, ...without }, exclusive: true });
  expect(await storage.read("a")).toBeDefined();
  const call = refused === "write" ? put(storage, "b") : storage.delete("a");
  await expect(call).rejects.toMatchObject({ code: "CONFIGURATION" });
});

test("a driver that fails is a StorageError with its error as cause, and one that is full a StorageQuotaError", async () => {
  const fail = (error: unknown) => async () => {
    throw error;
  };
  const cause = new Error("connection lost");
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
  const driver = {
    ...textDriver(),
    hasItem: fail(cause),
    getItem: fail(cause),
    getKeys: fail(cause),
    setItem: fail(full),
  };
  const storage = new UnstorageStorage({ driver, exclusive: false });
  for (const call of [storage.read("a"), storage.delete("a"), storage.list!(), storage.clear!()])
    await expect(call).rejects.toMatchObject({ code: "STORAGE", cause });
  await expect(put(storage, "a")).rejects.toMatchObject({ code: "STORAGE_QUOTA", cause: full });
});

test("an item of others under a record's name is no record, and is a miss", async () => {
  const driver = textDriver();
  const storage = new UnstorageStorage({ driver, exclusive: true, consistency: "strong" });
  await put(storage, "a");
  const [name] = await driver.getKeys("", {});
  for (const foreign of ["a text", "base64:YWJj", "base64:", "base64:%", '{"json":true}']) {
    await driver.setItem!(name!, foreign, {});
    const store = createResultStore({ resultStorage: storage });
    expect(await store.answer("a", () => foreign)).toMatchObject({ value: foreign, source: "computed" });
    expect(await createResultStore({ resultStorage: storage }).answer("a", () => 0)).toMatchObject({ value: foreign });
  }
});

test("a sweep keeps a record that was written again while it looked", async () => {
  const driver = textDriver();
  const storage = new UnstorageStorage({ driver, exclusive: false });
  await put(storage, "a", { expiration: new Date(0) });
  const sweeping = storage.sweep!({ now: Date.now() });
  const looked = driver.getItem;
  driver.getItem = async (key, options) => {
    driver.getItem = looked;
    const item = await looked(key, options);
    void put(storage, "a");
    return item;
  };
  expect(await sweeping).toEqual({ expired: 0, evicted: 0 });
  expect(await storage.read("a")).toBeDefined();
});

test("two callers compute once, a stale value is served, and an invalidated computation is not kept", async () => {
  const store = createResultStore({ resultStorage: new UnstorageStorage({ driver: memoryDriver(), exclusive: true }) });
  let runs = 0;
  const compute = async () => ++runs;
  expect(await Promise.all([store.getOrCompute("a", compute), store.getOrCompute("a", compute)])).toEqual([1, 1]);
  await store.invalidate({ prefix: "a" }, { mode: "expire" });
  expect((await store.answer("a", compute, { expiresIn: "1h" })).value).toBe(2);
  const value = await store.getOrCompute(
    "tagged",
    async () => {
      await store.invalidate({ tags: ["t"] });
      return "old";
    },
    { tags: ["t"] },
  );
  expect([value, await store.exists("tagged")]).toEqual(["old", false]);
});

/** A driver whose next write waits for `release`. */
function gatedDriver() {
  const driver = textDriver();
  const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { setItem, getKeys } = driver;
  driver.setItem = async (...args) => {
    reached.resolve();
    await released.promise;
    await setItem!(...args);
  };
  const listed = Promise.withResolvers<void>();
  driver.getKeys = async (...args) => {
    const keys = await getKeys(...args);
    listed.resolve();
    return keys;
  };
  return { driver, reached: reached.promise, listed: listed.promise, release: () => released.resolve() };
}

test.each([
  ["clear", (storage: UnstorageStorage) => storage.clear!()],
  ["an invalidation", (storage: UnstorageStorage) => storage.invalidate!({ prefix: "a" }, { mode: "delete", now: 0 })],
])("%s takes a record along that is being written and can't be listed yet", async (_name, change) => {
  const { driver, reached, listed, release } = gatedDriver();
  const storage = new UnstorageStorage({ driver, exclusive: true, consistency: "strong" });
  const writing = put(storage, "a", { since: await storage.begin!("a") });
  await reached;
  const changing = change(storage);
  await listed;
  release();
  await Promise.all([writing, changing]);
  expect(await storage.read("a")).toBeUndefined();
});

test("a write whose signal aborts while it waits for another one is not carried out", async () => {
  const { driver, reached, release } = gatedDriver();
  const storage = new UnstorageStorage({ driver, exclusive: false });
  const first = put(storage, "a");
  await reached;
  const controller = new AbortController();
  const second = put(storage, "a", { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(second).rejects.toBe(reason);
  release();
  expect((await storage.read("a"))?.etag).toBe((await first).etag);
});

test("a write under a lock that is known to be lost is refused, by every storage", async () => {
  const grant = { ...grantWith("a", 5), signal: AbortSignal.abort() };
  for (const exclusive of [true, false]) {
    const storage = new UnstorageStorage({ driver: memoryDriver(), exclusive });
    await expect(put(storage, "a", { grant })).rejects.toMatchObject({ code: "STALE_LOCK", key: "a" });
    expect(await storage.read("a")).toBeUndefined();
  }
});

test("an etag of another storage may be any text", async () => {
  const storage = new UnstorageStorage({ driver: memoryDriver(), exclusive: true });
  for (const etag of ['W/"a b"', "two\nlines", "", "é", "x".repeat(1_000)]) {
    const written = await put(storage, "a", { etag });
    expect(await storage.read("a")).toEqual(written);
    await put(storage, "a", { since: await storage.begin!("a") });
  }
});
