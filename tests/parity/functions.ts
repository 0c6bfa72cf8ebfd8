import { expect } from "vitest";
import {
  ConfigurationError,
  defaultCache,
  defaultStorageKeyFn,
  DevalueSerializer,
  getDefaultPersistSetting,
  getDefaultPersistSettingForTasks,
  getDefaultResultSerializer,
  getRunContext,
  IsolationLevel,
  JsonSerializer,
  NullStorage,
  resolveResultStorage,
  resolveSerializer,
  type ResultSerializerInput,
  type ResultStorageInput,
  resultStorageDiscriminator,
  type ResultStore,
  shouldPersistResult,
  withSettings,
} from "../../src/index.ts";
import { row } from "./parity-case.ts";

/** `prefect.results`' functions. */
export const functionCases = [
  ...row("DEFAULT_STORAGE_KEY_FN", {
    "a fresh random UUID as hex each time": () => {
      const keys = Array.from({ length: 100 }, () => defaultStorageKeyFn());
      expect(new Set(keys).size).toBe(100);
      for (const key of keys) expect(key).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    },
    "names the records that are given no key": async ({ store, kept }) => {
      const record = store.createResultRecord("nameless");
      expect(record.metadata.storageKey).toMatch(/^[0-9a-f]{32}$/);
      await store.persistResultRecord(record);
      expect(await kept(record.metadata.storageKey)).toBe("nameless");
      await store.delete(record.metadata.storageKey);
    },
  }),

  ...row("get_default_result_storage", {
    "the place's own where the settings name none, the same each time": ({ getDefaultResultStorage, store }) => {
      expect(getDefaultResultStorage()).toBe(store.resultStorage);
      expect(getDefaultResultStorage()).toBe(getDefaultResultStorage());
    },
    "the registered one that the settings name": async (world) => {
      const other = world.createOtherStorage();
      const defaultStorage = world.register(other);
      const { getDefaultResultStorage, store } = world;
      withSettings({ defaultStorage }, () => expect(getDefaultResultStorage()).toBe(other));
      expect(getDefaultResultStorage()).toBe(store.resultStorage);
    },
    "a name that is not registered is an error": ({ getDefaultResultStorage }) => {
      const ask = () => withSettings({ defaultStorage: "parity/nowhere" }, getDefaultResultStorage);
      expect(ask).toThrow(ConfigurationError);
    },
  }),

  ...row("resolve_result_storage", {
    "an instance, a registered name and a registered id give the instance": (world) => {
      const storage = world.createOtherStorage();
      const name = world.register(storage);
      const { resultStorageId } = world.createStore({ resultStorage: name });
      for (const each of [storage, name, resultStorageId]) expect(resolveResultStorage(each)).toBe(storage);
    },
    "anything else is an error that lists what is accepted": (world) => {
      const name = world.register(world.createOtherStorage());
      for (const each of [undefined, null, 1, {}, "parity/nowhere", { type: "r2" }]) {
        expect(() => resolveResultStorage(each)).toThrow(ConfigurationError);
        const accepted =
          typeof each === "string" ? "registered are: " : "read, write and delete, or a registered name (";
        expect(() => resolveResultStorage(each)).toThrow(accepted);
        expect(() => resolveResultStorage(each)).toThrow(`"${name}"`);
      }
    },
  }),

  ...row("ResultStorage", {
    "an instance or a registered name is taken wherever a storage is named": async (world) => {
      const storage = world.createOtherStorage();
      const inputs: ResultStorageInput[] = [storage, world.register(storage)];
      const one = () => 1;
      for (const resultStorage of inputs) {
        expect(world.createStore({ resultStorage }).resultStorage).toBe(storage);
        const named = world.task(one, { name: world.name("named"), resultStorage, refreshCache: true });
        await named();
        expect(await storage.read((await named.cacheKey([])) ?? "")).toBeDefined();
        await world.flow(named, { resultStorage })();
      }
    },
  }),

  ...row("resolve_serializer", {
    "an instance or the name of a type gives a serializer": () => {
      const instance = new DevalueSerializer();
      expect(resolveSerializer(instance)).toBe(instance);
      expect(resolveSerializer("json")).toBeInstanceOf(JsonSerializer);
      expect(resolveSerializer("compressed/json").type).toBe("compressed/json");
    },
    "an unknown name is an error with the known ones": () => {
      expect(() => resolveSerializer("pickle")).toThrow(ConfigurationError);
      expect(() => resolveSerializer("pickle")).toThrow(/"pickle".*"devalue", "json"/);
    },
  }),

  ...row("ResultSerializer", {
    "an instance or a name is taken wherever a serializer is named": async (world) => {
      const inputs: ResultSerializerInput[] = [new JsonSerializer(), "json"];
      const one = () => 1;
      for (const serializer of inputs) {
        expect(world.createStore({ serializer }).serializer.type).toBe("json");
        const named = world.task(one, {
          name: world.name("named"),
          resultSerializer: serializer,
          refreshCache: true,
        });
        await named();
        const record = await world.createStore().read((await named.cacheKey([])) ?? "");
        expect(record?.metadata.serializer).toEqual({ type: "json" });
        withSettings({ defaultSerializer: serializer }, () => expect(getDefaultResultSerializer().type).toBe("json"));
      }
    },
  }),

  ...row("get_or_create_default_task_scheduling_storage", {
    "the one of its own setting": (world) => {
      const storage = world.createOtherStorage();
      const schedulingStorage = world.register(storage);
      const ask = world.getOrCreateDefaultTaskSchedulingStorage;
      withSettings({ tasks: { schedulingStorage } }, () => expect(ask()).toBe(storage));
    },
    "else the default result storage": (world) => {
      const storage = world.createOtherStorage();
      const defaultStorage = world.register(storage);
      const ask = world.getOrCreateDefaultTaskSchedulingStorage;
      expect(ask()).toBe(world.getDefaultResultStorage());
      withSettings({ defaultStorage }, () => expect(ask()).toBe(storage));
    },
  }),

  ...row("get_default_result_serializer", {
    "devalue at first, then what the settings name": () => {
      expect(getDefaultResultSerializer().type).toBe("devalue");
      withSettings({ defaultSerializer: "json" }, () => expect(getDefaultResultSerializer().type).toBe("json"));
    },
  }),

  ...row("get_default_persist_setting", {
    "true at first, then what the settings say": () => {
      expect(getDefaultPersistSetting()).toBe(true);
      withSettings({ persistByDefault: false }, () => expect(getDefaultPersistSetting()).toBe(false));
    },
  }),

  ...row("get_default_persist_setting_for_tasks", {
    "the tasks' own setting, else the general one": () => {
      expect(getDefaultPersistSettingForTasks()).toBe(true);
      const general = { persistByDefault: false };
      withSettings(general, () => expect(getDefaultPersistSettingForTasks()).toBe(false));
      const own = { ...general, tasks: { defaultPersistResult: true } };
      withSettings(own, () => expect(getDefaultPersistSettingForTasks()).toBe(true));
    },
  }),

  ...row("should_persist_result", {
    "the setting of the task that runs": async ({ task, flow }) => {
      const asking = task(() => shouldPersistResult(), { persistResult: false });
      expect(await flow(() => asking(), { persistResult: true })()).toBe(false);
      const sure = asking.withOptions({ persistResult: true, refreshCache: true });
      expect(await flow(() => sure(), { persistResult: false })()).toBe(true);
    },
    "else that of the flow that runs": async ({ flow, name }) => {
      const asking = flow(() => shouldPersistResult(), { name: name("asking"), persistResult: false });
      expect(await asking()).toBe(false);
      const inherited = flow(() => asking.withOptions({ persistResult: undefined })(), { persistResult: true });
      expect(await inherited.withOptions({ name: name("around") })()).toBe(true);
    },
    "else the default": async ({ flow }) => {
      expect(shouldPersistResult()).toBe(true);
      withSettings({ persistByDefault: false }, () => expect(shouldPersistResult()).toBe(false));
      const asking = flow(() => shouldPersistResult());
      expect(await asking()).toBe(true);
      expect(await withSettings({ persistByDefault: false }, asking)).toBe(false);
    },
  }),

  ...row("default_cache", {
    "holds 1,000 records, and drops the least recently used": ({ store }) => {
      const cache = defaultCache();
      const record = store.createResultRecord(1);
      for (let i = 0; i < 1_000; i++) cache.set(`k/${i}`, record);
      expect(cache.get("k/0")).toBe(record);
      cache.set("one more", record);
      expect([cache.get("k/0"), cache.get("k/1"), cache.get("one more")]).toEqual([record, undefined, record]);
    },
    "has a bound in bytes too": async ({ createStore, name }) => {
      const cache = defaultCache({ maxBytes: 300 });
      const store = createStore({ cache });
      for (const key of ["a", "b", "c"]) await store.write(name(key), "x".repeat(100));
      const held = ["a", "b", "c"].map((key) => cache.get(name(key))?.result !== undefined);
      expect(held).toEqual([false, true, true]);
    },
  }),

  ...row("result_storage_discriminator", {
    "tells storages, the null one and what is none apart": ({ store, createOtherStorage }) => {
      for (const storage of [store.resultStorage, createOtherStorage()]) {
        expect(resultStorageDiscriminator(storage)).toBe("ResultStorage");
      }
      expect(resultStorageDiscriminator(new NullStorage())).toBe("NullStorage");
      for (const none of [undefined, null, 1, {}]) expect(resultStorageDiscriminator(none)).toBe("None");
    },
    "also as plain objects of a configuration": ({ store }) => {
      expect(resultStorageDiscriminator({ type: store.resultStorage.type })).toBe("ResultStorage");
      expect(resultStorageDiscriminator({ type: "null" })).toBe("NullStorage");
      expect(resultStorageDiscriminator({ type: "" })).toBe("None");
    },
  }),

  ...row("get_result_store", {
    "the store of the run around": async ({ flow, task, createStore, getResultStore, name }) => {
      const store = createStore();
      const inFlow = flow(() => [getResultStore(), getRunContext().store], { store });
      expect(new Set(await inFlow())).toEqual(new Set([store]));
      let seen: ResultStore | undefined;
      const inTask = task(() => void (seen = getResultStore()), { name: name("in-task"), store });
      await inTask();
      expect(seen).toBe(store);
    },
    "else a default one, the same for the same settings": ({ getResultStore, store }) => {
      expect(getResultStore()).toBe(store);
      const json = withSettings({ defaultSerializer: "json" }, getResultStore);
      expect([json.serializer.type, json.resultStorage]).toEqual(["json", store.resultStorage]);
      expect(withSettings({ defaultSerializer: "json" }, getResultStore)).toBe(json);
      expect(getResultStore().supportsIsolationLevel(IsolationLevel.READ_COMMITTED)).toBe(true);
    },
  }),
];
