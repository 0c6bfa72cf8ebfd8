import { beforeEach, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { KvStorage } from "../../../src/edge/kv/kv-storage.ts";
import { grantWith, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, r2, wrapBinding } from "../bindings/storage-tools.ts";
import { createStore as createTestStore } from "../../stores.ts";

beforeEach(clearBindings);

type GetWithMetadata = KVNamespace["getWithMetadata"];

test("calls: a miss is one of each, a write under a lock one put to each, a hit one KV read", async () => {
  const [kvSide, r2Side] = [wrapBinding(kv), wrapBinding(r2)];
  const storage = new EdgeStorage({ kv: kvSide.wrapped, r2: r2Side.wrapped });
  await storage.read("key");
  expect([kvSide.calls, r2Side.calls]).toEqual([{ getWithMetadata: 1 }, { get: 1 }]);
  await put(storage, "key", { grant: grantWith("key", 1), found: null });
  expect([kvSide.calls, r2Side.calls]).toEqual([
    { getWithMetadata: 1, put: 1 },
    { get: 1, put: 1 },
  ]);
  expect(await storage.read("key")).toMatchObject({ isCopy: true, from: "kv" });
  expect([kvSide.calls, r2Side.calls]).toEqual([
    { getWithMetadata: 2, put: 1 },
    { get: 1, put: 1 },
  ]);
});

test("a record that KV lacks is read from R2 and copied", async () => {
  const storage = new EdgeStorage({ kv, r2 });
  const { etag } = await put(storage, "key");
  await kv.delete("key");
  expect(await storage.read("key")).toMatchObject({ etag, from: "r2" });
  await storage.close();
  expect(await storage.read("key")).toMatchObject({ etag, from: "kv", isCopy: true });
});

test("a record longer than maxCopyBytes leaves no older copy behind", async () => {
  const storage = new EdgeStorage({ kv, r2, maxCopyBytes: 1_000 });
  await put(storage, "key");
  const { etag } = await put(storage, "key", { body: new Uint8Array(2_000) });
  expect(await storage.read("key")).toMatchObject({ etag, from: "r2" });
});

test("a KV that is stale gives no old value to who waited, and nothing is computed twice", async () => {
  const old = new EdgeStorage({ kv, r2 });
  const lockManager = new MemoryLockManager();
  await createTestStore({ resultStorage: old }).write("key", "old", { expiration: new Date(Date.now() + 1) });
  const stale = await kv.getWithMetadata("key", "arrayBuffer");
  const answer = async () => ({ ...stale, value: stale.value!.slice(0) });
  const { wrapped } = wrapBinding(kv, { getWithMetadata: answer as unknown as GetWithMetadata });
  const createStore = () =>
    createTestStore({ resultStorage: new EdgeStorage({ kv: wrapped, r2 }), lockManager, cacheResultInMemory: false });
  let computed = 0;
  const compute = async () => `new ${++computed}`;
  await eventually(async () => !(await createStore().exists("key")), "the old record has not expired");
  const answers = await Promise.all([1, 2, 3].map(() => createStore().getOrCompute("key", compute)));
  expect(answers).toEqual(["new 1", "new 1", "new 1"]);
});

test("a copy that is no record is passed over, and replaced", async () => {
  const storage = new EdgeStorage({ kv, r2 });
  const { etag } = await put(storage, "key");
  await kv.put("key", "garbage");
  expect(await storage.read("key")).toMatchObject({ etag, from: "r2" });
  await storage.close();
  expect(await storage.read("key")).toMatchObject({ etag, from: "kv" });
});

test("a copy that can't be made is told, and fails no write", async () => {
  const events: StoreEvent[] = [];
  const { wrapped } = wrapBinding(kv, { put: () => Promise.reject(new Error("no")) });
  const storage = new EdgeStorage({ kv: wrapped, r2, onEvent: (event) => events.push(event) });
  const { etag } = await put(storage, "key");
  expect(events).toMatchObject([{ type: "write-error", key: "key" }]);
  expect(await storage.read("key")).toMatchObject({ etag, from: "r2" });
});

test("without any binding it says which to add", async () => {
  expect(await codeOf(() => new EdgeStorage({}))).toBe("CONFIGURATION");
});

test("KV alone: a read that knows of a write asks again until it is there", async () => {
  const storage = new KvStorage({ namespace: kv });
  const { etag } = await put(storage, "key");
  let stale = 1;
  const { wrapped } = wrapBinding(kv, {
    getWithMetadata: (async (key: string) =>
      stale-- > 0 ? { value: null, metadata: null } : kv.getWithMetadata(key, "arrayBuffer")) as GetWithMetadata,
  });
  expect(await new KvStorage({ namespace: wrapped }).read("key", { committed: etag })).toMatchObject({ etag });
});

test("KV: a write refused for its rate is made again, and heads too long for metadata are still read and listed", async () => {
  let refusals = 1;
  const { wrapped } = wrapBinding(kv, {
    put: ((...args: Parameters<KVNamespace["put"]>) =>
      refusals-- > 0
        ? Promise.reject(new Error("KV PUT failed: 429 Too Many Requests"))
        : kv.put(...args)) as KVNamespace["put"],
  });
  const storage = new KvStorage({ namespace: wrapped });
  const key = "é".repeat(240);
  const { bytes, metadata } = sample(key);
  const { etag } = await storage.write(key, bytes, { metadata });
  expect((await storage.head(key))?.metadata).toEqual(metadata);
  expect((await storage.list()).records).toEqual([{ ...metadata, etag }]);
  expect(await codeOf(() => storage.list({ cursor: "elsewhere" }))).toBe("INVALID_ARGUMENT");
});

test("reading under a lock, again and again, writes no copy", async () => {
  const [kvSide, r2Side] = [wrapBinding(kv), wrapBinding(r2)];
  await put(new EdgeStorage({ kv, r2 }), "key");
  const storage = new EdgeStorage({ kv: kvSide.wrapped, r2: r2Side.wrapped });
  for (let reads = 0; reads < 2; reads++) await storage.read("key", { fresh: true });
  await storage.close();
  expect([kvSide.calls, r2Side.calls]).toEqual([{}, { get: 2 }]);
});

test("values and objects of others, whatever lies beside them, are read without their notes", async () => {
  const { bytes } = sample("key");
  await kv.put("key", bytes, { metadata: { etag: "100%", head: "%" } });
  await r2.put("key", bytes, { customMetadata: { etag: "100%" } });
  for (const storage of [new EdgeStorage({ kv }), new EdgeStorage({ r2 })]) {
    expect((await storage.read("key"))?.bytes).toEqual(bytes);
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["key"]);
  }
});

test("a KV that answers late, with what was there when it was asked, leads to no second computation and no old value", async () => {
  const lockManager = new MemoryLockManager();
  const createStore = (namespace: KVNamespace) =>
    createTestStore({ resultStorage: new EdgeStorage({ kv: namespace, r2 }), lockManager, cacheResultInMemory: false });
  await createStore(kv).write("key", "old", { expiration: new Date(0) });
  let answer!: () => void;
  let isAsked = false;
  const written = new Promise<void>((resolve) => (answer = resolve));
  const late = async (key: string) => {
    const then = await kv.getWithMetadata(key, "arrayBuffer");
    isAsked = true;
    await written;
    return then;
  };
  const { wrapped } = wrapBinding(kv, { getWithMetadata: late as unknown as GetWithMetadata });
  const waiting = createStore(wrapped).getOrCompute("key", () => "computed again");
  await eventually(() => isAsked, "KV is not asked");
  expect(await createStore(kv).getOrCompute("key", () => "new")).toBe("new");
  answer();
  expect(await waiting).toBe("new");
});
