import { createStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { afterEach, expect, test, vi } from "vitest";
import { type UnstorageDriver, UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";

const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
afterEach(() => void warn.mockClear());

/** A storage over a driver of memory with some methods of its own. */
function storageWith(methods: object, name = "memory"): { storage: UnstorageStorage; driver: UnstorageDriver } {
  const driver = { ...memoryDriver(), name, ...methods } as UnstorageDriver;
  return { storage: new UnstorageStorage({ driver, exclusive: true, consistency: "strong" }), driver };
}

const throws = (thrown: unknown) => () => {
  throw thrown;
};

test.each([
  ["undefined", undefined],
  ["null", null],
  ["a text", "no connection"],
  ["an object", { message: 7 }],
])("a driver that throws %s is a StorageError", async (_what, thrown) => {
  const [hasItem, getItemRaw, setItemRaw, getKeys] = [throws(thrown), throws(thrown), throws(thrown), throws(thrown)];
  const { storage } = storageWith({ hasItem, getItemRaw, setItemRaw, getKeys });
  for (const call of [storage.read("a"), put(storage, "a"), storage.delete("a"), storage.list!(), storage.clear!()])
    await expect(call).rejects.toMatchObject({ code: "STORAGE", cause: thrown });
});

test.each([
  ["a QuotaExceededError", new DOMException("", "QuotaExceededError")],
  ["ENOSPC", Object.assign(new Error("write"), { code: "ENOSPC" })],
  ["Redis's OOM", new Error("OOM command not allowed when used memory > 'maxmemory'.")],
])("%s of a driver is a StorageQuotaError", async (_what, thrown) => {
  await expect(put(storageWith({ setItemRaw: throws(thrown) }).storage, "a")).rejects.toMatchObject({
    code: "STORAGE_QUOTA",
    cause: thrown,
  });
});

test.each([[7], [true], [{ json: true }], [[1]], [new Error("returned")]])(
  "the item %j is a StorageError",
  async (item) => {
    const { storage } = storageWith({ getItemRaw: () => item });
    await expect(storage.read("a")).rejects.toMatchObject({ code: "STORAGE" });
  },
);

test.each([undefined, null])("the item %s is no record", async (item) => {
  expect(await storageWith({ getItemRaw: () => item }).storage.read("a")).toBeUndefined();
});

test.each([[undefined], [null], ["k-a"], [[7]], [["k-a", null]], [new Error("returned")]])(
  "the keys %j are a StorageError",
  async (keys) => {
    const { storage } = storageWith({ getKeys: () => keys });
    const invalidating = storage.invalidate!("all", { mode: "delete", now: 0 });
    for (const call of [storage.list!(), storage.clear!(), storage.sweep!({ now: 0 }), invalidating])
      await expect(call).rejects.toMatchObject({ code: "STORAGE" });
  },
);

test("an error that a driver returns from a write or a removal is a StorageError, and no success", async () => {
  const cause = new Error("not permitted");
  const { storage } = storageWith({ setItemRaw: () => cause, hasItem: () => true, removeItem: () => cause });
  await expect(put(storage, "a")).rejects.toMatchObject({ code: "STORAGE", cause });
  await expect(storage.delete("a")).rejects.toMatchObject({ code: "STORAGE", cause });
});

test("a deletion removes an item that the driver doesn't know of, and forgives an error where there is none", async () => {
  const { storage } = storageWith({ hasItem: () => false });
  await put(storage, "a");
  await storage.delete("a");
  expect(await storage.read("a")).toBeUndefined();
  const absent = storageWith({ removeItem: throws(new Error("404")) }).storage;
  expect(await absent.delete("a")).toBe(false);
});

test.each([
  ["has no method for it", { setItem: undefined, setItemRaw: undefined, removeItem: undefined }],
  ["is set to be read only", { options: { readOnly: true } }],
])("a storage of createStorage over a driver that %s refuses writes and deletions", async (_why, methods) => {
  const driver = createStorage({ driver: storageWith(methods).driver as never });
  const storage = new UnstorageStorage({ driver, exclusive: true, consistency: "strong" });
  await expect(put(storage, "a")).rejects.toMatchObject({ code: "CONFIGURATION" });
  await expect(storage.delete("a")).rejects.toMatchObject({ code: "CONFIGURATION" });
  driver.mount("writable", memoryDriver());
  await expect(put(storage, "a")).resolves.toBeDefined();
});

test("a storage of createStorage over a driver that can't list can't list either", () => {
  for (const below of [storageWith({ getKeys: undefined }).driver, storageWith({}, "null").driver]) {
    const driver = createStorage({ driver: below as never });
    expect(new UnstorageStorage({ driver, exclusive: false }).list).toBeUndefined();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("can't list its items"));
  }
});

test("a record that was moved to the item of another long key is not listed, and is corrupt there", async () => {
  const { storage, driver } = storageWith({});
  const [one, other] = ["a".repeat(500), "b".repeat(500)];
  await put(storage, one);
  const [name] = await driver.getKeys!("", {});
  const item = await driver.getItemRaw!(name!, {});
  await put(storage, other);
  const otherName = (await driver.getKeys!("", {})).find((each) => each !== name);
  await driver.setItemRaw!(otherName!, item as Uint8Array, {});
  expect((await storage.list!()).records.map(({ storageKey }) => storageKey)).toEqual([one]);
  expect(await storage.sweep!({ now: 0, freeBytes: 1_000_000 })).toEqual({ expired: 0, evicted: 1 });
});

test("a signal ends each call of a driver that never answers, and other keys go on", async () => {
  const hangs = (key: string) => (key === "k-a" ? new Promise<never>(() => {}) : undefined);
  const { storage } = storageWith({ getItemRaw: hangs, setItemRaw: hangs });
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [storage.read("a", { signal }), put(storage, "a", { signal })];
  const listing = storageWith({ getKeys: () => new Promise<never>(() => {}) }).storage.list!({ signal });
  const reason = new Error("enough");
  controller.abort(reason);
  for (const call of [...calls, listing]) await expect(call).rejects.toBe(reason);
  await put(storage, "b");
});
