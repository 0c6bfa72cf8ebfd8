import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { describe, expect, test } from "vitest";
import { INPUTS, NO_CACHE, TASK_SOURCE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { registerStorage } from "../../../src/core/storages/storage-registry.ts";
import { ConfigurationError, InvalidArgumentError } from "../../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";

/** Gives a new object each time, so that a hit can be told from a run. */
function stamp(x: unknown): { x: unknown } {
  return { x };
}

describe("keys", () => {
  test("are the task's name and what the policy gives", async () => {
    const { task, storage } = createTaskWorld();
    const named = task(stamp, { name: "stamp", version: "1" });
    expect(await named.cacheKey([1])).toBe(
      "stamp/pd6MpiqG_0fug28sLJLSEid4pJXZAfVrwyipfJZO-nY.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M",
    );
    await named(1);
    expect(await keysOf(storage)).toEqual([await named.cacheKey([1])]);
  });

  test("version: a new one makes results outdated, the text of the function does not", async () => {
    const { task } = createTaskWorld();
    let runs = 0;
    const options = { name: "count", version: "1" };
    await task(() => ++runs, options)();
    expect(await task(() => (runs += 10), options)()).toBe(1);
    expect(await task(() => ++runs, { ...options, version: "2" })()).toBe(2);
  });

  test("cachePolicy: says what the key is made of", async () => {
    const { task } = createTaskWorld();
    const draw = task((_: { city: string; onProgress?: () => void }) => stamp(1), {
      cachePolicy: INPUTS.minus("onProgress"),
    });
    const map = await draw({ city: "Oslo", onProgress: () => {} });
    expect(await draw({ city: "Oslo", onProgress: () => {} })).toBe(map);
    expect(await draw({ city: "Bergen" })).not.toBe(map);
  });

  test("cacheKeyFn: gives the key from the arguments, their names and the task", async () => {
    const { task } = createTaskWorld();
    const load = task((user: { id: number }, page: number) => stamp([user, page]), {
      name: "load",
      parameters: ["user", "page"],
      cacheKeyFn: async ({ args: [user], inputs, task: { name } }) => `${name}:${user.id}:${String(inputs["page"])}`,
    });
    expect(await load.cacheKey([{ id: 7 }, 2])).toBe("load:7:2");
    expect(await load({ id: 7 }, 2)).toBe(await load({ id: 7 }, 2));
  });

  test("cacheKeyFn: without a key nothing is kept, and a key is a text", async () => {
    const { task, storage } = createTaskWorld();
    const skip = task(stamp, { cacheKeyFn: ({ args: [x] }) => (x === 1 ? undefined : ({} as string)) });
    expect(await skip(1)).not.toBe(await skip(1));
    await expect(skip(2)).rejects.toThrow(InvalidArgumentError);
    expect(await keysOf(storage)).toEqual([]);
  });

  test("NO_CACHE: runs each time, whatever else is asked for", async () => {
    const { task, events } = createTaskWorld();
    const run = task(stamp, { cachePolicy: NO_CACHE, resultStorageKey: "k", cacheResultInMemory: true });
    expect(await run(1)).not.toBe(await run(1));
    expect(await run.cacheKey([1])).toBeUndefined();
    expect(events).toEqual([]);
  });

  test("resultStorageKey: is the key itself, in place of any policy's", async () => {
    const { task, store } = createTaskWorld();
    const report = task((_: { year: number; draft: boolean }) => stamp(1), {
      name: "report",
      cachePolicy: TASK_SOURCE,
      resultStorageKey: "{task.name}-{parameters.year}-{parameters.draft}",
    });
    await report({ year: 2026, draft: false });
    expect(await report.cacheKey([{ year: 2026, draft: false }])).toBe("report-2026-false");
    expect((await store.read("report-2026-false"))?.result).toEqual({ x: 1 });
  });

  test("resultStorageKey: an input that is missing or has no text of its own is refused", async () => {
    const { task } = createTaskWorld();
    const report = task((_: object) => 1, { resultStorageKey: "{parameters.year}" });
    for (const input of [
      {},
      { year: undefined },
      { year: null },
      { year: [2026] },
      Object.create({ year: 1 }) as object,
    ]) {
      await expect(report(input)).rejects.toThrow(InvalidArgumentError);
    }
  });

  test("parameters: name the arguments for policies and templates", async () => {
    const { task } = createTaskWorld();
    const add = task((a: number, b: number) => a + b, {
      parameters: ["a", "b"],
      resultStorageKey: "{parameters.b}/{parameters.a}",
    });
    expect(await add.cacheKey([1, 2])).toBe("2/1");
    const rest = task((...all: number[]) => all, {
      parameters: ["first"],
      resultStorageKey: "{parameters.first}/{parameters.1}",
    });
    expect(await rest.cacheKey([1, 2])).toBe("1/2");
  });
});

describe("keeping", () => {
  test("cacheExpiration: a result is over after it", async () => {
    const world = createTaskWorld();
    const run = world.task(stamp, { cacheExpiration: "5m" });
    const first = await run(1);
    world.now += 299_999;
    expect(await run(1)).toBe(first);
    world.now += 1;
    expect(await run(1)).not.toBe(first);
  });

  test("refreshCache: runs each time and keeps the new result", async () => {
    const { task } = createTaskWorld();
    const run = task(stamp);
    const first = await run(1);
    const second = await run.withOptions({ refreshCache: true })(1);
    expect(second).not.toBe(first);
    expect(await run(1)).toBe(second);
  });

  test("cacheResultInMemory: false gives a fresh object with every hit", async () => {
    const { task, events } = createTaskWorld();
    const run = task(stamp, { cacheResultInMemory: false });
    await run(1);
    events.length = 0;
    expect(await run(1)).not.toBe(await run(1));
    const sources = events.flatMap((event) => (event.type === "done" ? event.source : []));
    expect(sources).toEqual(["storage", "storage"]);
  });

  test("persistResult: false keeps nothing and runs each time", async () => {
    const { task, storage } = createTaskWorld();
    const run = task(stamp, { persistResult: false, cachePolicy: INPUTS });
    expect(await run(1)).not.toBe(await run(1));
    expect(await run.cacheKey([1])).toBeUndefined();
    expect(await keysOf(storage)).toEqual([]);
  });

  test("persistResult: false with cacheResultInMemory keeps in this context only", async () => {
    const { task, storage } = createTaskWorld();
    const run = task(stamp, { persistResult: false, cacheResultInMemory: true });
    expect(await run(1)).toBe(await run(1));
    expect(await keysOf(storage)).toEqual([]);
  });

  test("persistResult: false asks for no locks, as others would wait for nothing", async () => {
    const { task, events } = createTaskWorld();
    await task(stamp, { persistResult: false, cacheResultInMemory: true })(1);
    expect(events.map(({ type }) => type)).toEqual([
      ...["call-start", "look", "miss", "compute-start", "compute-end", "write", "done"],
    ]);
  });

  test("resultStorage: another storage, or a registered name, takes the results", async () => {
    const { task, storage } = createTaskWorld();
    const other = new MemoryStorage();
    const unregister = registerStorage("memory/task-test", other);
    try {
      const first = task(stamp, { name: "stamp", resultStorage: other });
      const second = first.withOptions({ resultStorage: "memory/task-test" });
      await first(1);
      await second(2);
      expect(new Set(await keysOf(other))).toEqual(new Set([await first.cacheKey([1]), await second.cacheKey([2])]));
      expect(await keysOf(storage)).toEqual([]);
    } finally {
      unregister();
    }
  });

  test("resultStorage: an unknown name rejects the call", async () => {
    const { task } = createTaskWorld();
    await expect(task(stamp, { resultStorage: "memory/nowhere" })(1)).rejects.toThrow(ConfigurationError);
  });

  test("resultSerializer: goes into the record", async () => {
    const { task, storage } = createTaskWorld();
    await task(stamp, { resultSerializer: "json" })(1);
    const { records } = await storage.list();
    expect(records.map(({ serializer }) => serializer.type)).toEqual(["json"]);
  });

  test("a store of its own shares the default one's listener, clock and memory", async () => {
    const world = createTaskWorld();
    const run = world.task(stamp, { resultSerializer: "json", cacheExpiration: 1_000 });
    const first = await run(1);
    expect(world.events.map(({ type }) => type)).toContain("write");
    expect((await world.store.read((await run.cacheKey([1])) ?? ""))?.result).toBe(first);
    world.now += 1_000;
    expect(await run(1)).not.toBe(first);
  });
});

test("results that are kept in memory only need no cache of the store's", async () => {
  const { task, store } = createTaskWorld();
  for (const base of [store.withOptions({ cache: undefined }), store]) {
    let runs = 0;
    const inMemory = task(
      (x: number) => {
        runs++;
        return x;
      },
      { name: "in-memory", version: "1", store: base, persistResult: false, cacheResultInMemory: true },
    );
    expect([await inMemory(1), await inMemory(1), runs]).toEqual([1, 1, 1]);
  }
});

test("another storage for results leaves metadata apart where the store keeps it", async () => {
  const { task, store } = createTaskWorld();
  const [metadata, results, others] = [new MemoryStorage(), new MemoryStorage(), new MemoryStorage()];
  const base = store.withOptions({ resultStorage: new SplitStorage({ metadata, results }) });
  await task(() => 1, { name: "apart", version: "1", store: base, resultStorage: others })();
  const counts = await Promise.all([metadata, results, others].map(async (each) => (await each.list()).records.length));
  expect(counts).toEqual([1, 0, 1]);
});
