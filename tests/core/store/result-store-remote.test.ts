import { describe, expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { AcquireLockOptions, LockGrant } from "../../../src/core/locks/result-lock-manager.ts";
import type { StorageReadOptions, StorageWriteOptions } from "../../../src/core/storages/result-storage.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";

// What a store asks of storages and locks that are far away, and what it spares them.

/** Keeps what it was asked, and may be told to answer as a copy would. */
class AskedStorage extends MemoryStorage {
  readonly reads: StorageReadOptions[] = [];
  readonly writes: StorageWriteOptions[] = [];
  isCopy = false;

  override async read(key: string, options: StorageReadOptions = {}) {
    this.reads.push(options);
    const stored = await super.read(key, options);
    return stored && { ...stored, isCopy: this.isCopy && !options.fresh, from: this.isCopy ? "near" : "far" };
  }

  override async write(key: string, bytes: Uint8Array, options: StorageWriteOptions) {
    this.writes.push(options);
    return super.write(key, bytes, options);
  }
}

/** Says for how long nobody had the lock. */
class TellingLocks extends MemoryLockManager {
  unheldFor: number | undefined = 60_000;

  override async acquireLock(
    key: string,
    holder: string,
    options?: AcquireLockOptions,
  ): Promise<LockGrant | undefined> {
    const grant = await super.acquireLock(key, holder, options);
    return grant && { ...grant, unheldFor: this.unheldFor };
  }
}

function world(options: PartialStoreOptions = {}) {
  const storage = new AskedStorage();
  const locks = new TellingLocks();
  const events: StoreEvent[] = [];
  const store = createStore({
    resultStorage: storage,
    lockManager: locks,
    cacheResultInMemory: false,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { storage, locks, store, events };
}

describe("the second look under the lock", () => {
  test("is spared where the first was certain and nobody had the lock since", async () => {
    const { storage, store } = world();
    expect(await store.getOrCompute("k", () => 1)).toBe(1);
    expect(storage.reads).toHaveLength(1);
    expect(storage.writes).toMatchObject([{ found: null }]);
  });

  test("is spared for an expired record too, whose etag the write is told", async () => {
    const { storage, store } = world();
    const { metadata } = await store.write("k", 0, { expiration: new Date(0) });
    expect(await store.getOrCompute("k", () => 1)).toBe(1);
    expect(storage.reads).toHaveLength(1);
    expect(storage.writes.at(-1)).toMatchObject({ found: metadata.etag });
  });

  const reasons: [string, (made: ReturnType<typeof world>) => void][] = [
    ["the manager doesn't know for how long the lock was free", ({ locks }) => (locks.unheldFor = undefined)],
    ["somebody had the lock since", ({ locks }) => (locks.unheldFor = 0)],
    [
      "the storage is only eventually consistent",
      ({ storage }) =>
        void Object.assign(storage, { capabilities: { consistency: "eventual", conditionalWrites: true } }),
    ],
  ];
  test.each(reasons)("is taken, past copies, where %s", async (_, arrange) => {
    const made = world();
    arrange(made);
    expect(await made.store.getOrCompute("k", () => 1)).toBe(1);
    expect(made.storage.reads.map(({ fresh = false }) => fresh)).toEqual([false, true]);
  });

  test("is taken where the first one saw an expired copy, and finds what the copy lacks", async () => {
    const { storage, store, events } = world();
    await store.write("k", "old", { expiration: new Date(0) });
    const copy = await storage.read("k");
    await store.write("k", "new");
    vi.spyOn(storage, "read").mockResolvedValueOnce({ ...copy!, isCopy: true });
    expect(await store.getOrCompute("k", () => "computed again")).toBe("new");
    expect(events.at(-1)).toMatchObject({ type: "done", source: "storage", from: "far" });
  });

  test("is told what was committed by the holder before", async () => {
    const { storage, locks, store } = world();
    await locks.acquireLock("k", "before");
    const answer = store.getOrCompute("k", () => 1);
    await vi.waitFor(() => expect(storage.reads).toHaveLength(1));
    await locks.releaseLock("k", "before", { committed: "etag-1" });
    await answer;
    expect(storage.reads.slice(1).every(({ fresh, committed }) => fresh && committed === "etag-1")).toBe(true);
  });
});

test("who waited for a lock, or has it, reads past copies; who doesn't may be given one", async () => {
  const { storage, store, locks } = world();
  await store.write("k", 1);
  storage.reads.length = 0;
  await store.read("k");
  await store.withLock("k", ({ holder }) => store.read("k", { holder }));
  await store.withLock("k", ({ holder }) => store.readMany(["k"], { holder }));
  expect(storage.reads.map(({ fresh = false }) => fresh)).toEqual([false, true, true]);
  await locks.acquireLock("k", "other");
  const waiting = store.read("k");
  await vi.waitFor(() => expect(storage.reads).toHaveLength(4));
  await locks.releaseLock("k", "other", { committed: "etag-1" });
  await waiting;
  expect(storage.reads.at(-1)).toMatchObject({ fresh: true, committed: "etag-1" });
});

test("an answer says which of several storages had it", async () => {
  const { storage, store, events } = world();
  await store.write("k", 1);
  storage.isCopy = true;
  await store.getOrCompute("k", () => 2);
  expect(events.at(-1)).toMatchObject({ type: "done", source: "storage", from: "near" });
});

describe("a lock that was taken over", () => {
  class FencedStorage extends MemoryStorage {
    readonly fences: number[] = [];
    broken = false;

    async fence(_key: string, { token }: LockGrant): Promise<void> {
      if (this.broken) throw new StorageError("no fences today");
      this.fences.push(token);
    }
  }

  test("is fenced once, before anything is done under it, and not when it is extended", async () => {
    const resultStorage = new FencedStorage();
    const { locks, store } = world({ resultStorage });
    await locks.acquireLock("k", "late", { holdTimeout: 0 });
    const grant = await store.acquireLock("k", { holder: "next", acquireTimeout: "5s" });
    expect(grant?.takenOver).toBe(true);
    expect(resultStorage.fences).toEqual([grant?.token]);
    await store.acquireLock("k", { holder: "next" });
    expect(resultStorage.fences).toHaveLength(1);
    await store.releaseLock("k", { holder: "next" });
    await store.acquireLock("k", { holder: "third" });
    expect(resultStorage.fences).toHaveLength(1);
  });

  test("that can't be fenced is not had, and the next one is to fence it again", async () => {
    const resultStorage = new FencedStorage();
    const { locks, store } = world({ resultStorage });
    resultStorage.broken = true;
    await locks.acquireLock("k", "late", { holdTimeout: 0 });
    await expect(store.acquireLock("k", { holdTimeout: "1h" })).rejects.toThrow("no fences today");
    resultStorage.broken = false;
    const grant = await store.acquireLock("k", { acquireTimeout: "5s" });
    expect(grant?.takenOver).toBe(true);
    expect(resultStorage.fences).toEqual([grant?.token]);
  });
});

describe("waitUntil", () => {
  test("lets the caller have the value before it is kept, and is given all that follows", async () => {
    const promises: Promise<unknown>[] = [];
    const { storage, store, events } = world({ waitUntil: (promise) => promises.push(promise) });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const write = storage.write.bind(storage);
    vi.spyOn(storage, "write").mockImplementation(async (...args) => {
      await gate;
      return write(...args);
    });
    expect(await store.getOrCompute("k", () => 1)).toBe(1);
    expect(await store.isLocked("k")).toBe(true);
    // whoever asks meanwhile is given the same value, once the write has shown that nobody changed the key elsewhere
    const meanwhile = store.getOrCompute("k", () => 2);
    open();
    expect(await meanwhile).toBe(1);
    await Promise.all(promises);
    expect(await store.isLocked("k")).toBe(false);
    expect((await store.read("k"))?.result).toBe(1);
    expect(events.map(({ type }) => type)).toEqual([
      ...["call-start", "look", "miss", "lock-acquired", "compute-start", "compute-end", "done"],
      ...["call-start", "join", "write", "lock-released", "done"],
    ]);
  });

  test("what it is given never rejects, and a computation that fails still fails for its caller", async () => {
    const promises: Promise<unknown>[] = [];
    const { store } = world({ waitUntil: (promise) => promises.push(promise) });
    await expect(store.getOrCompute("k", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(Promise.all(promises)).resolves.toBeDefined();
    expect(await store.isLocked("k")).toBe(false);
  });
});

test("a refresh waits until the write of the value before has settled, so that it is the last one", async () => {
  const { promise: mayWrite, resolve: allowWrite } = Promise.withResolvers<void>();
  class SlowStorage extends MemoryStorage {
    override async write(...args: Parameters<MemoryStorage["write"]>) {
      if (args[2].metadata.tags) await mayWrite;
      return super.write(...args);
    }
  }
  const events: string[] = [];
  const store = createStore({
    resultStorage: new SlowStorage(),
    lockManager: new MemoryLockManager(),
    waitUntil: () => {},
    onEvent: ({ type }) => events.push(type),
  });
  await store.getOrCompute("k", () => "old", { tags: ["slow"] });
  const refreshed = store.getOrCompute("k", () => "new", { refresh: true });
  await vi.waitFor(() => expect(events).toContain("lock-wait"));
  expect(events.filter((type) => type === "compute-start")).toHaveLength(1);
  allowWrite();
  expect(await refreshed).toBe("new");
  expect((await store.read("k"))?.result).toBe("new");
});
