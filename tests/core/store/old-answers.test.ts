import { describe, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { GetOrComputeOptions } from "../../../src/core/options/call-options.ts";
import type { ResultStorage, StoredRecord } from "../../../src/core/storages/result-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { createClock, type Gate, gate } from "../../../src/testing/stores/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";

const hour = 3_600_000;
const identity = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;

/** Answers with what it has found once the test lets it. */
class SlowStorage extends MemoryStorage {
  hold: Gate | undefined;

  override async read(key: string): Promise<StoredRecord | undefined> {
    const found = await super.read(key);
    await this.hold?.opened;
    return found;
  }
}

/** A store with a record that is as old as asked. */
async function storeWithRecord(age: number, options: GetOrComputeOptions, resultStorage = new MemoryStorage()) {
  const clock = createClock();
  const store = createStore({ resultStorage, now: clock.now, lockManager: new MemoryLockManager(), onEvent: () => {} });
  await store.getOrCompute("k", () => "old", options);
  clock.ahead = age;
  return { store, clock };
}

/** Gets the old record, and waits until the function that replaces it runs. */
async function beginRefresh(store: ResultStore, options: GetOrComputeOptions, compute: () => Promise<string>) {
  const begun = gate();
  const began = () => (begun.open(), compute());
  expect(await store.getOrCompute("k", began, options)).toBe("old");
  await begun.opened;
}

describe("a record that was deleted answers nobody, although a computation still replaces it", () => {
  const stale = { expiresIn: hour, staleWhileRevalidate: 10 * hour };
  const due = { expiresIn: 2 * hour, refreshAhead: 0.5 };

  test.for<[string, GetOrComputeOptions, (store: ResultStore) => Promise<unknown>]>([
    ["stale, delete", stale, (store) => store.delete("k")],
    ["due, delete", due, (store) => store.delete("k")],
    ["stale, a prefix", stale, (store) => store.invalidate({ prefix: "k" })],
    ["due, clear", due, (store) => store.clear()],
  ])("%s", async ([, options, change]) => {
    const { store } = await storeWithRecord(1.5 * hour, options);
    const [begun, go] = [gate(), gate()];
    const compute = () => (begun.open(), go.opened.then(() => "new"));
    expect(await store.getOrCompute("k", compute, options)).toBe("old");
    await change(store);
    await begun.opened;
    const after = store.answer("k", () => "newer", options);
    go.open();
    expect(await after).toMatchObject({ value: "new", isStale: false });
  });

  test("not even if a look has found it before", async () => {
    const storage = new SlowStorage();
    const { store } = await storeWithRecord(1.5 * hour, stale, storage);
    const uncached = store.withOptions({ cacheResultInMemory: false });
    const read = (storage.hold = gate());
    const first = uncached.getOrCompute("k", () => "new", stale);
    await store.delete("k");
    read.open();
    expect(await first).toBe("old");
    expect(await uncached.getOrCompute("k", () => "newer", stale)).not.toBe("old");
  });
});

describe("a call that comes while a computation replaces an old result", () => {
  test("gets that result if the computation fails, or is slow, and staleIfError allows it by then", async () => {
    const options = { expiresIn: hour, staleWhileRevalidate: hour, staleIfError: 9 * hour };
    for (const softTimeout of [1, undefined]) {
      const { store, clock } = await storeWithRecord(1.5 * hour, { ...options, softTimeout });
      const go = gate();
      const compute = () => go.opened.then(() => Promise.reject(new Error("down")));
      await beginRefresh(store, { ...options, softTimeout }, compute);
      clock.ahead = 3 * hour;
      const later = store.answer("k", compute, { ...options, softTimeout });
      if (softTimeout === undefined) go.open();
      expect(await later).toMatchObject({ value: "old", isStale: true });
      go.open();
    }
  });

  test("gets that result at once, through its schema", async () => {
    const options = { expiresIn: hour, staleWhileRevalidate: hour, schema: identity };
    const { store } = await storeWithRecord(1.5 * hour, options);
    const go = gate();
    await beginRefresh(store, options, () => go.opened.then(() => "new"));
    expect(await store.answer("k", () => "newer", options)).toMatchObject({ value: "old", isStale: true });
    go.open();
  });
});

test("a computation goes on for the caller that got a stale result after its softTimeout, although a later one leaves", async () => {
  const options = { expiresIn: hour, staleIfError: 9 * hour, softTimeout: 1 };
  const { store } = await storeWithRecord(1.5 * hour, options);
  const [go, first, later] = [gate(), new AbortController(), new AbortController()];
  let computing: AbortSignal | undefined;
  const compute = ({ signal }: { signal: AbortSignal }) => ((computing = signal), go.opened.then(() => "new"));
  expect(await store.getOrCompute("k", compute, { ...options, signal: first.signal })).toBe("old");
  const call = store.getOrCompute("k", compute, { expiresIn: hour, signal: later.signal });
  later.abort(new Error("left"));
  await expect(call).rejects.toThrow("left");
  expect(computing?.aborted).toBe(false);
  go.open();
  expect(await store.getOrCompute("k", compute, { expiresIn: hour })).toBe("new");
});

test("a caller whose stale time throws waits for the computation that replaces the old result", async () => {
  const options = { expiresIn: hour, staleWhileRevalidate: 9 * hour };
  const { store } = await storeWithRecord(2 * hour, options);
  const done = gate();
  await beginRefresh(store, options, async () => {
    await done.opened;
    return "new";
  });
  const wrong = (value: unknown) => {
    if (value === "old") throw new Error("not for old values");
    return 0;
  };
  const later = store.getOrCompute("k", () => "newer", { expiresIn: hour, staleWhileRevalidate: wrong });
  done.open();
  expect(await later).toBe("new");
});

test("callers that share a computation which fails get the stale result without another one", async () => {
  const options = { expiresIn: hour, staleIfError: 9 * hour };
  const { store } = await storeWithRecord(1.5 * hour, options);
  let runs = 0;
  const fail = () => Promise.reject(new Error(`down ${runs++}`));
  const answers = await Promise.all([1, 2, 3, 4].map(() => store.getOrCompute("k", fail, options)));
  expect(answers).toEqual(answers.map(() => "old"));
  expect(runs).toBe(1);
});

test("a value that the storage did not take in time for a change is not kept in memory", async () => {
  class Failing extends MemoryStorage {
    readonly begun = gate();
    readonly go = gate();

    override async write(): Promise<never> {
      this.begun.open();
      await this.go.opened;
      throw new StorageError("no");
    }
  }
  const storage = new Failing();
  const store = createStore({ resultStorage: storage, onEvent: () => {} });
  const first = store.getOrCompute("k", () => "old");
  await storage.begun.opened;
  await store.delete("k");
  storage.go.open();
  expect(await first).toBe("old");
  expect(await store.getOrCompute("k", () => "new")).toBe("new");
});

/** A storage of a user's own that knows nothing of changes. */
class OwnStorage implements ResultStorage {
  readonly type = "own";
  readonly capabilities = { consistency: "strong", conditionalWrites: false } as const;
  readonly records = new Map<string, Uint8Array>();
  onWrite: () => Promise<unknown> = async () => {};

  async read(key: string): Promise<StoredRecord | undefined> {
    const bytes = this.records.get(key);
    return bytes && { bytes, etag: String(bytes.length) };
  }

  async write(key: string, bytes: Uint8Array): Promise<{ etag: string }> {
    await this.onWrite();
    this.records.set(key, bytes.slice());
    return { etag: String(bytes.length) };
  }

  async delete(key: string): Promise<boolean> {
    return this.records.delete(key);
  }
}

describe("a storage of your own keeps nothing that began before a change", () => {
  const changes: [string, (store: ResultStore) => Promise<unknown>][] = [
    ["delete", (store) => store.delete("k")],
    ["deleteMany", (store) => store.deleteMany(["k"])],
    ["invalidate", (store) => store.invalidate("k")],
    ["a local deletion", (store) => store.delete("k", { scope: "local" })],
  ];

  test.for(changes)("%s, at any moment", async ([, change]) => {
    for (let turns = 0; turns < 40; turns++) {
      const storage = new OwnStorage();
      storage.onWrite = async () => {
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      };
      const store = createStore({ resultStorage: storage, lockManager: new MemoryLockManager(), onEvent: () => {} });
      let hasBegun = false;
      const first = store.getOrCompute("k", () => ((hasBegun = true), "old"));
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const isBefore = hasBegun;
      await change(store);
      await first;
      if (isBefore) expect([storage.records.size, await store.getOrCompute("k", () => "new")]).toEqual([0, "new"]);
    }
  });

  test("nor the value of a call that was aborted", async () => {
    for (const options of [{}, { computeTimeout: hour }]) {
      for (let turns = 0; turns < 30; turns++) {
        const storage = new OwnStorage();
        const store = createStore({ resultStorage: storage, cacheResultInMemory: false });
        const [begun, go] = [gate(), gate()];
        const controller = new AbortController();
        const compute = () => (begun.open(), go.opened.then(() => "old"));
        const first = store.getOrCompute("k", compute, { ...options, signal: controller.signal });
        await begun.opened;
        const after = async (count: number, step: () => unknown) => {
          for (let turn = 0; turn < count; turn++) await Promise.resolve();
          await step();
        };
        await Promise.all([
          after(turns, go.open),
          after(10, () => controller.abort()),
          after(15, () => store.delete("k")),
          first.catch(() => {}),
        ]);
        await new Promise((resolve) => setTimeout(resolve));
        expect(storage.records.size, `${turns}`).toBe(0);
      }
    }
  });

  test("a record that is written meanwhile stays", async () => {
    const storage = new OwnStorage();
    const [begun, go] = [gate(), gate()];
    storage.onWrite = () => {
      storage.onWrite = async () => {};
      begun.open();
      return go.opened;
    };
    const store = createStore({ resultStorage: storage, cacheResultInMemory: false });
    const first = store.getOrCompute("k", () => "old");
    await begun.opened;
    const written = store.write("k", "by hand");
    setTimeout(go.open, 1);
    await Promise.all([first, written]);
    expect((await store.read("k"))?.result).toBe("by hand");
  });
});

/** Tells whether the lock is free once the test lets it. */
class SlowLocks extends MemoryLockManager {
  asked: Gate | undefined;
  hold: Gate | undefined;

  override async isLocked(...call: Parameters<MemoryLockManager["isLocked"]>): Promise<boolean> {
    this.asked?.open();
    await this.hold?.opened;
    return super.isLocked(...call);
  }
}

test.for([
  ["memory", true],
  ["the storage", false],
] as const)(
  "a read that began under a lock sees what was written under it, although %s answered first",
  async ([, cacheResultInMemory]) => {
    const [resultStorage, lockManager, channels] = [new MemoryStorage(), new SlowLocks(), new Set<MemoryChannel>()];
    const open = () =>
      createStore({ resultStorage, lockManager, changes: new MemoryChannel(channels), cacheResultInMemory });
    const [writer, reader] = [open(), open()];
    await writer.write("k", "old");
    await reader.read("k");
    const reading = await writer.withLock("k", async ({ holder }) => {
      [lockManager.asked, lockManager.hold] = [gate(), gate()];
      const begun = reader.read("k");
      await lockManager.asked.opened;
      await writer.write("k", "new", { holder });
      return { begun };
    });
    lockManager.hold!.open();
    expect((await reading.begun)?.result).toBe("new");
  },
);
