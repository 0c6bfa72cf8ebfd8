import { expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ComputeContext } from "../../../src/core/options/call-options.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { LockNotHeldError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createMemoryWorld } from "../../memory-world.ts";

/** A store whose events can be read as texts, with calls numbered from 1. */
function listen(options: PartialStoreOptions = {}, world = createMemoryWorld()) {
  const events: StoreEvent[] = [];
  const store = world.createStore({ ...options, onEvent: (event) => events.push(event) });
  const textsOf = (of = events) => {
    const ids = [...new Set(of.flatMap((event) => ("call" in event ? event.call : [])))];
    return of.map((event) => {
      const call = "call" in event ? ids.indexOf(event.call) + 1 : "-";
      return event.type === "join" ? `${call} join ${ids.indexOf(event.to!) + 1}` : `${call} ${event.type}`;
    });
  };
  return { store, events, textsOf, world };
}

test("all events of a call have its id, and two calls at once have two", async () => {
  const { store, events } = listen();
  await Promise.all(["a", "b"].map((key) => store.getOrCompute(key, async () => key)));
  const calls = Map.groupBy(events, (event) => ("call" in event ? event.call : undefined));
  expect([...calls.values()].map((own) => new Set(own.map((event) => "key" in event && event.key)).size)).toEqual([
    1, 1,
  ]);
  for (const own of calls.values()) {
    const types = own.map(({ type }) => type);
    expect(types.filter((type) => type !== "look")).toEqual([
      ...["call-start", "miss", "lock-acquired", "compute-start", "compute-end", "write", "lock-released", "done"],
    ]);
  }
});

test("progress, and trouble with the lock of a call, have its id", async () => {
  const lockManager = new MemoryLockManager();
  const { store, events } = listen({ lockManager });
  vi.spyOn(lockManager, "renewLock").mockRejectedValue(new LockNotHeldError("taken"));
  vi.spyOn(lockManager, "releaseLock").mockRejectedValue(new TypeError("no connection"));
  const compute = async ({ progress }: ComputeContext) => {
    progress(0.5);
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("lock-lost"));
  };
  await store.getOrCompute("k", compute, { holdTimeout: 30 });
  const call = "call" in events[0]! && events[0].call;
  for (const type of ["progress", "lock-lost", "lock-error"] as const)
    expect(events.filter((event) => event.type === type)).toMatchObject([{ call }]);
});

test("a call that joins has its own id, and names the call that computes", async () => {
  const { store, textsOf, events } = listen({ lockManager: undefined });
  const go = gate();
  const calls = [1, 2].map(() => store.getOrCompute("k", async () => go.opened));
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("compute-start"));
  go.open();
  await Promise.all(calls);
  expect(textsOf()).toEqual([
    "1 call-start",
    "2 call-start",
    "2 join 1",
    "1 look",
    "1 miss",
    "1 compute-start",
    "1 compute-end",
    "1 write",
    "1 done",
    "2 done",
  ]);
});

test("a computation in the background has the id of the call that had the stale answer", async () => {
  let now = 0;
  const { store, events, textsOf } = listen({ lockManager: undefined, cacheResultInMemory: false, now: () => now });
  const options = { expiresIn: 10, staleWhileRevalidate: "1h" } as const;
  await store.getOrCompute("k", () => 1, options);
  now = 20;
  events.length = 0;
  expect(await store.getOrCompute("k", () => 2, options)).toBe(1);
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("write"));
  expect(textsOf().toSorted()).toEqual(
    ["call-start", "compute-end", "compute-start", "done", "look", "miss", "write"].map((type) => `1 ${type}`),
  );
});

test("a call that fails tells of it, whether its function fails, it is aborted or waits too long", async () => {
  const world = createMemoryWorld();
  const holding = await world.createStore().acquireLock("held", { holder: "somebody" });
  expect(holding).toBeDefined();
  const { store, events } = listen({}, world);
  const controller = new AbortController();
  const settled = Promise.allSettled([
    store.getOrCompute("fails", () => Promise.reject(new RangeError("no"))),
    store.getOrCompute("aborted", () => new Promise(() => {}), { signal: controller.signal }),
    store.getOrCompute("held", () => 1, { acquireTimeout: 1 }),
  ]);
  await vi.waitFor(() => expect(events.filter(({ type }) => type === "compute-start")).toHaveLength(2));
  controller.abort(new Error("enough"));
  const outcomes = await settled;
  for (const [i, key] of ["fails", "aborted", "held"].entries()) {
    const own = events.filter((event) => "key" in event && event.key === key);
    expect(own.filter(({ type }) => type === "done")).toEqual([]);
    expect(own.filter(({ type }) => type === "call-error")).toEqual([
      {
        type: "call-error",
        key,
        call: (own[0] as { call: number }).call,
        error: (outcomes[i] as PromiseRejectedResult).reason as unknown,
        duration: expect.any(Number) as number,
      },
    ]);
  }
});

test("an error that was kept fails the call that memory or the storage answers with it", async () => {
  const world = createMemoryWorld();
  const options = { errorExpiresIn: "1h" } as const;
  const fail = () => Promise.reject(new RangeError("no"));
  const { store, events } = listen({}, world);
  for (const _ of [1, 2]) await expect(store.getOrCompute("k", fail, options)).rejects.toThrow("no");
  const elsewhere = listen({}, world);
  await expect(elsewhere.store.getOrCompute("k", fail, options)).rejects.toThrow("no");
  const ends = [...events, ...elsewhere.events].filter(({ type }) => type === "done" || type === "call-error");
  expect(ends.map(({ type }) => type)).toEqual(["call-error", "call-error", "call-error"]);
});

test("changes and locks by hand belong to no call", async () => {
  const { store, events } = listen();
  await store.withLock("k", async ({ holder }) => store.write("k", 1, { holder }));
  expect(events.map(({ type }) => type)).toEqual(["lock-acquired", "write", "lock-released"]);
  expect(events.filter((event) => "call" in event)).toEqual([]);
});

test("a lock that was taken by hand is not released by the call under it", async () => {
  const { store, events } = listen();
  await store.withLock("k", ({ holder }) => store.getOrCompute("k", () => 1, { holder }));
  const released = events.filter(({ type }) => type === "lock-released");
  expect(released).toEqual([{ type: "lock-released", key: "k", holder: expect.any(String) as string }]);
});

test("a look says how it ended, and the start is told before the call returns", async () => {
  const storage = new MemoryStorage();
  const { store, events } = listen({ resultStorage: storage, lockManager: undefined, cacheResultInMemory: false });
  const call = store.getOrCompute("k", () => 1);
  expect(events.map(({ type }) => type)).toEqual(["call-start"]);
  await call;
  await store.getOrCompute("k", () => 2);
  const looks = events.filter((event) => event.type === "look");
  expect(looks.map(({ miss }) => miss)).toEqual(["absent", undefined]);
  expect(looks.every(({ duration }) => duration >= 0)).toBe(true);
});
