import { expect, test } from "vitest";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { TieredLockManager } from "../../../src/core/tiers/tiered-lock-manager.ts";
import { TieredStorage } from "../../../src/core/tiers/tiered-storage.ts";
import { StorageUnreachableError } from "../../../src/errors/index.ts";
import { put, stateOf } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { codeOf } from "../record/record-tools.ts";

const key = "maps/a";
const now = Date.now();

/** A truth whose answers to reads come late, and that may be cut off. */
class FarStorage extends MemoryStorage {
  isCutOff = false;
  /** Called with the answer of a read before the caller gets it. */
  onRead: (() => Promise<unknown>) | undefined;

  override async read(...args: Parameters<MemoryStorage["read"]>) {
    this.#assertReachable();
    const stored = await super.read(...args);
    await this.onRead?.();
    return stored;
  }
  override async write(...args: Parameters<MemoryStorage["write"]>) {
    this.#assertReachable();
    return super.write(...args);
  }
  override async begin(...args: Parameters<MemoryStorage["begin"]>) {
    this.#assertReachable();
    return super.begin(...args);
  }
  override async invalidate(...args: Parameters<MemoryStorage["invalidate"]>) {
    this.#assertReachable();
    return super.invalidate(...args);
  }
  override async delete(...args: Parameters<MemoryStorage["delete"]>) {
    this.#assertReachable();
    return super.delete(...args);
  }
  override async clear() {
    this.#assertReachable();
    return super.clear();
  }
  #assertReachable(): void {
    if (this.isCutOff) throw new StorageUnreachableError("cut off");
  }
}

/** Two tabs of one browser, over one truth. */
function createTabs() {
  const [near, far] = [new MemoryStorage(), new FarStorage()];
  const open = () => new TieredStorage({ tiers: [near, far] });
  return { near, far, tab: open(), other: open() };
}

const changes: Record<string, (storage: ResultStorage) => Promise<unknown>> = {
  "an invalidation of its tag": (storage) => storage.invalidate!({ tags: ["maps"] }, { mode: "expire", now }),
  "a deletion": (storage) => storage.delete(key),
  "a write": (storage) => put(storage, key),
};

test.for(Object.keys(changes))(
  "a copy of a record that was read before %s in another tab is not made",
  async (name) => {
    const { near, far, tab, other } = createTabs();
    const { etag } = await put(far, key, { tags: ["maps"] });
    far.onRead = async () => {
      far.onRead = undefined;
      await changes[name]!(other);
    };
    expect((await tab.read(key))?.etag).toBe(etag);
    await tab.close();
    expect((await near.read(key))?.etag).not.toBe(etag);
  },
);

test("a copy that was refused is told to nobody", async () => {
  const { far, near } = createTabs();
  const events: string[] = [];
  const tab = new TieredStorage({ tiers: [near, far], onEvent: ({ type }) => events.push(type) });
  await put(far, key);
  far.onRead = () => near.invalidate("all", { mode: "delete", now });
  await tab.read(key);
  await tab.close();
  expect([await near.read(key), events]).toEqual([undefined, []]);
});

test("a value that began while the truth was out of reach replaces nothing there, and is nearby", async () => {
  const { near, far, tab } = createTabs();
  far.isCutOff = true;
  const since = await tab.begin(key);
  far.isCutOff = false;
  const { etag } = await put(far, key);
  const computed = await put(tab, key, { since });
  expect((await near.read(key))?.etag).toBe(computed.etag);
  expect((await far.read(key))?.etag).toBe(etag);
  // the record that was there first wins
  await tab.head("other");
  await eventually(async () => (await near.read(key))?.etag === etag, "the copy is another one");
  await tab.close();
});

test.for([
  ["invalidate", (storage: ResultStorage) => storage.invalidate!("all", { mode: "expire", now })],
  ["delete", (storage: ResultStorage) => storage.delete(key)],
  ["clear", (storage: ResultStorage) => storage.clear!()],
] as const)("without the truth, %s drops the copies and what waits to be uploaded, and rejects", async ([, change]) => {
  const { near, far, tab } = createTabs();
  far.isCutOff = true;
  await put(tab, key);
  expect(await codeOf(() => change(tab))).toBe("STORAGE_UNREACHABLE");
  expect(await near.read(key)).toBeUndefined();
  far.isCutOff = false;
  await tab.head("other");
  await tab.close();
  expect(await far.read(key)).toBeUndefined();
});

test("the truth says first what covered a key, then the nearer tiers", async () => {
  const { near, far, tab } = createTabs();
  await near.invalidate({ keys: [key] }, { mode: "expire", now });
  expect(await tab.lastInvalidation(key)).toMatchObject({ target: { keys: [key] } });
  await far.invalidate({ prefix: "maps/" }, { mode: "delete", now });
  expect(await tab.lastInvalidation(key)).toMatchObject({ target: { prefix: "maps/" } });
});

test("copies in a tier that keeps no invalidations are dropped where the target covers them", async () => {
  const near = new MemoryStorage();
  const plain: ResultStorage = {
    type: "plain",
    capabilities: near.capabilities,
    read: (...args) => near.read(...args),
    write: (...args) => near.write(...args),
    delete: (each) => near.delete(each),
    list: (options) => near.list(options),
  };
  const tab = new TieredStorage({ tiers: [plain, new MemoryStorage()] });
  for (const target of [{ keys: [key] }, { tags: ["maps"] }, { prefix: "maps/" }, "all"] as const) {
    await put(tab, key, { tags: ["maps"] });
    await put(tab, "other");
    await tab.invalidate(target, { mode: "expire", now: Date.now() });
    expect(await near.read(key)).toBeUndefined();
    expect((await near.read("other")) === undefined).toBe(target === "all");
    expect(await stateOf(tab, key)).toBe("expired");
  }
});

test("a change asks the near locks, and the far ones for their token", async () => {
  const far = Object.assign(new MemoryLockManager(), { endComputation: async () => 7 });
  const [near, other] = [new MemoryLockManager(), new MemoryLockManager()];
  expect(await new TieredLockManager({ tiers: [near, far] }).endComputation(key)).toBe(7);
  const locks = new TieredLockManager({ tiers: [near, other] });
  expect(await locks.endComputation(key)).toBeUndefined();
  // the server behind the far locks refuses the change by itself
  await other.acquireLock(key, "elsewhere");
  expect(await locks.endComputation(key)).toBeUndefined();
  await near.acquireLock(key, "by hand");
  expect(await codeOf(() => locks.endComputation(key))).toBe("LOCK_NOT_HELD");
});

test.for([
  ["clear", (near: ResultStorage) => near.clear!()],
  ["a deletion", (near: ResultStorage) => near.delete(key)],
  ["an invalidation", (near: ResultStorage) => near.invalidate!({ tags: ["maps"] }, { mode: "delete", now })],
] as const)("after %s of the browser's own copies, in any tab, what waited is not uploaded", async ([, drop]) => {
  const { near, far, tab } = createTabs();
  far.isCutOff = true;
  await put(tab, key, { tags: ["maps"] });
  await drop(near);
  await put(tab, "maps/b");
  far.isCutOff = false;
  await tab.head("other");
  await tab.close();
  expect(await far.read("maps/b")).toBeDefined();
  expect([await far.read(key), await near.read(key)]).toEqual([undefined, undefined]);
});
