import { createBlobStorage, defineCachedFunction, type StorageInterface } from "ocache";
import { createStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { expect, onTestFinished, test, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { repriseDriver, UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../../src/node/index.ts";

/** Opens a store as another process with the same records and locks would. */
function openWorld() {
  const resultStorage = new UnstorageStorage({ driver: memoryDriver(), exclusive: true });
  const lockManager = new MemoryLockManager();
  return () => createResultStore({ resultStorage, lockManager });
}

/** A cached function of ocache, in a process of its own. */
function starsIn(storage: StorageInterface, load: (repository: string) => unknown) {
  const options = { name: "stars", getKey: (repository: string) => repository, maxAge: 60, storage, integrity: "1" };
  return defineCachedFunction(async (repository: string) => load(repository), options);
}

const storageOf = (store: ReturnType<typeof createResultStore>) => createStorage({ driver: repriseDriver({ store }) });

test("a cached function keeps its entries in a store, with their lifetime, and the next process finds them", async () => {
  const open = openWorld();
  const load = vi.fn((repository: string) => ({ repository, stars: 7 }));
  const stars = starsIn(storageOf(open()), load);
  const value = { repository: "unjs/ocache", stars: 7 };
  expect(await Promise.all([stars("unjs/ocache"), stars("unjs/ocache")])).toEqual([value, value]);
  expect(load).toHaveBeenCalledTimes(1);
  const keptRecords = async () => (await open().list({ prefix: "unstorage:cache:functions:stars:" })).records;
  await vi.waitFor(async () => expect(await keptRecords()).toHaveLength(1));
  const [record] = await keptRecords();
  const lifetime = record!.expiration!.getTime() - record!.createdAt.getTime();
  expect(Math.round(lifetime / 1_000)).toBe(60);

  const again = starsIn(storageOf(open()), load);
  expect(await again("unjs/ocache")).toEqual({ repository: "unjs/ocache", stars: 7 });
  expect(load).toHaveBeenCalledTimes(1);

  await again.invalidate("unjs/ocache");
  await again("unjs/ocache");
  expect(load).toHaveBeenCalledTimes(2);
});

test("an invalidation of the store reaches the cached function", async () => {
  const store = createResultStore();
  const load = vi.fn(() => "value");
  const stars = starsIn(storageOf(store), load);
  await stars("a");
  await vi.waitFor(async () => expect((await store.list()).records).toHaveLength(1));
  await store.invalidate({ prefix: "unstorage:cache:functions:stars:" });
  await stars("a");
  expect(load).toHaveBeenCalledTimes(2);
});

test("a damaged entry is computed again", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => error.mockRestore());
  const resultStorage = new MemoryStorage();
  const open = () => createResultStore({ resultStorage });
  const load = vi.fn(() => "value");
  await starsIn(storageOf(open()), load)("a");
  await vi.waitFor(async () => expect((await open().list()).records).toHaveLength(1));
  const [record] = (await open().list()).records;
  const { bytes } = (await resultStorage.read(record!.storageKey))!;
  bytes[bytes.length - 1]! ^= 1;
  await resultStorage.write(record!.storageKey, bytes, { metadata: record! });
  expect(await starsIn(storageOf(open()), load)("a")).toBe("value");
  expect(load).toHaveBeenCalledTimes(2);
  expect(error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("read error"), expect.anything());
  await vi.waitFor(async () => expect((await open().read(record!.storageKey))?.isReadable).toBe(true));
});

test("bytes are kept as bytes by createBlobStorage", async () => {
  const open = openWorld();
  const blobs = (storage: ReturnType<typeof storageOf>) =>
    createBlobStorage({
      get: (key) => storage.getItemRaw<Uint8Array>(key),
      set: (key, value, options) =>
        value === null ? storage.removeItem(key) : storage.setItemRaw(key, value, options),
    });
  const load = vi.fn(() => new Uint8Array([0, 1, 254, 255]));
  await starsIn(blobs(storageOf(open())), load)("a");
  await vi.waitFor(async () => expect((await open().list()).records).toHaveLength(1));
  expect(await starsIn(blobs(storageOf(open())), load)("a")).toEqual(new Uint8Array([0, 1, 254, 255]));
  expect(load).toHaveBeenCalledTimes(1);
});

test("of two processes one computes, if the function asks the store, which has locks", async () => {
  const open = openWorld();
  const computing = Promise.withResolvers<number>();
  const compute = vi.fn(() => computing.promise);
  const processes = [open(), open()].map((store) =>
    starsIn(storageOf(store), (repository) => store.getOrCompute(`stars/${repository}`, compute, { expiresIn: "1m" })),
  );
  const calls = processes.map((stars) => stars("a"));
  await vi.waitFor(() => expect(compute).toHaveBeenCalled());
  computing.resolve(7);
  expect(await Promise.all(calls)).toEqual([7, 7]);
  expect(compute).toHaveBeenCalledTimes(1);
});

test("mounted as Nitro mounts it, a cached function finds its entries by its base", async () => {
  const store = createResultStore();
  // what useStorage() returns
  const nitro = createStorage();
  nitro.mount("results", repriseDriver({ store }));
  const load = vi.fn(() => "value");
  const options = { name: "stars", base: "results", maxAge: 60, storage: () => nitro };
  await defineCachedFunction(load, options)();
  await vi.waitFor(async () =>
    expect((await store.list({ prefix: "unstorage:functions:stars:" })).records).toHaveLength(1),
  );
});
