import { expect } from "vitest";
import {
  type CachePolicy,
  ConfigurationError,
  DEFAULT_POLICY,
  FLOW_PARAMETERS,
  getRunContext,
  HashError,
  INPUTS,
  IsolationLevel,
  MemoryLockManager,
  NO_CACHE,
  RUN_ID,
  TASK_SOURCE,
} from "../../src/index.ts";
import { row } from "./parity-case.ts";
import type { ParityWorld } from "./parity-world.ts";

/** The key of a call with these arguments. */
function keyWith({ task }: ParityWorld, cachePolicy: CachePolicy, args: readonly unknown[], version = "1") {
  return task((..._: unknown[]) => 1, { name: "task", version, cachePolicy }).cacheKey([...args]);
}

export const policyCases = [
  ...row("CachePolicy", {
    "the same inputs give the same key in every runtime": async (world) => {
      const named = world.task((x: unknown) => x, { name: "stamp", version: "1" });
      expect(await named.cacheKey([1])).toBe(
        "stamp/pd6MpiqG_0fug28sLJLSEid4pJXZAfVrwyipfJZO-nY.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M",
      );
    },
    "INPUTS: whatever the order of object keys; different inputs give different keys": async (world) => {
      const key = await keyWith(world, INPUTS, [{ a: 1, b: { c: 2, d: 3 } }]);
      expect(await keyWith(world, INPUTS, [{ b: { d: 3, c: 2 }, a: 1 }])).toBe(key);
      const others = [
        { a: 1, b: { c: 2, d: 4 } },
        { a: 1, b: { c: 2, e: 3 } },
        { a: "1", b: { c: 2, d: 3 } },
      ];
      for (const other of others) expect(await keyWith(world, INPUTS, [other])).not.toBe(key);
      expect(await keyWith(world, INPUTS, [1])).not.toBe(await keyWith(world, INPUTS, ["1"]));
    },
    "INPUTS are named by a single object's properties, else by parameters, else by position": async (world) => {
      const seen: unknown[] = [];
      const note = (...args: unknown[]) => {
        const { parameters } = getRunContext();
        seen.push(parameters);
        return args.length;
      };
      await world.task(note, { cachePolicy: NO_CACHE })({ city: "Oslo" });
      await world.task(note, { cachePolicy: NO_CACHE, parameters: ["city", "year"] })("Oslo", 2026);
      await world.task(note, { cachePolicy: NO_CACHE })("Oslo", 2026);
      expect(seen).toEqual([{ city: "Oslo" }, { city: "Oslo", year: 2026 }, { 0: "Oslo", 1: 2026 }]);
    },
    "a part that gives no key is left out, no inputs give none, NO_CACHE none at all": async (world) => {
      expect(await keyWith(world, INPUTS, [])).toBeUndefined();
      expect(await keyWith(world, NO_CACHE, [1])).toBeUndefined();
      expect(await keyWith(world, FLOW_PARAMETERS, [1])).toBeUndefined();
      const source = await keyWith(world, INPUTS.plus(TASK_SOURCE), []);
      expect(source).toMatch(/^task\/./);
      expect(await keyWith(world, NO_CACHE.plus(INPUTS), [1])).toBe(await keyWith(world, INPUTS, [1]));
      expect(await keyWith(world, INPUTS.plus(NO_CACHE), [1])).toBe(await keyWith(world, INPUTS, [1]));
    },
    "minus: excluded names add up, also through plus": async (world) => {
      const both = INPUTS.minus("signal").plus(TASK_SOURCE).minus("log");
      const key = await keyWith(world, both, [{ city: "Oslo", signal: () => 1, log: () => 2 }]);
      expect(await keyWith(world, both, [{ city: "Oslo" }])).toBe(key);
      expect(await keyWith(world, both, [{ city: "Bergen" }])).not.toBe(key);
      const added = INPUTS.minus("signal").plus(INPUTS.minus("log"));
      expect(await keyWith(world, added, [{ city: "Oslo", signal: 1, log: 2 }])).toBe(
        await keyWith(world, added, [{ city: "Oslo" }]),
      );
    },
    "plus: two policies with conflicting configuration are an error": () => {
      const [one, other] = [new MemoryLockManager(), new MemoryLockManager()];
      const configured = INPUTS.configure({ lockManager: one });
      expect(() => configured.plus(TASK_SOURCE.configure({ lockManager: other }))).toThrow(ConfigurationError);
      expect(configured.plus(TASK_SOURCE).lockManager).toBe(one);
      expect(configured.plus(TASK_SOURCE.configure({ lockManager: one })).lockManager).toBe(one);
    },
    "TASK_SOURCE: the version, else the function's text": async ({ task }) => {
      const keyOf = (fn: () => unknown, version?: string) =>
        task(fn, { name: "task", version, cachePolicy: TASK_SOURCE }).cacheKey([]);
      const one = () => 1;
      expect(await keyOf(one)).toBe(await keyOf(one));
      expect(await keyOf(one)).not.toBe(await keyOf(() => 2));
      expect(await keyOf(one, "1")).toBe(await keyOf(() => 2, "1"));
      expect(await keyOf(one, "1")).not.toBe(await keyOf(one, "2"));
    },
    "TASK_SOURCE: native and bound functions are an error that says what to do": async ({ task, name }) => {
      const bound = Math.max.bind(undefined, 0);
      for (const fn of [Math.max, bound]) {
        const call = task(fn, { name: "task" })(1);
        await expect(call).rejects.toThrow(ConfigurationError);
        await expect(call).rejects.toThrow(/give the task a version/);
      }
      expect(await task(Math.max, { name: name("max"), version: "1" })(1, 2)).toBe(2);
    },
    "FLOW_PARAMETERS: what the flow around was called with": async ({ task, flow }) => {
      const named = task((..._: unknown[]) => 1, { name: "task", cachePolicy: FLOW_PARAMETERS });
      const around = flow((..._: unknown[]) => named.cacheKey([]), { parameters: ["year", "city"] });
      const key = await around(2026, "Oslo");
      expect(key).toMatch(/^task\/./);
      expect(await around(2026, "Oslo")).toBe(key);
      expect(await around({ city: "Oslo", year: 2026 })).toBe(key);
      expect(await around(2027, "Oslo")).not.toBe(key);
      expect(await around()).toBeUndefined();
    },
    "RUN_ID: the run of the flow, else the task's own": async ({ task, flow, name }) => {
      let runs = 0;
      const count = task(() => ++runs, { name: name("count"), cachePolicy: RUN_ID });
      const twice = flow(() => Promise.all([count(), count()]));
      expect([await twice(), await twice()]).toEqual([
        [1, 1],
        [2, 2],
      ]);
      expect([await count(), await count()]).toEqual([3, 4]);
      const named = flow(async () => [getRunContext().id, await count.cacheKey([])]);
      const [id, key] = await named();
      expect(key).toBe(`${name("count")}/${id}`);
    },
    "DEFAULT_POLICY is inputs and source, and is used when none is named": async (world) => {
      const { task, name } = world;
      let runs = 0;
      const options = { name: name("count"), version: "1" };
      const count = task((_: number) => ++runs, options);
      expect([await count(1), await count(1), await count(2)]).toEqual([1, 1, 2]);
      const named = task((_: number) => ++runs, { ...options, cachePolicy: DEFAULT_POLICY });
      expect(await named.cacheKey([1])).toBe(await count.cacheKey([1]));
      expect(await keyWith(world, DEFAULT_POLICY, [1])).toBe(await keyWith(world, INPUTS.plus(TASK_SOURCE), [1]));
      expect(await count.withOptions({ version: "2" })(1)).toBe(3);
    },
    "unhashable inputs are an error that says what to do": async ({ task, name }) => {
      const named = task((_: object) => 1, { name: name("task") });
      const call = named({ city: "Oslo", onProgress: () => 1 });
      await expect(call).rejects.toThrow(HashError);
      await expect(call).rejects.toThrow(/onProgress/);
      await expect(call).rejects.toThrow(/minus/);
    },
    "cacheKeyFn gives the whole key, before any policy; without one nothing is kept": async (world) => {
      let runs = 0;
      const count = world.task((_: { id: number }) => ++runs, {
        name: world.name("count"),
        cachePolicy: INPUTS,
        cacheKeyFn: ({ args: [user] }) => (user.id === 0 ? undefined : world.name(`user:${user.id}`)),
      });
      expect([await count({ id: 7 }), await count({ id: 7 })]).toEqual([1, 1]);
      expect(await count.cacheKey([{ id: 7 }])).toBe(world.name("user:7"));
      expect([await count({ id: 0 }), await count({ id: 0 })]).toEqual([2, 3]);
      expect(await world.keys()).toEqual(["user:7"]);
      const other = world.task(() => "shared", { name: world.name("other"), cacheKeyFn: () => world.name("user:7") });
      expect(await other()).toBe(1);
    },
    "configure({ keyStorage }): metadata lies there, results in the store": async (world) => {
      const keyStorage = world.createOtherStorage();
      let runs = 0;
      const run = (_: number) => ++runs;
      const create = () =>
        world.task(run, {
          name: world.name("count"),
          version: "1",
          store: world.createStore(),
          cachePolicy: INPUTS.configure({ keyStorage }),
        });
      expect([await create()(1), await create()(1)]).toEqual([1, 1]);
      expect([await world.keys(), await world.keys(keyStorage)]).toEqual([[], [expect.stringMatching(/^count\//)]]);
    },
    "configure({ lockManager }): takes the place of the store's": async (world) => {
      const lockManager = new MemoryLockManager();
      let seen: boolean[] = [];
      const key = `${world.name("task")}/k`;
      const named = world.task(
        async () => {
          seen = [await lockManager.isLocked(key), await world.store.isLocked(key)];
        },
        { name: world.name("task"), cachePolicy: INPUTS.configure({ lockManager }), resultStorageKey: key },
      );
      await named();
      expect(seen).toEqual([true, false]);
    },
    "configure({ isolationLevel }): calls are isolated, or refused with the reason where the place can't": async (
      world,
    ) => {
      const key = world.name("k");
      const seen: boolean[] = [];
      const named = world.task(
        async () => {
          seen.push(await world.createStore().isLocked(key));
          return 1;
        },
        {
          resultStorageKey: key,
          cachePolicy: INPUTS.configure({ isolationLevel: IsolationLevel.SERIALIZABLE }),
        },
      );
      if (!world.isStrong) {
        await expect(named()).rejects.toThrow(/SERIALIZABLE.*storage "kv" is only eventually consistent/);
        return;
      }
      await world.transaction({}, async () => expect(await named()).toBe(1));
      expect([seen, await world.kept(key), await world.store.isLocked(key)]).toEqual([[true], 1, false]);
    },
  }),
];
