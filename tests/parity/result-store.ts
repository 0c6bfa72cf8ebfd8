import { expect, vi } from "vitest";
import {
  ConfigurationError,
  CorruptRecordError,
  defaultCache,
  defaultStorageKeyFn,
  INPUTS,
  InvalidArgumentError,
  IsolationLevel,
  LockNotHeldError,
  LockTimeoutError,
  MemoryLockManager,
  MissingContextError,
  NullStorage,
  RecordNotFoundError,
  ResultRecord,
  type ResultStorage,
  ResultStore,
  SplitStorage,
} from "../../src/index.ts";
import { row } from "./parity-case.ts";
import type { ParityWorld } from "./parity-world.ts";
import { readFromMetadata } from "../../src/core/store/read-from-metadata.ts";
import { updateForFlow, updateForTask } from "../../src/core/tasks/update-store.ts";
import { storeParameters, readParameters } from "../../src/core/deferred/parameters.ts";

const garbage = new TextEncoder().encode("no record at all, but 40 bytes of a text");

/** The storage of a world, with metadata apart. */
function splitOff({ store }: ParityWorld, metadata: ResultStorage): SplitStorage {
  return new SplitStorage({ metadata, results: store.resultStorage });
}

/** What a store does with records. */
export const resultStoreCases = [
  ...row("update_for_flow", {
    "gives a new store with the flow's storage, serializer and memory setting, and leaves the old one alone": async (
      world,
    ) => {
      const { store, flow } = world;
      const resultStorage = world.createOtherStorage();
      const named = flow(() => 1, { resultStorage, resultSerializer: "json", cacheResultInMemory: false });
      const before = [store.resultStorage, store.serializer, store.cacheResultInMemory];
      const updated = await updateForFlow(store, named);
      expect(updated).not.toBe(store);
      expect(updated.resultStorage).toBe(resultStorage);
      expect([updated.serializer.type, updated.cacheResultInMemory]).toEqual(["json", false]);
      const after = [store.resultStorage, store.serializer, store.cacheResultInMemory];
      expect(after.every((each, i) => each === before[i])).toBe(true);
    },
    "takes the default storage where the flow names none": async ({ store, flow, getDefaultResultStorage }) => {
      expect(
        (
          await updateForFlow(
            store,
            flow(() => 1),
          )
        ).resultStorage,
      ).toBe(getDefaultResultStorage());
    },
    "makes the metadata storage the null one, so that records are whole": async (world) => {
      const key = world.name("k");
      const apart = world.store.withOptions({ resultStorage: splitOff(world, world.createOtherStorage()) });
      const updated = await updateForFlow(
        apart,
        world.flow(() => 1),
      );
      expect(updated.resultStorage).toBe(world.store.resultStorage);
      await updated.write(key, "whole");
      expect(await world.kept(key)).toBe("whole");
    },
  }),

  ...row("update_for_task", {
    "gives a new store with the task's storage, serializer and memory setting": async (world) => {
      const { store, task } = world;
      const resultStorage = world.createOtherStorage();
      const named = task(() => 1, { resultStorage, resultSerializer: "json", cacheResultInMemory: false });
      const updated = await updateForTask(store, named);
      expect(updated).not.toBe(store);
      expect(updated.resultStorage).toBe(resultStorage);
      expect([updated.serializer.type, updated.cacheResultInMemory]).toEqual(["json", false]);
      expect([store.serializer.type, store.cacheResultInMemory]).toEqual(["devalue", true]);
      expect(
        (
          await updateForTask(
            store,
            task(() => 1),
          )
        ).resultStorage,
      ).toBe(store.resultStorage);
    },
    "names records by the task's template, in its run": async ({ store, task, name }) => {
      const named = task(() => 1, { name: "named", resultStorageKey: "{task.name}/{parameters.city}" });
      const { storageKeyFn } = await updateForTask(store, named);
      const inRun = task((_: { city: string }) => storageKeyFn(), { name: name("asking") });
      expect(await inRun({ city: "Oslo" })).toBe("named/Oslo");
      expect(storageKeyFn).toThrow(MissingContextError);
      expect(store.storageKeyFn()).toMatch(/^[0-9a-f]{32}$/);
    },
    "takes the key storage and the lock manager of its cache policy": async ({ store, task, createOtherStorage }) => {
      const keyStorage = createOtherStorage();
      const lockManager = new MemoryLockManager();
      const cachePolicy = INPUTS.configure({ keyStorage, lockManager });
      const updated = await updateForTask(
        store,
        task(() => 1, { cachePolicy }),
      );
      const { metadata, results } = updated.resultStorage as SplitStorage;
      expect([metadata === keyStorage, results === store.resultStorage]).toEqual([true, true]);
      expect(updated.lockManager).toBe(lockManager);
    },
    "takes the locks of the transaction around, unless its policy has some": async ({ store, task, transaction }) => {
      const lockless = store.withOptions({ lockManager: undefined });
      const own = new MemoryLockManager();
      const plain = task(() => 1);
      const configured = task(() => 1, { cachePolicy: INPUTS.configure({ lockManager: own }) });
      const inside = await transaction({ store }, () =>
        Promise.all([updateForTask(lockless, plain), updateForTask(lockless, configured)]),
      );
      expect(inside[0].lockManager).toBe(store.lockManager);
      expect(inside[1].lockManager).toBe(own);
      expect((await updateForTask(lockless, plain)).lockManager).toBeUndefined();
    },
    "drops a null metadata storage, and keeps any other": async (world) => {
      const { store, task, flow } = world;
      const inFlow = await updateForFlow(
        store,
        flow(() => 1),
      );
      expect(
        (
          await updateForTask(
            inFlow,
            task(() => 1),
          )
        ).resultStorage,
      ).toBe(store.resultStorage);
      const nowhere = task(() => 1, { cachePolicy: INPUTS.configure({ keyStorage: new NullStorage() }) });
      expect((await updateForTask(store, nowhere)).resultStorage).toBe(store.resultStorage);
      const apart = splitOff(world, world.createOtherStorage());
      const kept = await updateForTask(
        store.withOptions({ resultStorage: apart }),
        task(() => 1),
      );
      expect(kept.resultStorage).toBe(apart);
    },
  }),

  ...row("generate_default_holder", {
    "is unique for each call": () => {
      const holders = Array.from({ length: 100 }, () => ResultStore.generateDefaultHolder());
      expect(new Set(holders).size).toBe(100);
    },
    "names the runtime and the context": ({ runtime }) => {
      const [one, other] = [ResultStore.generateDefaultHolder(), ResultStore.generateDefaultHolder()];
      expect(one).toMatch(new RegExp(`^${runtime}:[0-9a-f]{12}:\\d+$`));
      expect(one.split(":").slice(0, 2)).toEqual(other.split(":").slice(0, 2));
    },
    "is who holds a lock that nobody was named for": async ({ store, name }) => {
      const grant = await store.acquireLock(name("k"));
      expect(grant?.holder).toMatch(/:\d+$/);
      await store.releaseLock(name("k"), grant!);
    },
  }),

  ...row("exists", {
    "true for a record, false for none and for an expired one": async (world) => {
      const { store, name } = world;
      await store.write(name("here"), 1);
      await store.write(name("over"), 1, { expiresIn: "2m" });
      expect(await store.exists(name("over"))).toBe(true);
      world.now += 120_000;
      for (const asked of [store, world.createStore()]) {
        const found = await Promise.all(["here", "over", "none"].map((key) => asked.exists(name(key))));
        expect(found).toEqual([true, false, false]);
      }
    },
    "false for what can't be read": async ({ createStore, putBytes, name }) => {
      await putBytes(name("k"), garbage);
      expect(await createStore().exists(name("k"))).toBe(false);
    },
    "with a metadata storage only that is read": async (world) => {
      const results = world.createOtherStorage();
      const key = world.name("k");
      const apart = new SplitStorage({ metadata: world.store.resultStorage, results });
      const store = world.store.withOptions({ resultStorage: apart });
      await store.write(key, 1);
      const reads = [vi.spyOn(results, "read"), ...(results.head ? [vi.spyOn(results, "head")] : [])];
      expect([await store.exists(key), await store.exists(world.name("none"))]).toEqual([true, false]);
      for (const read of reads) expect(read).not.toHaveBeenCalled();
      expect(await world.keys(results)).toEqual([]);
    },
  }),

  ...row("read", {
    "gives the record, with its metadata": async ({ store, createStore, name }) => {
      const written = await store.write(name("k"), { rows: 3 }, { expiresIn: "1h" });
      const found = await createStore().read(name("k"));
      expect(found?.result).toEqual({ rows: 3 });
      expect(found?.equals(written)).toBe(true);
    },
    "waits while another holder has the lock, and gives up after its timeout": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      const grant = await one.acquireLock(name("k"));
      await expect(other.read(name("k"), { timeout: 5 })).rejects.toThrow(LockTimeoutError);
      const reading = other.read(name("k"));
      await one.write(name("k"), "behind the lock", { holder: grant!.holder });
      await one.releaseLock(name("k"), grant!);
      expect((await reading)?.result).toBe("behind the lock");
    },
    "asks memory first, which expired records leave": async (world) => {
      const cache = defaultCache();
      const key = world.name("k");
      const store = world.createStore({ cache });
      await store.write(key, 1, { expiresIn: "2m" });
      await world.putBytes(key, garbage);
      expect((await store.read(key))?.result).toBe(1);
      await expect(world.createStore().read(key)).rejects.toThrow(CorruptRecordError);
      await world.createStore().delete(key);
      cache.set(key, store.createResultRecord(1, { key, expiresIn: "2m" }));
      world.now += 120_000;
      expect([await store.read(key), cache.get(key)]).toEqual([undefined, undefined]);
    },
    "gives undefined for absent and expired ones, and expired ones where they are asked for": async (world) => {
      const { store, createStore, name } = world;
      await store.write(name("over"), 1, { expiresIn: "2m" });
      world.now += 120_000;
      for (const asked of [store, createStore()]) {
        expect([await asked.read(name("over")), await asked.read(name("none"))]).toEqual([undefined, undefined]);
      }
      expect((await createStore().read(name("over"), { allowExpired: true }))?.result).toBe(1);
    },
  }),

  ...row("write", {
    "creates a record and persists it": async ({ store, createStore, name }) => {
      const record = await store.write(name("k"), new Map([["rows", 3]]), { expiresIn: "1h" });
      expect([record.isPersisted, record.metadata.storageKey]).toEqual([true, name("k")]);
      expect((await createStore().read(name("k")))?.result).toEqual(new Map([["rows", 3]]));
    },
    "keeps the value as it is at the call, in memory too": async ({ store, createStore, name }) => {
      const buffer = new Float64Array(10_000).fill(1);
      const writes = [
        store.write(name("k"), buffer),
        store.persistResultRecord(store.createResultRecord({ buffer }, { key: name("l") })),
        store.write(name("m"), [buffer, new Blob(["a blob, whose bytes are awaited"])]),
      ];
      buffer.fill(2);
      await Promise.all(writes);
      buffer.fill(3);
      const before = new Float64Array(10_000).fill(1);
      for (const reader of [store, createStore()]) {
        expect((await reader.read(name("k")))?.result).toEqual(before);
        expect((await reader.read(name("l")))?.result).toEqual({ buffer: before });
        const beside = await reader.read(name("m"));
        expect((beside?.result as unknown[] | undefined)?.[0]).toEqual(before);
      }
    },
    "is refused while another holder has the lock, and touches nothing then": async ({ createStore, name, kept }) => {
      const [one, other] = [createStore(), createStore()];
      await one.write(name("k"), "before");
      const grant = await one.acquireLock(name("k"));
      await expect(other.write(name("k"), "after")).rejects.toThrow(LockNotHeldError);
      await expect(other.write(name("k"), "after", { holder: "someone" })).rejects.toThrow(LockNotHeldError);
      await one.releaseLock(name("k"), grant!);
      expect(await kept(name("k"))).toBe("before");
    },
    "under a condition is held to it, or refused with the reason where the storage has none": async (world) => {
      const { store, isStrong, name, kept } = world;
      await store.write(name("k"), "first");
      const second = store.write(name("k"), "second", { ifNoneMatch: "*" });
      if (isStrong) await expect(second).rejects.toMatchObject({ code: "PRECONDITION_FAILED" });
      else await expect(second).rejects.toThrow(/^KV has no conditional writes/);
      expect(await kept(name("k"))).toBe("first");
    },
  }),

  ...row("create_result_record", {
    "takes its key from storageKeyFn unless one is given": ({ createStore }) => {
      const store = createStore({ storageKeyFn: () => "mine" });
      expect(store.createResultRecord(1).metadata.storageKey).toBe("mine");
      expect(store.createResultRecord(1, { key: "given" }).metadata.storageKey).toBe("given");
    },
    "names serializer, expiration and storage, and is not persisted yet": async (world) => {
      const resultStorage = world.register(world.createOtherStorage());
      const store = world.createStore({ resultStorage, serializer: "json" });
      const key = world.name("k");
      const record = store.createResultRecord(1, { key, expiresIn: "1m" });
      expect(record.metadata).toMatchObject({
        serializer: { type: "json" },
        expiration: new Date(world.now + 60_000),
        storageId: resultStorage,
      });
      expect([record.isPersisted, await store.exists(key)]).toEqual([false, false]);
    },
  }),

  ...row("persist_result_record", {
    "keeps a record as it is, marks it and fills the memory cache": async (world) => {
      const { store, name, createStore } = world;
      const record = store.createResultRecord(
        { rows: 3 },
        { key: name("k"), expiration: new Date(world.now + 90_000) },
      );
      await store.persistResultRecord(record);
      expect([record.isPersisted, store.cache?.get(name("k"))]).toEqual([true, record]);
      expect((await createStore().read(name("k")))?.equals(record)).toBe(true);
    },
    "keeps metadata and result apart where there is a metadata storage": async (world) => {
      const metadataStorage = world.createOtherStorage();
      const key = world.name("k");
      await world.createStore({ resultStorage: splitOff(world, metadataStorage) }).write(key, "x".repeat(2_000));
      expect(await world.keys(metadataStorage)).toEqual(["k"]);
      expect((await metadataStorage.read(key))!.bytes.length).toBeLessThan(1_000);
      expect(await world.keys()).toEqual([]);
      const elsewhere = world.createStore({ resultStorage: splitOff(world, metadataStorage) });
      expect((await elsewhere.read(key))?.result).toBe("x".repeat(2_000));
      await elsewhere.delete(key);
    },
  }),

  ...row("supports_isolation_level", {
    "READ_COMMITTED always, SERIALIZABLE with locks over what is strongly consistent": ({ store, isStrong }) => {
      const lockless = store.withOptions({ lockManager: undefined });
      for (const each of [store, lockless]) {
        expect(each.supportsIsolationLevel(IsolationLevel.READ_COMMITTED)).toBe(true);
      }
      expect(store.supportsIsolationLevel(IsolationLevel.SERIALIZABLE)).toBe(isStrong);
      expect(lockless.supportsIsolationLevel(IsolationLevel.SERIALIZABLE)).toBe(false);
    },
    "says why not": ({ store, isStrong }) => {
      const lockless = store.withOptions({ lockManager: undefined });
      const reasonOf = (each: ResultStore) => () => each.assertIsolationLevel(IsolationLevel.SERIALIZABLE);
      expect(reasonOf(lockless)).toThrow(/does not support SERIALIZABLE: it has no lockManager/);
      if (isStrong) reasonOf(store)();
      else expect(reasonOf(store)).toThrow(/storage "kv" is only eventually consistent.*RESULTS_R2/);
    },
    "an unknown level is an error": ({ store }) => {
      expect(() => store.supportsIsolationLevel("SNAPSHOT" as never)).toThrow(ConfigurationError);
    },
  }),

  ...row("store_parameters", {
    "keeps any value that the serializer carries under parameters/<id>": async ({ store, createStore, name }) => {
      const parameters = { since: new Date(0), ids: new Set([1n]), grid: new Float64Array([0.5]) };
      await storeParameters(store, name("run"), parameters);
      expect(await createStore().exists(`parameters/${name("run")}`)).toBe(true);
      expect(await readParameters(createStore(), name("run"))).toEqual(parameters);
    },
    "refuses what it can't carry, and an id that makes no key": async ({ store, name }) => {
      await expect(storeParameters(store, name("run"), () => 1)).rejects.toMatchObject({ code: "SERIALIZATION" });
      await expect(storeParameters(store, "x".repeat(2_000), 1)).rejects.toThrow(InvalidArgumentError);
    },
  }),

  ...row("read_parameters", {
    "gives what was stored": async ({ store, createStore, name }) => {
      await storeParameters(store, name("run"), { city: "Oslo" });
      expect(await readParameters(createStore(), name("run"))).toEqual({ city: "Oslo" });
    },
    "an absent id is an error": async ({ store, name }) => {
      await expect(readParameters(store, name("none"))).rejects.toThrow(RecordNotFoundError);
    },
  }),

  ...row("result_storage_block_id", {
    "the name that the storage was registered under, else undefined": (world) => {
      const storage = world.createOtherStorage();
      const store = world.createStore({ resultStorage: storage });
      expect([world.store.resultStorageId, store.resultStorageId]).toEqual([undefined, undefined]);
      const name = world.register(storage);
      expect(store.resultStorageId).toBe(name);
    },
  }),

  ...row("_from_metadata", {
    "reads the record that metadata points to, by storage id and serializer": async (world) => {
      const resultStorage = world.register(world.store.resultStorage);
      const store = world.createStore({ resultStorage, serializer: "compressed/json" });
      const { metadata } = await store.write(world.name("k"), { rows: 3 });
      const found = await readFromMetadata(metadata);
      expect(found).toBeInstanceOf(ResultRecord);
      expect([found.result, found.serializer.type]).toEqual([{ rows: 3 }, "compressed/json"]);
    },
    "with a metadata storage reads both parts": async (world) => {
      const resultStorage = world.register(splitOff(world, world.createOtherStorage()));
      const { metadata } = await world.createStore({ resultStorage }).write(world.name("k"), 3);
      expect((await readFromMetadata(metadata)).result).toBe(3);
    },
    "a record that is gone, and a storage that is not registered, are errors": async (world) => {
      const resultStorage = world.register(world.store.resultStorage);
      const store = world.createStore({ resultStorage });
      const { metadata } = await store.write(world.name("k"), 1);
      await store.delete(world.name("k"));
      await expect(readFromMetadata(metadata)).rejects.toThrow(RecordNotFoundError);
      const elsewhere = readFromMetadata({ ...metadata, storageId: "parity/nowhere" });
      await expect(elsewhere).rejects.toThrow(ConfigurationError);
    },
  }),

  ...row("result_storage, metadata_storage, lock_manager, cache_result_in_memory, serializer, storage_key_fn, cache", {
    "have defaults": ({ store }) => {
      expect([store.cacheResultInMemory, store.serializer.type]).toEqual([true, "devalue"]);
      expect(store.storageKeyFn).toBe(defaultStorageKeyFn);
      expect([store.resultStorage, store.lockManager, store.cache].every(Boolean)).toBe(true);
    },
    "are options, and stay readable under their names": ({ createStore, createOtherStorage, createLockManager }) => {
      const options = {
        resultStorage: createOtherStorage(),
        lockManager: createLockManager(),
        cacheResultInMemory: false,
        serializer: "json",
        storageKeyFn: () => "k",
        cache: defaultCache(),
      };
      const store = createStore(options);
      for (const [name, value] of Object.entries({ ...options, serializer: store.serializer })) {
        expect(store[name as keyof typeof options] === value, name).toBe(true);
      }
      expect(store.serializer.type).toBe("json");
    },
    "without memory every read gives a fresh object": async ({ createStore, name }) => {
      const store = createStore({ cacheResultInMemory: false });
      await store.write(name("k"), {});
      const [one, other] = [await store.read(name("k")), await store.read(name("k"))];
      expect(one!.result).not.toBe(other!.result);
    },
  }),
];
