import { afterEach, describe, expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import type { ResultStorageCapabilities } from "../../../src/core/storages/result-storage.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { registerStorage } from "../../../src/core/storages/storage-registry.ts";
import { StorageQuotaError } from "../../../src/errors/index.ts";
import { codeOf } from "../record/record-tools.ts";
import { SplitStorage, type SplitStorageOptions } from "../../../src/core/storages/split-storage.ts";
import { createSplit } from "./split-world.ts";
import { createStore as createTestStore } from "../../stores.ts";
import { readFromMetadata } from "../../../src/core/store/read-from-metadata.ts";

const undo: (() => void)[] = [];
afterEach(() => undo.splice(0).forEach((each) => each()));

function createStore(options: PartialStoreOptions = {}) {
  const { metadata, results, calls } = createSplit();
  const events: StoreEvent[] = [];
  const onEvent = (event: StoreEvent) => void events.push(event);
  const resultStorage = new SplitStorage({ metadata, results });
  const store = createTestStore({ resultStorage, onEvent, ...options });
  return { store, metadata, results, resultStorage, calls, events };
}

describe("a storage of two parts", () => {
  test("is composed: the option that named the second part says how", () => {
    const options = { metadataStorage: new MemoryStorage() } as PartialStoreOptions;
    const line = /no option "metadataStorage".*resultStorage: new SplitStorage\(\{ metadata, results \}\)/;
    expect(() => createTestStore(options)).toThrow(line);
    expect(() => createTestStore().withOptions(options)).toThrow(line);
  });

  test("has a name of its own", () => {
    const { resultStorage } = createStore();
    undo.push(registerStorage("split/maps", resultStorage));
    const named = createTestStore({ resultStorage: "split/maps" });
    expect([named.resultStorage, named.resultStorageId]).toEqual([resultStorage, "split/maps"]);
  });

  test("is one part alone where a null storage means none apart, or keeps nothing", async () => {
    const [whole, heads] = [new MemoryStorage(), new MemoryStorage()];
    const store = createTestStore({ resultStorage: SplitStorage.of({ results: whole, metadata: new NullStorage() }) });
    const { metadata } = await store.write("key", 1);
    expect(await whole.read("key")).toMatchObject({ etag: metadata.etag });
    const nothing = SplitStorage.of({ results: new NullStorage(), metadata: heads });
    await createTestStore({ resultStorage: nothing }).write("key", 1);
    expect((await heads.list()).records).toEqual([]);
  });

  test("withOptions keeps or replaces it, and memory is shared over the same storage alone", async () => {
    const { store, resultStorage, metadata, results } = createStore();
    await store.write("key", 1);
    const same = store.withOptions({ serializer: "json" });
    expect([same.resultStorage, same.cache]).toEqual([resultStorage, store.cache]);
    expect((await same.read("key"))?.result).toBe(1);
    const others = [results, new SplitStorage({ metadata: new MemoryStorage(), results }), new MemoryStorage()];
    for (const each of others) {
      const other = store.withOptions({ resultStorage: each });
      expect(other.resultStorage).toBe(each);
      expect(other.cache).not.toBe(store.cache);
      expect(await other.read("key")).toBe(undefined);
    }
    const again = SplitStorage.of({ metadata, results });
    expect(SplitStorage.of({ metadata, results })).toBe(again);
    expect((await store.withOptions({ resultStorage: again }).read("key"))?.result).toBe(1);
  });

  test("a hit in the memory that stores share is a use of both parts, whichever store had read them", async () => {
    const { store, metadata, results } = createStore();
    await store.write("key", 1);
    expect(await store.withOptions({ serializer: "json" }).getOrCompute("key", () => 2)).toBe(1);
    expect(metadata.used).toEqual(["key"]);
    expect(results.used).toEqual([(await results.list()).records[0]!.storageKey]);
  });

  test("SERIALIZABLE asks for both to be strongly consistent", () => {
    const lockManager = new MemoryLockManager();
    const capabilities: ResultStorageCapabilities = { consistency: "eventual", conditionalWrites: true };
    const eventual = Object.assign(new MemoryStorage(), { capabilities }) as MemoryStorage;
    const strong = new MemoryStorage();
    const supports = (parts: SplitStorageOptions) =>
      createTestStore({ lockManager, resultStorage: new SplitStorage(parts) }).supportsIsolationLevel("SERIALIZABLE");
    expect(supports({ metadata: strong, results: new MemoryStorage() })).toBe(true);
    expect(supports({ metadata: eventual, results: strong })).toBe(false);
    expect(supports({ metadata: strong, results: eventual })).toBe(false);
  });

  test("close closes both, clear clears both", async () => {
    const { store, metadata, results } = createStore();
    const closed: string[] = [];
    for (const part of [metadata, results]) Object.assign(part, { close: async () => closed.push(part.name) });
    await store.write("key", 1);
    await store.clear();
    expect([await metadata.count(), await results.count()]).toEqual([0, 0]);
    await store.close();
    expect(closed).toEqual(["head", "body"]);
  });
});

describe("records in two parts", () => {
  test("exists and list ask the metadata storage alone; a read asks both", async () => {
    const { store, calls } = createStore({ cacheResultInMemory: false });
    await store.write("key", [1]);
    calls.length = 0;
    expect([await store.exists("key"), await store.exists("absent")]).toEqual([true, false]);
    expect((await store.list()).records).toMatchObject([{ storageKey: "key" }]);
    expect(calls).toEqual(["head head", "head head"]);
    expect((await store.read("key"))?.result).toEqual([1]);
    expect(calls.slice(2)).toEqual(["read head", "read body"]);
  });

  test("with the JSON serializer the result storage has plain JSON", async () => {
    const { store, results } = createStore({ serializer: new JsonSerializer() });
    await store.write("key", { rows: [1, 2] });
    const [body] = (await results.list()).records;
    expect(JSON.parse(new TextDecoder().decode((await results.read(body!.storageKey))?.bytes))).toEqual({
      rows: [1, 2],
    });
  });

  test("a result that the storage evicted is computed anew, and is there again", async () => {
    const { store, results, events } = createStore({
      cacheResultInMemory: false,
      lockManager: new MemoryLockManager(),
    });
    await store.getOrCompute("key", () => 1);
    await results.clear();
    expect(await store.exists("key")).toBe(true);
    expect(await store.read("key")).toBe(undefined);
    expect(await store.getOrCompute("key", () => 2)).toBe(2);
    expect(events.filter(({ type }) => type === "miss").at(-1)).toMatchObject({ reason: "absent" });
    expect((await store.read("key"))?.result).toBe(2);
  });

  test("a damaged result is an error to read and a miss to getOrCompute, which overwrites it", async () => {
    const { store, results, events } = createStore({ cacheResultInMemory: false });
    await store.write("key", 1);
    const [body] = (await results.list()).records;
    await results.write(body!.storageKey, new Uint8Array(9), { metadata: body! });
    expect(await codeOf(() => store.read("key"))).toBe("CORRUPT_RECORD");
    expect(await store.getOrCompute("key", () => 2)).toBe(2);
    expect(events.find(({ type }) => type === "miss")).toMatchObject({ reason: "corrupt" });
    expect((await store.read("key"))?.result).toBe(2);
  });

  test("where there is no room for a result, expired ones go first, and it is written then", async () => {
    const { store, results, metadata } = createStore();
    await store.write("old", 1, { expiration: new Date(1) });
    results.failure = { call: "write", error: new StorageQuotaError("full") };
    await store.write("new", 2);
    expect((await store.read("new"))?.result).toBe(2);
    expect([await metadata.count(), await results.count()]).toEqual([1, 1]);
  });

  test("sweep tells of records, not of their parts", async () => {
    const { store, events } = createStore();
    await store.write("old", 1, { expiration: new Date(1) });
    await store.write("new", 2);
    expect(await store.sweep()).toEqual({ expired: 1, evicted: 0 });
    expect(events.at(-1)).toMatchObject({ type: "sweep", expired: 1 });
    expect(await store.exists("new")).toBe(true);
  });

  test("metadata whose results were evicted to keep to a budget goes with the next sweep", async () => {
    const { store, results, metadata } = createStore();
    await store.writeMany(["a", "b", "c"].map((key) => ({ key, result: key })));
    const sweepAll = results.sweep.bind(results);
    // as a budget of one result's bytes would have it
    const size = (await store.list()).records[0]!.size!;
    results.sweep = (options) => sweepAll({ ...options, freeBytes: 2 * size });
    expect(await store.sweep()).toEqual({ expired: 0, evicted: 2 });
    expect((await store.list()).records.map(({ storageKey }) => storageKey)).toEqual(["c"]);
    expect([await store.exists("a"), await store.exists("c")]).toEqual([false, true]);
    expect([await metadata.count(), await results.count()]).toEqual([1, 1]);
  });

  test("who lost the lock is refused before the next one has written anything", async () => {
    vi.useFakeTimers();
    undo.push(() => void vi.useRealTimers());
    const { store, metadata } = createStore({ lockManager: new MemoryLockManager() });
    const late = await store.acquireLock("key", { holdTimeout: 10 });
    await vi.advanceTimersByTimeAsync(11);
    const next = await store.acquireLock("key");
    expect(await codeOf(() => store.write("key", "late", { holder: late!.holder }))).toMatch(
      /STALE_LOCK|LOCK_NOT_HELD/,
    );
    expect(await metadata.count()).toBe(0);
    await store.write("key", "next", { holder: next!.holder });
    await store.releaseLock("key", next!);
    expect(await codeOf(() => store.write("key", "late", { holder: late!.holder }))).toMatch(
      /STALE_LOCK|LOCK_NOT_HELD/,
    );
    expect((await store.read("key"))?.result).toBe("next");
  });

  test("readFromMetadata finds the record by the name of the two", async () => {
    const { store, resultStorage } = createStore();
    undo.push(registerStorage("split/reports", resultStorage));
    const { metadata } = await store.write("key", [1, 2]);
    expect(metadata.storageId).toBe("split/reports");
    expect((await readFromMetadata(metadata)).result).toEqual([1, 2]);
  });
});
