import { describe, expect, test, vi } from "vitest";
import { isRepriseError, StorageError, StorageQuotaError } from "../../../src/errors/index.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import type { ResultLockManager } from "../../../src/core/locks/result-lock-manager.ts";
import type { ResultStorage, StorageSweepOptions } from "../../../src/core/storages/result-storage.ts";
import type { ComputeContext } from "../../../src/core/options/call-options.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { createStore } from "../../stores.ts";

// The parts that fail here are fakes, since no real one can be made to; tests/browser has real full disks and the like.

function listen(options: PartialStoreOptions) {
  const events: StoreEvent[] = [];
  return { store: createStore({ ...options, onEvent: (event) => events.push(event) }), events };
}

const codeOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => "resolved",
    (error: unknown) => (isRepriseError(error) ? error.code : error),
  );

class BrokenStorage extends MemoryStorage {
  override async read(): Promise<never> {
    throw new StorageError("the disk is gone");
  }

  override async write(): Promise<never> {
    throw new StorageError("the disk is gone");
  }
}

test("locks that fail to pass progress on fail no computation", async () => {
  const broken = () => {
    throw new Error("no channel");
  };
  const rejecting = () => Promise.reject(new Error("no channel")) as never;
  for (const reportProgress of [broken, rejecting]) {
    const lockManager = Object.assign(new MemoryLockManager(), { reportProgress });
    const { store, events } = listen({ lockManager });
    const compute = ({ progress }: ComputeContext) => {
      progress(0.5);
      return 1;
    };
    expect(await store.getOrCompute("k", compute)).toBe(1);
    expect(events.map(({ type }) => type)).toContain("progress");
  }
});

test("a storage that fails hides no computed value, and read and write say so", async () => {
  const { store, events } = listen({ resultStorage: new BrokenStorage(), lockManager: new MemoryLockManager() });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(events.map((event) => event.type)).toEqual([
    "call-start",
    "look",
    "miss",
    "lock-acquired",
    "look",
    "compute-start",
    "compute-end",
    "write-error",
    "lock-released",
    "done",
  ]);
  expect(events[2]).toMatchObject({ reason: "storage-error", error: { message: "the disk is gone" } });
  expect(await codeOf(store.read("other"))).toBe("STORAGE");
  expect(await codeOf(store.write("other", 1))).toBe("STORAGE");
});

test("what a broken storage could not keep is computed once in this context all the same", async () => {
  const { store } = listen({ resultStorage: new BrokenStorage() });
  await store.getOrCompute("k", () => 1);
  expect(await store.getOrCompute("k", () => 2)).toBe(1);
  const forgetful = listen({ resultStorage: new BrokenStorage(), cacheResultInMemory: false }).store;
  await forgetful.getOrCompute("k", () => 1);
  expect(await forgetful.getOrCompute("k", () => 2)).toBe(2);
});

test("a storage that never answers ends with the caller's signal", async () => {
  const silent: ResultStorage = Object.assign(new MemoryStorage(), { read: () => new Promise<never>(() => {}) });
  const { store } = listen({ resultStorage: silent });
  const controller = new AbortController();
  const calls = [
    store.read("k", { signal: controller.signal }),
    store.getOrCompute("k", () => 1, { signal: controller.signal }),
  ];
  controller.abort(new Error("too long"));
  for (const call of calls) await expect(call).rejects.toThrow("too long");
});

test("a write that never ends leaves its lease to run out, once nobody waits for it any more", async () => {
  const silent = Object.assign(new MemoryStorage(), { write: () => new Promise<never>(() => {}) });
  let now = 0;
  const lockManager = new MemoryLockManager({ now: () => now });
  const { store, events } = listen({ resultStorage: silent, lockManager });
  const controller = new AbortController();
  const call = store.getOrCompute("k", () => 1, { signal: controller.signal, holdTimeout: 1_000 });
  await vi.waitFor(() => expect(events.at(-1)?.type).toBe("compute-end"));
  controller.abort(new Error("too long"));
  await expect(call).rejects.toThrow("too long");
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("write-error"));
  const acquire = () => lockManager.acquireLock("k", "next", { acquireTimeout: 0 });
  expect(await acquire()).toBeUndefined();
  now = 1_000;
  expect(await acquire()).toMatchObject({ takenOver: true });
});

test("a holder whose write was called off is released by its next withLock", async () => {
  const storage = new MemoryStorage();
  vi.spyOn(storage, "write").mockReturnValueOnce(new Promise(() => {}));
  let now = 0;
  const lockManager = new MemoryLockManager({ now: () => now });
  const { store, events } = listen({ resultStorage: storage, lockManager });
  const controller = new AbortController();
  const call = store.getOrCompute("k", () => 1, { holder: "a", signal: controller.signal });
  await vi.waitFor(() => expect(events.at(-1)?.type).toBe("compute-end"));
  controller.abort(new Error("off"));
  await expect(call).rejects.toThrow("off");
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("write-error"));
  now = 60_000;
  await store.withLock("k", () => {}, { holder: "a" });
  expect(await store.isLocked("k")).toBe(false);
});

describe("a write whose callers have gone", () => {
  /** A storage whose writes settle when the test says so. */
  function slowWorld() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const storage = new MemoryStorage();
    const write = storage.write.bind(storage);
    vi.spyOn(storage, "write").mockImplementationOnce((...args) => promise.then(() => write(...args)));
    const lockManager = new MemoryLockManager();
    return { ...listen({ resultStorage: storage, lockManager }), resolve, reject };
  }

  async function leave({ store, events }: ReturnType<typeof slowWorld>, holder?: string) {
    const controller = new AbortController();
    const call = store.getOrCompute("k", () => 1, { signal: controller.signal, ...(holder && { holder }) });
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe("compute-end"));
    controller.abort(new Error("left"));
    await expect(call).rejects.toThrow("left");
  }

  test("holds its lock until it settles, and leaves a record", async () => {
    const world = slowWorld();
    await leave(world);
    expect(await world.store.isLocked("k")).toBe(true);
    const next = world.store.getOrCompute("k", () => 2);
    world.resolve();
    expect(await next).toBe(1);
    expect(await world.store.isLocked("k")).toBe(false);
  });

  test("releases its lock when it fails, too", async () => {
    const world = slowWorld();
    await leave(world);
    const next = world.store.getOrCompute("k", () => 2);
    world.reject(new StorageError("no"));
    expect(await next).toBe(2);
  });

  test("leaves the lock to its holder, who has taken it again", async () => {
    const world = slowWorld();
    await leave(world, "a");
    await world.store.withLock(
      "k",
      async () => {
        world.resolve();
        await vi.waitFor(async () => expect(await world.store.read("k", { holder: "a" })).toBeDefined());
        expect(await world.store.isLockHolder("k", { holder: "a" })).toBe(true);
      },
      { holder: "a" },
    );
    expect(await world.store.isLocked("k")).toBe(false);
  });

  test("is not begun where the signal has aborted before", async () => {
    const storage = new MemoryStorage();
    const write = vi.spyOn(storage, "write");
    const { store } = listen({ resultStorage: storage });
    const controller = new AbortController();
    const call = store.write("k", 1, { signal: controller.signal });
    controller.abort(new Error("left"));
    await expect(call).rejects.toThrow("left");
    expect(write).not.toHaveBeenCalled();
  });
});

test("work never begins for a caller that has gone", async () => {
  const { store } = listen({ lockManager: new MemoryLockManager() });
  const work = vi.fn();
  for (const call of [
    (signal: AbortSignal) => store.withLock("k", work, { signal }),
    (signal: AbortSignal) => store.getOrCompute("k", work, { signal, refresh: true }),
    (signal: AbortSignal) => store.getOrCompute("k", work, { signal }),
    (signal: AbortSignal) => store.acquireLock("k", { signal }),
  ]) {
    const controller = new AbortController();
    const outcome = call(controller.signal).catch((reason: unknown) => reason);
    controller.abort("gone");
    expect(await outcome).toBe("gone");
    await vi.waitFor(async () => expect(await store.isLocked("k")).toBe(false));
  }
  expect(work).not.toHaveBeenCalled();
});

test("a lock is held by nobody however soon after the request its caller has gone", async () => {
  const { store } = listen({ lockManager: new MemoryLockManager() });
  for (let turns = 0; turns < 20; turns++) {
    const work = vi.fn();
    const controller = new AbortController();
    const outcome = store.withLock("k", work, { signal: controller.signal }).catch((reason: unknown) => reason);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const begun = work.mock.calls.length;
    controller.abort("gone");
    expect(await outcome).toBe(begun > 0 ? undefined : "gone");
    expect(work).toHaveBeenCalledTimes(begun);
    expect(await store.isLocked("k")).toBe(false);
  }
});

test("locks that fail are told of, and the computation goes on without", async () => {
  const fail = () => Promise.reject(new Error("no locks today"));
  const broken: ResultLockManager = Object.assign(new MemoryLockManager(), { acquireLock: fail });
  const { store, events } = listen({ lockManager: broken });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(events.map((event) => event.type)).toContain("lock-error");
  expect((await store.read("k"))?.result).toBe(1);
});

test("a full storage is swept once and asked again; if that frees nothing, the write rejects", async () => {
  let room = false;
  class FullStorage extends MemoryStorage {
    override write(...args: Parameters<MemoryStorage["write"]>): ReturnType<MemoryStorage["write"]> {
      return room ? super.write(...args) : Promise.reject(new StorageQuotaError("full"));
    }

    override async sweep({ freeBytes = 0 }: StorageSweepOptions) {
      room = freeBytes > 1_000;
      return { expired: 0, evicted: Number(room) };
    }
  }
  const { store } = listen({ resultStorage: new FullStorage() });
  expect(await codeOf(store.write("small", 1))).toBe("STORAGE_QUOTA");
  await store.write("large", "x".repeat(1_000));
  expect(await store.exists("large")).toBe(true);
});

test("a hit asks no lock and reads the storage once; a hit in memory asks nobody", async () => {
  const resultStorage = new MemoryStorage();
  await createStore({ resultStorage }).write("k", 1);
  const lockManager = new MemoryLockManager();
  const reads = vi.spyOn(resultStorage, "read");
  const acquires = vi.spyOn(lockManager, "acquireLock");
  const asks = vi.spyOn(lockManager, "isLocked");
  const store = createStore({ resultStorage, lockManager });
  expect(await store.getOrCompute("k", () => 2)).toBe(1);
  expect(reads).toHaveBeenCalledTimes(1);
  expect(await store.getOrCompute("k", () => 2)).toBe(1);
  expect(reads).toHaveBeenCalledTimes(1);
  expect(acquires).not.toHaveBeenCalled();
  expect(asks).not.toHaveBeenCalled();
});

test("a read that was under way while its record changed does not fill memory with the old one", async () => {
  const resultStorage = new MemoryStorage();
  const store = createStore({ resultStorage });
  await createStore({ resultStorage }).write("k", "old");
  const old = await resultStorage.read("k");
  let answer!: () => void;
  const read = vi.spyOn(resultStorage, "read");
  read.mockReturnValueOnce(new Promise((resolve) => (answer = () => resolve(old))));
  const reading = store.read("k");
  await vi.waitFor(() => expect(read).toHaveBeenCalled());
  await createStore({ resultStorage }).write("k", "new");
  await store.write("k", "newer");
  answer();
  expect((await reading)?.result).toBe("old");
  expect((await store.read("k"))?.result).toBe("newer");
});

test("a record longer than the storage takes is refused with both lengths", async () => {
  const small = Object.assign(new MemoryStorage(), {
    capabilities: { consistency: "strong", conditionalWrites: true, maxRecordBytes: 100 },
  });
  const { store } = listen({ resultStorage: small });
  await expect(store.write("k", "x".repeat(100))).rejects.toThrow(/"k" has \d+ bytes; memory takes at most 100/);
});

test("a listener that throws fails no call", async () => {
  const report = vi.fn();
  vi.stubGlobal("reportError", report);
  const onEvent = () => {
    throw new Error("listener");
  };
  expect(await createStore({ onEvent }).getOrCompute("k", () => 1)).toBe(1);
  expect(report).toHaveBeenCalled();
  vi.unstubAllGlobals();
});

test("without a lock manager the lock methods are a configuration error, and everything else works", async () => {
  const store = createStore();
  const calls = [
    store.acquireLock("k"),
    store.releaseLock("k", { holder: "me" }),
    store.isLocked("k"),
    store.isLockHolder("k", { holder: "me" }),
    store.waitForLock("k"),
    store.withLock("k", () => 1),
  ];
  for (const call of calls) expect(await codeOf(call)).toBe("CONFIGURATION");
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
});

test("nothing is kept in a null storage but what memory has", async () => {
  const store = createStore({ resultStorage: new NullStorage() });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(await store.getOrCompute("k", () => 2)).toBe(1);
  expect(await store.exists("k")).toBe(false);
  expect(await store.list()).toEqual({ records: [] });
  const forgetful = createStore({ resultStorage: new NullStorage(), cacheResultInMemory: false });
  await forgetful.getOrCompute("k", () => 1);
  expect(await forgetful.getOrCompute("k", () => 2)).toBe(2);
});

test("where nothing is kept, every invalidation is done at once", async () => {
  const store = createStore({ resultStorage: new NullStorage() });
  for (const target of ["k", ["k"], { prefix: "k" }, { tags: ["t"] }, "all"])
    for (const mode of ["delete", "expire"] as const) await store.invalidate(target, { mode });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
});

test("a head that can't be read does not exist", async () => {
  const resultStorage = new MemoryStorage();
  const { metadata } = await createStore({ resultStorage }).write("k", 1);
  await resultStorage.write("k", new Uint8Array([1, 2, 3]), { metadata });
  const store = createStore({ resultStorage });
  expect(await store.exists("k")).toBe(false);
  expect((await store.list()).records).toEqual([]);
});
