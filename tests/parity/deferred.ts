import { expect } from "vitest";
import {
  ConfigurationError,
  MemoryTaskScheduler,
  NO_CACHE,
  type ResultStore,
  TaskFailedError,
} from "../../src/index.ts";
import { inTime } from "../../src/testing/cases/wait-for.ts";
import { row } from "./parity-case.ts";
import type { ParityWorld } from "./parity-world.ts";

/** A task that is known where deferred calls are run, as it is called elsewhere. */
function deferrable(world: ParityWorld, fn: (x: number) => unknown) {
  const options = { name: world.name("work"), version: "1" };
  const there = world.task(fn, { ...options, store: world.createStore() });
  const scheduler = new MemoryTaskScheduler({ tasks: [there], maxAttempts: 1 });
  const here = (store: ResultStore) => world.task(fn, { ...options, store: store.withOptions({ scheduler }) });
  return { here: here(world.store), elsewhere: here(world.createStore()) };
}

export const deferredCases = [
  ...row("task.delay", {
    "hands a call over: its result is kept where both look": async (world) => {
      const { here } = deferrable(world, (x) => ({ square: x * x }));
      const call = await here.defer([3]);
      expect([call.task, call.key]).toEqual([world.name("work"), await here.cacheKey([3])]);
      expect(await inTime(call.result(), "the deferred call")).toEqual({ square: 9 });
      expect([await world.kept(call.key), (await call.status())?.state]).toEqual([{ square: 9 }, "done"]);
    },
    "calls of one key are one job, wherever they are made": async (world) => {
      let runs = 0;
      const { here, elsewhere } = deferrable(world, () => ++runs);
      const calls = await Promise.all([here.defer([1]), here.defer([1]), elsewhere.defer([1])]);
      expect(await inTime(Promise.all(calls.map((call) => call.result())), "the deferred calls")).toEqual([1, 1, 1]);
      expect([await (await here.defer([1])).result(), await elsewhere(1), runs]).toEqual([1, 1, 1]);
    },
    "a call whose last try failed rejects, and keeps nothing": async (world) => {
      const { here } = deferrable(world, () => {
        throw new RangeError("no");
      });
      const call = await here.defer([1]);
      await expect(inTime(call.result(), "the failure")).rejects.toThrow(TaskFailedError);
      expect([(await call.status())?.state, await world.kept(call.key)]).toEqual(["failed", undefined]);
    },
    "without a scheduler, or a place for the result, is a configuration error": async (world) => {
      const { task, name, store } = world;
      await expect(task((x: number) => x, { name: name("work") }).defer([1])).rejects.toThrow(ConfigurationError);
      const scheduler = new MemoryTaskScheduler({ tasks: [] });
      const never = task((x: number) => x, { store: store.withOptions({ scheduler }), cachePolicy: NO_CACHE });
      await expect(never.defer([1])).rejects.toThrow(ConfigurationError);
    },
  }),
];
