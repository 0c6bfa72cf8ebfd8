import { expect, test, vi } from "vitest";
import { defaultCache } from "../../../src/core/cache/memory-cache.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";

/** Two stores of which neither hears of the other's changes, as if word of them were always late. */
function createDeafStores(): [ResultStore, ResultStore] {
  const shared = { resultStorage: new MemoryStorage(), lockManager: new MemoryLockManager() };
  return [createStore(shared), createStore(shared)];
}

test("who waited for a lock gets what was written under it, whatever memory still holds", async () => {
  const [one, other] = createDeafStores();
  await one.write("k", "old");
  await other.read("k");
  const grant = (await one.acquireLock("k"))!;
  const reading = other.read("k");
  const readingMany = other.readMany(["k"]);
  await one.write("k", "new", { holder: grant.holder });
  await one.releaseLock("k", grant);
  expect((await reading)?.result).toBe("new");
  expect((await readingMany)[0]?.result).toBe("new");
});

test("who holds a lock reads what the holder before wrote, whatever memory still holds", async () => {
  const [one, other] = createDeafStores();
  const count = async (store: ResultStore) =>
    store.withLock("n", async ({ holder }) => {
      const record = await store.read("n", { holder });
      await store.write("n", Number(record?.result ?? 0) + 1, { holder });
    });
  for (let i = 0; i < 10; i++) await count(i % 2 ? one : other);
  expect(await createStore(one).read("n")).toMatchObject({ result: 10 });
});

test("who is about to compute under a lock looks past memory first", async () => {
  const [one, other] = createDeafStores();
  const isNumber = (value: unknown) => (typeof value === "number" ? { value } : { issues: [{ message: "no number" }] });
  const schema = { "~standard": { version: 1, vendor: "test", validate: isNumber } } as const;
  await one.write("k", "a misfit that both have at hand");
  await other.read("k");
  const compute = vi.fn(() => 5);
  expect(await one.getOrCompute<unknown>("k", compute, { schema })).toBe(5);
  expect(await other.getOrCompute<unknown>("k", compute, { schema })).toBe(5);
  expect(compute).toHaveBeenCalledTimes(1);
});

test("readMany gives every record, also beyond what memory can hold", async () => {
  const store = createStore({ cache: defaultCache({ maxRecords: 1 }) });
  await store.writeMany(["a", "b", "c"].map((key) => ({ key, result: key })));
  await store.read("a");
  const records = await store.readMany(["a", "b", "c", "a"]);
  expect(records.map((record) => record?.result)).toEqual(["a", "b", "c", "a"]);
});

test("of two writes at once, memory holds what the storage holds", async () => {
  const resultStorage = new MemoryStorage();
  const answers: (() => void)[] = [];
  const write = resultStorage.write.bind(resultStorage);
  vi.spyOn(resultStorage, "write").mockImplementation(async (...args) => {
    const written = await write(...args);
    await new Promise<void>((resolve) => answers.push(resolve));
    return written;
  });
  const store = createStore({ resultStorage });
  const writes = [store.write("k", 1), store.write("k", 2)];
  await vi.waitFor(() => expect(answers.length).toBe(2));
  for (const answer of answers.toReversed()) answer();
  await Promise.all(writes);
  expect((await store.read("k"))?.result).toBe((await createStore({ resultStorage }).read("k"))?.result);
});

test("after a write or a deletion that failed, memory doesn't claim to know what is kept", async () => {
  const resultStorage = new MemoryStorage();
  const store = createStore({ resultStorage });
  await store.write("k", "old");
  const write = resultStorage.write.bind(resultStorage);
  vi.spyOn(resultStorage, "write").mockImplementationOnce(async (...args) => {
    await write(...args);
    throw new StorageError("done, but the answer was lost");
  });
  await expect(store.write("k", "new")).rejects.toThrow("lost");
  expect((await store.read("k"))?.result).toBe("new");

  const remove = resultStorage.delete.bind(resultStorage);
  vi.spyOn(resultStorage, "delete").mockImplementationOnce(async (key) => {
    await remove(key);
    throw new StorageError("done, but the answer was lost");
  });
  await expect(store.delete("k")).rejects.toThrow("lost");
  expect(await store.read("k")).toBeUndefined();
});

test("stores made by withOptions over the same storage share memory, over another they don't", async () => {
  const store = createStore();
  const same = [store.withOptions({}), store.withOptions({ resultStorage: store.resultStorage, serializer: "json" })];
  for (const each of same) {
    await each.read("k");
    await store.write("k", each.serializer.type);
    expect((await each.read("k"))?.result).toBe(each.serializer.type);
    await each.write("k", "theirs");
    expect((await store.read("k"))?.result).toBe("theirs");
  }
  expect(store.withOptions({ resultStorage: undefined }).resultStorage).toBe(store.resultStorage);
  expect(await store.withOptions({ resultStorage: new MemoryStorage() }).read("k")).toBeUndefined();
});
