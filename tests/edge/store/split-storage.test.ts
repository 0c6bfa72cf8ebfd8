import { beforeEach, expect, test } from "vitest";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { expectRecord, put } from "../../../src/testing/storages/storage-scene.ts";
import { clearBindings, kv, r2, wrapBinding } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);

test("a result that KV has a copy of is read from there, and not from R2", async () => {
  const bucket = wrapBinding(r2);
  const edge = new EdgeStorage({ kv, r2: bucket.wrapped, waitUntil: () => {} });
  const storage = new SplitStorage({ metadata: new R2Storage({ bucket: r2 }), results: edge });
  const record = await put(storage, "key");
  await expectRecord(storage, "key", record);
  expect(bucket.calls["get"] ?? 0).toBe(0);
  expect(await storage.read("key")).toMatchObject({ from: "kv", isCopy: true });
});

test("KV lets go of both parts when the record expires", async () => {
  const ttls: unknown[] = [];
  const { wrapped } = wrapBinding(kv, {
    async put(name: string, value: ArrayBuffer, options?: KVNamespacePutOptions) {
      ttls.push(options?.expirationTtl);
      await kv.put(name, value, options);
    },
  });
  const namespace = () => new KvStorage({ namespace: wrapped });
  const storage = new SplitStorage({ metadata: namespace(), results: namespace() });
  await put(storage, "key", { expiration: new Date(Date.now() + 3_600_000) });
  expect(ttls).toEqual([expect.closeTo(3_600, -1), expect.closeTo(3_600, -1)]);
});

test("a head that KV still shows elsewhere leads to the result that was there before", async () => {
  const results = new R2Storage({ bucket: r2 });
  const storage = new SplitStorage({ metadata: new KvStorage({ namespace: kv }), results });
  const first = await put(storage, "key");
  const seen = await kv.getWithMetadata("key", "arrayBuffer");
  const stale = wrapBinding(kv, { getWithMetadata: async () => seen } as unknown as Partial<KVNamespace>).wrapped;
  const elsewhere = new SplitStorage({ metadata: new KvStorage({ namespace: stale }), results });
  const second = await put(storage, "key");
  await expectRecord(elsewhere, "key", first);
  await expectRecord(storage, "key", second);
  await put(storage, "key");
  // two writes later it is gone
  expect(await elsewhere.read("key")).toBe(undefined);
});
