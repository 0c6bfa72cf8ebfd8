import { expect } from "vitest";
import { configure, ConfigurationError, getSettings, INPUTS, withSettings } from "../../src/index.ts";
import { useEnvironment } from "../../src/core/context/configure.ts";
import { row } from "./parity-case.ts";

export const settingsCases = [
  ...row("settings", {
    "persist, with devalue, in the place's own storage at first": () => {
      expect(getSettings()).toEqual({
        persistByDefault: true,
        defaultSerializer: "devalue",
        defaultStorage: undefined,
        tasks: { defaultPersistResult: undefined, schedulingStorage: undefined },
      });
    },
    "withSettings lays some over those around, for what runs in it": async (world) => {
      const { task, name } = world;
      const resultStorage = world.createOtherStorage();
      const defaultStorage = world.register(resultStorage);
      const square = task((x: number) => x * x, { name: name("square"), version: "1" });
      await withSettings({ defaultSerializer: "json", tasks: { defaultPersistResult: true } }, () =>
        withSettings({ defaultStorage }, () => {
          expect(getSettings()).toMatchObject({
            defaultSerializer: "json",
            defaultStorage,
            tasks: { defaultPersistResult: true },
          });
          return square(3);
        }),
      );
      const found = await world.createStore({ resultStorage }).read((await square.cacheKey([3]))!);
      expect([found?.result, found?.metadata.serializer.type, await world.keys()]).toEqual([9, "json", []]);
      expect(getSettings().defaultStorage).toBeUndefined();
    },
    "withSettings holds after an await where the runtime follows those": async ({ followsAwaits }) => {
      const seen = await withSettings({ persistByDefault: false }, async () => {
        await Promise.resolve();
        return getSettings().persistByDefault;
      });
      expect(seen).toBe(!followsAwaits);
      expect(getSettings().persistByDefault).toBe(true);
    },
    "configure lays some over for good, until that is taken back": async ({ task, name, kept }) => {
      const undo = configure({ persistByDefault: false, defaultSerializer: "json" });
      const square = task((x: number) => x * x, { name: name("square"), version: "1" });
      try {
        await Promise.resolve();
        expect(getSettings()).toMatchObject({ persistByDefault: false, defaultSerializer: "json" });
        expect(await square(3)).toBe(9);
      } finally {
        undo();
      }
      expect(await kept(await square.cacheKey([3]))).toBeUndefined();
      expect(getSettings()).toMatchObject({ persistByDefault: true, defaultSerializer: "devalue" });
    },
    "come from REPRISE_* variables of the environment, under what is configured": (world) => {
      const other = world.createOtherStorage();
      const name = world.register(other);
      useEnvironment({
        REPRISE_PERSIST_BY_DEFAULT: "false",
        REPRISE_DEFAULT_SERIALIZER: "json",
        REPRISE_DEFAULT_STORAGE: name,
        REPRISE_TASKS_DEFAULT_PERSIST_RESULT: "1",
        REPRISE_TASKS_SCHEDULING_STORAGE: name,
      });
      const undo = configure({ defaultSerializer: "devalue" });
      try {
        expect(getSettings()).toEqual({
          persistByDefault: false,
          defaultSerializer: "devalue",
          defaultStorage: name,
          tasks: { defaultPersistResult: true, schedulingStorage: name },
        });
        expect(world.getDefaultResultStorage()).toBe(other);
        expect(world.getOrCreateDefaultTaskSchedulingStorage()).toBe(other);
      } finally {
        undo();
        useEnvironment({});
      }
      expect(getSettings().persistByDefault).toBe(true);
    },
    "unknown names and wrong kinds are errors": () => {
      for (const settings of [{ persist: true }, { persistByDefault: "yes" }, { tasks: { schedulingStorage: 1 } }]) {
        expect(() => configure(settings as never)).toThrow(ConfigurationError);
        expect(() => withSettings(settings as never, () => 1)).toThrow(ConfigurationError);
      }
    },
    "tasks.refreshCache runs every call and keeps the new result, unless the task says otherwise": async (world) => {
      const { task, name, kept } = world;
      let runs = 0;
      const count = task((_: number) => ++runs, { name: name("count"), version: "1" });
      await count(1);
      const stays = count.withOptions({ refreshCache: false, name: name("stays") });
      await stays(1);
      const inside = () => Promise.all([count(1), stays(1)]);
      expect(await withSettings({ tasks: { refreshCache: true } }, inside)).toEqual([3, 2]);
      expect([await count(1), await kept(await count.cacheKey([1]))]).toEqual([3, 3]);
    },
    "tasks.defaultNoCache runs tasks that name no policy and no key without caching": async ({ task, name, keys }) => {
      let runs = 0;
      const run = (_: number) => ++runs;
      const plain = task(run, { name: name("plain") });
      const named = task(run, { name: name("named"), cachePolicy: INPUTS });
      const calls = () => [plain(1), plain(1), named(1), named(1)];
      const results = await withSettings({ tasks: { defaultNoCache: true } }, () => Promise.all(calls()));
      expect(results[0]).not.toBe(results[1]);
      expect(results[2]).toBe(results[3]);
      expect(await keys()).toEqual([expect.stringMatching(/^named/)]);
    },
    "tasks.disableCaching runs all tasks without caching": async ({ task, name, keys }) => {
      let runs = 0;
      const run = () => ++runs;
      const tasks = [
        task(run, { name: name("plain") }),
        task(run, { cachePolicy: INPUTS, name: name("policy") }),
        task(run, { cacheKeyFn: () => name("k") }),
        task(run, { resultStorageKey: name("r") }),
        task(run, { persistResult: false, cacheResultInMemory: true, name: name("memory") }),
      ];
      const twice = () => Promise.all([...tasks, ...tasks].map((each) => each()));
      expect(new Set(await withSettings({ tasks: { disableCaching: true } }, twice)).size).toBe(2 * tasks.length);
      expect(await keys()).toEqual([]);
    },
    "the tasks' own persist setting and scheduling storage are among them": async (world) => {
      const other = world.createOtherStorage();
      const tasks = { defaultPersistResult: false, schedulingStorage: world.register(other) };
      const square = world.task((x: number) => x * x, { name: world.name("square") });
      await withSettings({ tasks }, () => {
        expect(world.getOrCreateDefaultTaskSchedulingStorage()).toBe(other);
        return square(3);
      });
      expect(await world.keys()).toEqual([]);
    },
  }),
];
