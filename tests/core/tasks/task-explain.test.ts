import { describe, expect, test, vi } from "vitest";
import { withSettings } from "../../../src/core/context/configure.ts";
import { CachePolicy, FLOW_PARAMETERS, INPUTS, NO_CACHE, TASK_SOURCE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { TaskOptions } from "../../../src/core/tasks/task-options.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "./task-world.ts";

const minute = 60_000;

interface Inputs {
  readonly city: string;
  readonly minutes?: number;
  readonly onProgress?: () => void;
}

const oslo: Inputs = { city: "Oslo", minutes: 15 };

function createMap(options: TaskOptions<[Inputs]> = {}) {
  const world = createTaskWorld();
  const map = world.task(async ({ city }: Inputs) => city, { name: "map", version: "1", ...options });
  return { ...world, map, pass: (ms: number) => (world.now += ms) };
}

describe("explain says", () => {
  test("never-computed, then hit", async () => {
    const { map } = createMap();
    const key = await map.cacheKey([oslo]);
    expect(await map.explain([oslo])).toEqual({ state: "never-computed", key });
    await map(oslo);
    expect(await map.explain([oslo])).toMatchObject({ state: "hit", key, createdAt: new Date(1_000) });
  });

  test("stale, then expired, as the options of the task and of the place say", async () => {
    const { map, pass } = createMap({ cacheExpiration: "1m" });
    const later = map.withOptions({ staleWhileRevalidate: "1m" });
    await later(oslo);
    pass(minute);
    expect(await later.explain([oslo])).toMatchObject({ state: "stale", expiration: new Date(61_000) });
    const around = { tasks: { staleWhileRevalidate: "1m" } };
    expect(await withSettings(around, () => map.explain([oslo]))).toMatchObject({ state: "stale" });
    expect(await map.explain([oslo])).toMatchObject({ state: "expired", expiration: new Date(61_000) });
    pass(minute);
    expect(await later.explain([oslo])).toMatchObject({ state: "expired" });
  });

  test("hit with an error that was kept", async () => {
    const { task } = createTaskWorld();
    const fail = task((_: number) => Promise.reject(new Error("no")), {
      name: "fail",
      version: "1",
      errorExpiresIn: "1m",
    });
    await fail(1).catch(() => {});
    expect(await fail.explain([1])).toMatchObject({ state: "hit", isError: true });
  });

  test("invalidated, and by which call or tag", async () => {
    const { map, store } = createMap({ tags: ["roads"], cacheExpiration: "1h" });
    const invalidations = [
      [() => map.invalidate([oslo]), { keys: [await map.cacheKey([oslo])] }, "delete"],
      [() => map.invalidateAll(), { prefix: "map/" }, "delete"],
      [() => store.invalidate({ tags: ["roads"] }), { tags: ["roads"] }, "delete"],
      [() => store.clear(), "all", "delete"],
      [() => map.invalidate([oslo], { mode: "expire" }), { keys: [await map.cacheKey([oslo])] }, "expire"],
    ] as const;
    for (const [invalidate, target, mode] of invalidations) {
      await map(oslo);
      await invalidate();
      expect(await map.explain([oslo])).toMatchObject({ state: "invalidated", invalidation: { target, mode } });
    }
  });

  test("changed, with the inputs that differ from those of the nearest record", async () => {
    const { map } = createMap();
    await map({ city: "Bergen", minutes: 15 });
    await map({ city: "Oslo", minutes: 30 });
    const explain = async (inputs: Inputs) => map.explain([inputs]);
    const found = await explain({ city: "Oslo", minutes: 45 });
    const nearest = {
      changed: ["minutes"],
      isSourceChanged: false,
      key: await map.cacheKey([{ city: "Oslo", minutes: 30 }]),
    };
    expect(found).toMatchObject({ state: "changed", nearest });
    expect(await explain({ city: "Bergen" })).toMatchObject({ nearest: { changed: ["minutes"] } });
    expect(await explain({ city: "Bodø", minutes: 1 })).toMatchObject({ nearest: { changed: ["city", "minutes"] } });
  });

  test("changed, with the newest of several records that are equally near", async () => {
    const { map, pass } = createMap();
    for (const minutes of [5, 20, 10]) {
      await map({ city: "Oslo", minutes });
      pass(1);
    }
    const key = await map.cacheKey([{ city: "Oslo", minutes: 10 }]);
    expect(await map.explain([{ city: "Oslo", minutes: 45 }])).toMatchObject({ nearest: { key } });
  });

  test("changed, if only the version or the text of the function has", async () => {
    const { map, task } = createMap();
    await map(oslo);
    const nearest = { key: await map.cacheKey([oslo]), changed: [], isSourceChanged: true };
    const next = map.withOptions({ version: "2" });
    expect(await next.explain([oslo])).toMatchObject({ state: "changed", nearest });
    const text = task(async ({ city, minutes }: Inputs) => city + minutes, { name: "map" });
    expect(await text.explain([oslo])).toMatchObject({ state: "changed", nearest });
  });

  test("changed, with other parts of the key", async () => {
    let scale = 1;
    const captured = createMap({ captures: () => scale });
    await captured.map(oslo);
    scale = 2;
    expect(await captured.map.explain([oslo])).toMatchObject({ nearest: { changed: ["captures()"] } });

    class Season extends CachePolicy {
      override computeKey = async () => `season-${scale}`;
    }
    const own = createMap({ cachePolicy: INPUTS.plus(FLOW_PARAMETERS).plus(new Season()) });
    await own.flow((_: number) => own.map(oslo))(1);
    scale = 3;
    const explained = await own.flow((_: number) => own.map.explain([oslo]))(2);
    expect(explained).toMatchObject({ nearest: { changed: ["flow()", "policy()"], isSourceChanged: false } });
  });

  test("changed, for records with keys of the user's own", async () => {
    const { map, store, task } = createMap({
      cacheKeyFn: ({ inputs }) => `maps/${String(inputs["city"])}/${String(inputs["minutes"])}`,
    });
    await store.write("maps/Oslo/1", 1);
    await task((_: Inputs) => 1, { name: "other", cacheKeyFn: () => "maps/Oslo/20" })({ city: "Oslo", minutes: 45 });
    await map({ ...oslo, onProgress: () => {} });
    expect(await map.explain([{ city: "Oslo", minutes: 45 }])).toMatchObject({
      nearest: { key: "maps/Oslo/15", changed: ["minutes"] },
    });
  });

  test("not-cached without a key, and where settings say so", async () => {
    const { map, task } = createMap();
    expect(await task(() => 1, { cachePolicy: NO_CACHE }).explain([])).toEqual({ state: "not-cached" });
    const off = { tasks: { disableCaching: true } };
    expect(await withSettings(off, () => map.explain([oslo]))).toEqual({ state: "not-cached" });
  });

  test("refresh where a call computes in any case", async () => {
    const { map } = createMap();
    await map(oslo);
    expect(await map.withOptions({ refreshCache: true }).explain([oslo])).toMatchObject({ state: "refresh" });
  });

  test("unreadable, with the error", async () => {
    const { map, storage, store } = createMap();
    const key = (await map.cacheKey([oslo]))!;
    await map(oslo);
    const { bytes } = (await storage.read(key))!;
    bytes[bytes.length - 1]! ^= 1;
    await storage.write(key, bytes, { metadata: (await store.read(key))!.metadata });
    const elsewhere = map.withOptions({ store: createStore({ resultStorage: storage }) });
    expect(await elsewhere.explain([oslo])).toMatchObject({ state: "unreadable", error: { code: "CORRUPT_RECORD" } });
    class Broken extends MemoryStorage {
      override read = () => Promise.reject(new StorageError("the disk is gone"));
    }
    const broken = map.withOptions({ store: createStore({ resultStorage: new Broken() }) });
    expect(await broken.explain([oslo])).toMatchObject({ state: "unreadable", error: { code: "STORAGE" } });
  });
});

test("explain runs nothing, writes nothing, tells nothing and waits for no lock", async () => {
  const { map, storage, store, events } = createMap({ staleWhileRevalidate: "1h", cacheExpiration: "1m" });
  await map(oslo);
  const key = (await map.cacheKey([oslo]))!;
  const grant = (await store.acquireLock(key))!;
  const calls = (["write", "delete", "invalidate", "sweep", "begin"] as const).map((name) => vi.spyOn(storage, name));
  const before = events.length;
  for (const minutes of [15, 16]) await map.explain([{ city: "Oslo", minutes }]);
  expect(events).toHaveLength(before);
  for (const call of calls) expect(call).not.toHaveBeenCalled();
  await store.releaseLock(key, grant);
});

test("inputs without a part in the key are not hashed, nor those that have no hash", async () => {
  const { map, store } = createMap({ cachePolicy: INPUTS.minus("onProgress").plus(TASK_SOURCE) });
  const inputsOf = async (key: string | undefined) => (await store.read(key!))!.metadata.inputs;
  const called = { ...oslo, onProgress: () => {} };
  await map(called);
  const inputs = (await inputsOf(await map.cacheKey([called])))!;
  expect(Object.keys(inputs)).toEqual(["()", "city", "minutes"]);
  expect(Object.values(inputs).every((hash) => /^[\w-]{8}$/.test(hash))).toBe(true);
});

test("an explanation needs few bytes of a record, whatever the number and the names of its inputs", async () => {
  const { task, store } = createTaskWorld();
  const sum = task((inputs: Record<string, number>) => Object.keys(inputs).length, { name: "sum", version: "1" });
  const inputs = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i}-${"æ".repeat(20)}`, i]));
  const hostile = JSON.parse('{ "__proto__": 1 }') as Record<string, number>;
  await Promise.all([sum(inputs), sum(hostile)]);
  const kept = (await store.read((await sum.cacheKey([inputs]))!))!.metadata.inputs!;
  expect(JSON.stringify(kept).length).toBeLessThan(400);
  expect(kept).toHaveProperty("...");
  expect(await sum.explain([{ ...inputs, [`499-${"æ".repeat(20)}`]: 0 }])).toMatchObject({
    nearest: { changed: ["..."] },
  });
  const own = (await store.read((await sum.cacheKey([hostile]))!))!.metadata.inputs!;
  expect(Object.keys(own)).toEqual(["()", "__proto__"]);
});

test("big binary inputs are hashed as they are at the call", async () => {
  const { task } = createTaskWorld();
  const measure = task(async ({ bytes }: { bytes: Uint8Array; unit?: string }) => bytes.length, {
    name: "m",
    version: "1",
  });
  await measure({ bytes: new Uint8Array(10_000) });
  const bytes = new Uint8Array(10_000);
  expect(await measure.explain([{ bytes, unit: "kB" }])).toMatchObject({ nearest: { changed: ["unit"] } });
});

test("records of transactions can be explained too", async () => {
  const { map, transaction } = createMap();
  await transaction({}, (txn) => txn.run(map, oslo));
  expect(await map.explain([{ city: "Oslo", minutes: 1 }])).toMatchObject({ nearest: { changed: ["minutes"] } });
});

test("without lists in the storage, or with none here, there is no near record", async () => {
  class Listless extends MemoryStorage {
    override list = undefined as never;
  }
  const { map } = createMap();
  const elsewhere = map.withOptions({ store: createStore({ resultStorage: new Listless() }) });
  await elsewhere(oslo);
  expect(await elsewhere.explain([{ city: "Bergen" }])).toMatchObject({ state: "never-computed" });
  const inMemory = map.withOptions({ persistResult: false, cacheResultInMemory: true });
  await inMemory(oslo);
  expect(await inMemory.explain([oslo])).toMatchObject({ state: "hit" });
  expect(await inMemory.explain([{ city: "Bergen" }])).toMatchObject({ state: "never-computed" });
});
