import { createStorage, type Driver } from "unstorage";
import createKvDriver from "unstorage/drivers/cloudflare-kv-binding";
import createR2Driver from "unstorage/drivers/cloudflare-r2-binding";
import { describe, expect, test } from "vitest";
import { repriseDriver, type UnstorageDriver, UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { mustRead, put } from "../../../src/testing/storages/storage-scene.ts";
import { storageContract } from "../../../src/testing/storages/storage.contract.ts";
import { createResultStore } from "../../../workers/edge.ts";
import { clearBindings, kv, r2 } from "../bindings/storage-tools.ts";

// the types of drivers fit no project with the module resolution of Node
const kvDriver = createKvDriver as (options: { binding: KVNamespace; base?: string }) => Driver;
const r2Driver = createR2Driver as (options: { binding: R2Bucket }) => Driver;

const drivers: Record<string, () => UnstorageDriver> = {
  KV: () => kvDriver({ binding: kv }),
  "a part of KV": () => kvDriver({ binding: kv, base: "results" }),
  R2: () => r2Driver({ binding: r2 }),
};

describe.each(Object.entries(drivers))("the driver of the binding of %s", (_name, createDriver) => {
  const create = async () => {
    await clearBindings();
    return new UnstorageStorage({ driver: createDriver(), exclusive: false });
  };
  for (const { name, run } of storageContract({
    create,
    another: async () => new UnstorageStorage({ driver: createDriver(), exclusive: false }),
  }))
    test(name, run);
});

test("KV gets the lifetime of a record, of at least the minute that it asks for", async () => {
  await clearBindings();
  const storage = new UnstorageStorage({ driver: kvDriver({ binding: kv }), exclusive: false });
  const now = Math.floor(Date.now() / 1_000);
  await put(storage, "long", { expiration: new Date((now + 3_600) * 1_000) });
  await put(storage, "short", { expiration: new Date((now + 5) * 1_000) });
  await put(storage, "never");
  const { keys } = await kv.list();
  const left = new Map(keys.map(({ name, expiration }) => [name, expiration && expiration - now]));
  expect(left.get("k-long")).toBeGreaterThan(3_590);
  expect(left.get("k-short")).toBeGreaterThanOrEqual(60);
  expect(left.get("k-never")).toBeUndefined();
});

test("a large record passes through a storage of createStorage, which has no Buffer for it", async () => {
  await clearBindings();
  const driver = createStorage({ driver: kvDriver({ binding: kv }) });
  const storage = new UnstorageStorage({ driver, exclusive: false });
  const { bytes } = await put(storage, "k", { body: new Uint8Array(2_000_000).map((_, i) => i) });
  expect((await mustRead(storage, "k")).bytes).toEqual(bytes);
});

test("a store at the edge is a driver", async () => {
  await clearBindings();
  const storage = createStorage({ driver: repriseDriver({ store: createResultStore() }) });
  await storage.setItem("a:b", { city: "Oslo" }, { ttl: 3_600 });
  await storage.setItemRaw("raw", new Uint8Array([1, 2]));
  const again = createStorage({ driver: repriseDriver({ store: createResultStore() }) });
  expect(await again.getItem("a:b")).toEqual({ city: "Oslo" });
  expect(await again.getItemRaw("raw")).toEqual(new Uint8Array([1, 2]));
  expect((await again.getKeys()).sort()).toEqual(["a:b", "raw"]);
  await again.clear();
  expect(await storage.getKeys()).toEqual([]);
});
