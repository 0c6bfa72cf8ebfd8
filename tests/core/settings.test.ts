import { afterEach, describe, expect, test, vi } from "vitest";
import { MemoryStorage } from "../../src/core/memory-storage.ts";
import { ResultStore } from "../../src/core/result-store.ts";
import { shouldPersistResult } from "../../src/core/run-context.ts";
import { JsonSerializer } from "../../src/core/serializers/json-serializer.ts";
import {
  configure,
  getDefaultPersistSetting,
  getDefaultPersistSettingForTasks,
  getDefaultResultSerializer,
  getSettings,
  useEnvironment,
  withSettings,
} from "../../src/core/settings.ts";
import { registerStorage } from "../../src/core/storage-registry.ts";
import { ConfigurationError } from "../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";

afterEach(() => useEnvironment({}));

describe("settings", () => {
  test("are these at first, and can't be changed in place", () => {
    expect(getSettings()).toEqual({
      persistByDefault: true,
      defaultSerializer: "devalue",
      defaultStorage: undefined,
      tasks: { defaultPersistResult: undefined, schedulingStorage: undefined },
    });
    expect(Object.isFrozen(getSettings()) && Object.isFrozen(getSettings().tasks)).toBe(true);
    expect(getSettings()).toBe(getSettings());
  });

  test("are configured for the whole context, and taken back", () => {
    const before = getSettings();
    const undo = configure({ persistByDefault: false, tasks: { defaultPersistResult: true } });
    const undoMore = configure({ defaultSerializer: "json", tasks: { schedulingStorage: "memory/later" } });
    expect(getSettings()).toEqual({
      persistByDefault: false,
      defaultSerializer: "json",
      defaultStorage: undefined,
      tasks: { defaultPersistResult: true, schedulingStorage: "memory/later" },
    });
    undo();
    expect(getSettings()).toMatchObject({ persistByDefault: true, defaultSerializer: "json" });
    undoMore();
    expect(getSettings()).toEqual(before);
  });

  test("hold in the function that they are given with, and in what it calls", () => {
    const seen = withSettings({ persistByDefault: false }, () =>
      withSettings({ defaultSerializer: "json" }, () => [
        getSettings().persistByDefault,
        getDefaultPersistSetting(),
        shouldPersistResult(),
        getDefaultResultSerializer().type,
      ]),
    );
    expect(seen).toEqual([false, false, false, "json"]);
    expect([getDefaultPersistSetting(), getDefaultResultSerializer().type]).toEqual([true, "devalue"]);
  });

  test("of a function that throws are gone afterwards", () => {
    const fail = () => {
      throw new Error("no");
    };
    expect(() => withSettings({ persistByDefault: false }, fail)).toThrow("no");
    expect(getDefaultPersistSetting()).toBe(true);
  });

  test("come from the environment, under what is configured", () => {
    useEnvironment({
      REPRISE_PERSIST_BY_DEFAULT: "false",
      REPRISE_DEFAULT_SERIALIZER: "json",
      REPRISE_DEFAULT_STORAGE: "memory/a",
      REPRISE_TASKS_DEFAULT_PERSIST_RESULT: "1",
      REPRISE_TASKS_SCHEDULING_STORAGE: "memory/b",
    });
    expect(getSettings()).toEqual({
      persistByDefault: false,
      defaultSerializer: "json",
      defaultStorage: "memory/a",
      tasks: { defaultPersistResult: true, schedulingStorage: "memory/b" },
    });
    const undo = configure({ persistByDefault: true });
    expect(getSettings()).toMatchObject({ persistByDefault: true, defaultSerializer: "json" });
    undo();
  });

  test("that the environment gets wrong are an error that names the variable", () => {
    useEnvironment({ REPRISE_PERSIST_BY_DEFAULT: "perhaps" });
    expect(getSettings).toThrow(ConfigurationError);
    expect(getSettings).toThrow('REPRISE_PERSIST_BY_DEFAULT has to be true or false; got "perhaps"');
  });

  test.each([
    [{ persist: true }, 'There is no setting "persist"; known are persistByDefault'],
    [{ tasks: { persist: true } }, 'There is no setting "tasks.persist"'],
    [{ persistByDefault: "yes" }, "persistByDefault has to be true or false; got string"],
    [{ defaultSerializer: 1 }, "defaultSerializer has to be a serializer or its name; got number"],
    [{ defaultStorage: new MemoryStorage() }, "defaultStorage has to be the registered name of a storage; got object"],
  ])("%j are refused", (settings, message) => {
    expect(() => configure(settings as never)).toThrow(ConfigurationError);
    expect(() => withSettings(settings as never, () => 1)).toThrow(message);
  });
});

describe("the persist setting", () => {
  test("of tasks is their own, else the general one", () => {
    expect(getDefaultPersistSettingForTasks()).toBe(true);
    expect(withSettings({ persistByDefault: false }, getDefaultPersistSettingForTasks)).toBe(false);
    const both = { persistByDefault: false, tasks: { defaultPersistResult: true } };
    expect(withSettings(both, getDefaultPersistSettingForTasks)).toBe(true);
  });

  test("decides for tasks that don't say or imply it themselves", async () => {
    const { task, storage } = createTaskWorld();
    const run = vi.fn((x: number) => x);
    const plain = task(run, { name: "plain" });
    await withSettings({ persistByDefault: false }, () => plain(1));
    await withSettings({ persistByDefault: false }, () => plain(1));
    expect([run.mock.calls.length, await keysOf(storage)]).toEqual([2, []]);
    const named = task(run, { name: "named", resultSerializer: "json" });
    await withSettings({ persistByDefault: false }, () => named(1));
    expect(await keysOf(storage)).toHaveLength(1);
    const withFn = task(run, { name: "keyed", cacheKeyFn: () => "k" });
    await withSettings({ tasks: { defaultPersistResult: false } }, () => withFn(1));
    expect(await keysOf(storage)).toContain("keyed/k");
  });

  test("is told by shouldPersistResult: the task's own, else the flow's, else the default", async () => {
    const { task, flow } = createTaskWorld();
    const ask = task(() => shouldPersistResult(), { name: "ask", version: "1" });
    const said = ask.withOptions({ name: "said", persistResult: true });
    const off = flow(async (which: typeof ask) => which(), { persistResult: false });
    expect([await off(ask), await off(said), await ask()]).toEqual([false, true, true]);
    expect(await flow(() => shouldPersistResult(), { persistResult: false })()).toBe(false);
    expect(
      await withSettings(
        { persistByDefault: false },
        flow(() => shouldPersistResult()),
      ),
    ).toBe(false);
  });
});

describe("the default serializer and storage", () => {
  test("are those of stores that name none", () => {
    const storage = new MemoryStorage();
    const unregister = registerStorage("memory/settings", storage);
    const json = new JsonSerializer();
    const store = withSettings({ defaultStorage: "memory/settings", defaultSerializer: json }, () => new ResultStore());
    expect([store.resultStorage, store.serializer, store.resultStorageId]).toEqual([storage, json, "memory/settings"]);
    unregister();
    expect(() => withSettings({ defaultStorage: "memory/settings" }, () => new ResultStore())).toThrow(
      ConfigurationError,
    );
  });

  test("are those of tasks and flows too, and the same store comes of the same settings", async () => {
    const { task, flow, storage } = createTaskWorld();
    const other = new MemoryStorage();
    const unregister = registerStorage("memory/of-tasks", other);
    const settings = { defaultStorage: "memory/of-tasks", defaultSerializer: "json" };
    const run = vi.fn(async (x: number) => x);
    const plain = task(run, { name: "plain" });
    const twice = await Promise.all([
      withSettings(settings, () => plain(1)),
      withSettings(settings, () => flow(async () => plain(1))()),
    ]);
    expect([twice, run.mock.calls.length]).toEqual([[1, 1], 1]);
    expect((await other.list()).records).toMatchObject([
      { serializer: { type: "json" }, storageId: "memory/of-tasks" },
    ]);
    expect(await keysOf(storage)).toEqual([]);
    unregister();
  });
});
