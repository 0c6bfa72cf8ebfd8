import { afterEach, expect, test } from "vitest";
import { defaultCache } from "../../../src/core/cache/memory-cache.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStorageCapabilities } from "../../../src/core/storages/result-storage.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { registerStorage } from "../../../src/core/storages/storage-registry.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";
import { readFromMetadata } from "../../../src/core/store/read-from-metadata.ts";

const undo: (() => void)[] = [];
afterEach(() => undo.splice(0).forEach((each) => each()));

test("options stay readable under their names", () => {
  const options = {
    resultStorage: new MemoryStorage(),
    lockManager: new MemoryLockManager(),
    serializer: new JsonSerializer(),
    cache: defaultCache(),
    cacheResultInMemory: false,
    storageKeyFn: () => "fixed",
  };
  expect(createStore(options)).toMatchObject(options);
});

test("a serializer is named or given, and goes into the records", async () => {
  const named = createStore({ serializer: "compressed/json" });
  const record = await named.write("k", { a: 1 });
  expect(record.serializer.type).toBe("compressed/json");
  expect(record.metadata.serializer).toMatchObject({ type: "compressed/json" });
});

test("names that nobody registered are an error with those that are known", () => {
  undo.push(registerStorage("memory/known", new MemoryStorage()));
  expect(() => createStore({ serializer: "pickle" })).toThrow(/"pickle"; known are "devalue", "json"/);
  expect(() => createStore({ serializer: JsonSerializer as never })).toThrow(/got function/);
  expect(() => createStore({ serializer: JSON as never })).toThrow(/type, dumps and loads/);
  expect(() => createStore({ resultStorage: "r2/prod" })).toThrow(
    /"r2\/prod"; registered are: "memory\/known"\. Call registerStorage/,
  );
  expect(() => createStore({ resultStorage: {} as never })).toThrow(/read, write and delete/);
  expect(() => createStore({ lockManager: {} as never })).toThrow(/lockManager/);
  expect(() => registerStorage("nameless", new MemoryStorage())).toThrow(/a name such as "r2\/maps"/);
});

test("a registered storage gives its name to the store and to its records, which can be found by it", async () => {
  undo.push(registerStorage("memory/main", new MemoryStorage()));
  const store = createStore({ resultStorage: "memory/main" });
  expect(store.resultStorageId).toBe("memory/main");
  const { metadata } = await store.write("k", [1, 2]);
  expect(metadata.storageId).toBe("memory/main");
  expect((await readFromMetadata(metadata)).result).toEqual([1, 2]);
  await store.delete("k");
  await expect(readFromMetadata(metadata)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
  for (const end of undo.splice(0)) end();
  expect(store.resultStorageId).toBeUndefined();
  await expect(readFromMetadata(metadata)).rejects.toThrow(
    new ConfigurationError(
      'No storage is registered as "memory/main"; registered are: none. Call registerStorage("memory/main", storage) first',
    ),
  );
});

test("a name that another storage took over finds that one alone", async () => {
  const [first, second] = [new MemoryStorage(), new MemoryStorage()];
  undo.push(registerStorage("memory/main", first), registerStorage("memory/main", second));
  expect(createStore({ resultStorage: first }).resultStorageId).toBeUndefined();
  expect(createStore({ resultStorage: second }).resultStorageId).toBe("memory/main");
  const { metadata } = await createStore({ resultStorage: first }).write("k", 1);
  await expect(readFromMetadata(metadata)).rejects.toThrow(/"k" names no storage.*Call registerStorage/);
});

test("SERIALIZABLE asks for locks and a strongly consistent storage; an unknown level is an error", () => {
  const lockManager = new MemoryLockManager();
  const capabilities: ResultStorageCapabilities = { consistency: "eventual", conditionalWrites: false };
  const eventual = Object.assign(new MemoryStorage(), { capabilities }) as MemoryStorage;
  const supports = (store: ResultStore) => [
    store.supportsIsolationLevel("READ_COMMITTED"),
    store.supportsIsolationLevel("SERIALIZABLE"),
  ];
  expect(supports(createStore())).toEqual([true, false]);
  expect(supports(createStore({ lockManager }))).toEqual([true, true]);
  expect(supports(createStore({ lockManager, resultStorage: eventual }))).toEqual([true, false]);
  expect(() => createStore().supportsIsolationLevel("SNAPSHOT" as never)).toThrow(/READ_COMMITTED, SERIALIZABLE/);
});

test("every holder is another one", () => {
  const holders = Array.from({ length: 100 }, () => ResultStore.generateDefaultHolder());
  expect(new Set(holders).size).toBe(100);
});

test("expiration and expiresIn together can't be meant", () => {
  const both = { expiration: new Date(), expiresIn: "1h" };
  expect(() => createStore().createResultRecord(1, both)).toThrow(/not both/);
});
