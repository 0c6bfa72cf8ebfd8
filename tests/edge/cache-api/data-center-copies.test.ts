import { beforeEach, expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { EdgeStorage, type EdgeStorageOptions } from "../../../src/edge/store/edge-storage.ts";
import { mustRead, put } from "../../../src/testing/storages/storage-scene.ts";
import { createStore } from "../../stores.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2, wrapBinding } from "../bindings/storage-tools.ts";

// Copies in a data center, over the real KV, R2 and Cache API. Another data center has a cache of another name.

beforeEach(clearBindings);

/** Opens storages in one data center. */
function dataCenter(options: Partial<EdgeStorageOptions> = {}, copyTtl?: string) {
  const name = crypto.randomUUID();
  const copies = () => new CacheApiStorage({ name, copyTtl });
  return { name, copies, open: () => new EdgeStorage({ kv, r2, dataCenterCopies: copies(), ...options }) };
}

const storeOver = (resultStorage: EdgeStorage, lockManager = new MemoryLockManager()) =>
  createStore({ resultStorage, lockManager, cacheResultInMemory: false });

const raw = async (name: string) => caches.open(name);
const urlOf = (key: string): string => `https://reprise.invalid/?${encodeURIComponent(key)}`;

test("the data center has its own copies, nearer than those of KV", async () => {
  const [here, there] = [dataCenter(), dataCenter()];
  const { etag } = await put(here.open(), "key");
  expect(await here.open().read("key")).toMatchObject({ etag, from: "cache-api", isCopy: true });
  const other = there.open();
  expect(await other.read("key")).toMatchObject({ etag, from: "kv" });
  await other.close();
  expect(await there.open().read("key")).toMatchObject({ etag, from: "cache-api" });
});

test("a write and a deletion in this data center change its copies", async () => {
  const here = dataCenter();
  const store = storeOver(here.open());
  await store.write("key", "old");
  await store.write("key", "new");
  expect((await storeOver(here.open()).read("key"))?.result).toBe("new");
  await store.delete("key");
  expect(await here.copies().read("key")).toBeUndefined();
  expect(await here.open().read("key")).toBeUndefined();
});

test("another data center may see an old copy, for its copyTtl and no longer", async () => {
  const [here, there] = [dataCenter(), dataCenter({}, "2s")];
  await storeOver(here.open()).write("key", "old");
  const lagging = there.open();
  expect((await storeOver(lagging).read("key"))?.result).toBe("old");
  await lagging.close();
  await storeOver(here.open()).write("key", "new");
  expect((await storeOver(there.open()).read("key"))?.result).toBe("old");
  await expect.poll(async () => (await storeOver(there.open()).read("key"))?.result).toBe("new");
});

test("a caller under a lock, and one that waited for a computation, read past the copies", async () => {
  const [here, there] = [dataCenter(), dataCenter()];
  const lockManager = new MemoryLockManager();
  await storeOver(here.open(), lockManager).write("key", "old");
  const lagging = there.open();
  await lagging.read("key");
  await lagging.close();
  await storeOver(here.open(), lockManager).write("key", "new");
  const store = storeOver(there.open(), lockManager);
  const underLock = await store.withLock("key", async ({ holder }) => store.read("key", { holder }));
  expect(underLock?.result).toBe("new");
  const computing = storeOver(here.open(), lockManager).acquireLock("key");
  const holder = (await computing)!.holder;
  const waiting = store.read("key");
  await storeOver(here.open(), lockManager).write("key", "newest", { holder });
  await storeOver(here.open(), lockManager).releaseLock("key", { holder });
  expect((await waiting)?.result).toBe("newest");
});

test.each([{ prefix: "maps/" }, { tags: ["roads"] }, "all"] as const)(
  "an invalidation of %j wins over the copies of every data center",
  async (target) => {
    const namespace = newInvalidations();
    const [here, there] = [
      dataCenter({ invalidations: namespace }),
      dataCenter({ invalidations: elsewhere(namespace) }),
    ];
    await storeOver(here.open()).write("maps/1", "old", { tags: ["roads"] });
    const lagging = there.open();
    expect((await storeOver(lagging).read("maps/1"))?.result).toBe("old");
    await lagging.close();
    expect(await there.copies().read("maps/1")).toBeDefined();
    await storeOver(here.open()).invalidate(target);
    expect(await storeOver(here.open()).read("maps/1")).toBeUndefined();
    await expect.poll(async () => storeOver(there.open()).read("maps/1")).toBeUndefined();
    expect(await storeOver(there.open()).getOrCompute("maps/1", () => "new")).toBe("new");
  },
);

test.each([
  ["is no record", (bytes: Uint8Array) => bytes.fill(7)],
  ["has lost a bit in its body", (bytes: Uint8Array) => bytes.fill(bytes.at(-1)! ^ 1, -1)],
])("a copy that %s is passed over, and the record is read again", async (_, damage) => {
  const here = dataCenter();
  await storeOver(here.open()).write("key", "value");
  const cache = await raw(here.name);
  const kept = (await cache.match(urlOf("key")))!;
  const { headers } = kept;
  const damaged = damage(new Uint8Array(await kept.arrayBuffer()));
  await cache.put(urlOf("key"), new Response(damaged, { headers }));
  expect((await storeOver(here.open()).read("key"))?.result).toBe("value");
  expect(await storeOver(here.open()).getOrCompute("key", () => "computed again")).toBe("value");
});

test("a cache that fails is passed over, is reported, and fails no write", async () => {
  const events: StoreEvent[] = [];
  const failing = new CacheApiStorage({ name: crypto.randomUUID() });
  const refuse = () => Promise.reject(new Error("the cache is broken"));
  const { wrapped } = wrapBinding(failing, { read: refuse, write: refuse, delete: refuse });
  const storage = new EdgeStorage({ kv, r2, dataCenterCopies: wrapped, onEvent: (event) => events.push(event) });
  const { etag } = await put(storage, "key");
  expect(await storage.read("key")).toMatchObject({ etag, from: "kv" });
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["write-error"]));
});

test("records longer than maxCopyBytes have no copy, and leave no older one behind", async () => {
  const here = dataCenter({ maxCopyBytes: 1_000 });
  await put(here.open(), "key");
  const { etag } = await put(here.open(), "key", { body: new Uint8Array(2_000) });
  expect(await mustRead(here.open(), "key")).toMatchObject({ etag, from: "r2" });
  expect(await here.copies().read("key")).toBeUndefined();
});

test("copies in the data center need a binding behind them", async () => {
  const copies = new CacheApiStorage({ name: "alone" });
  expect(() => new EdgeStorage({ dataCenterCopies: copies })).toThrow("EdgeStorage needs a binding");
});
