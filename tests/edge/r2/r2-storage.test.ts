import { beforeEach, expect, test } from "vitest";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { grantWith, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, r2, wrapBinding } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);

test("a hit is one get, a write that knows what it found is one put", async () => {
  const { wrapped, calls } = wrapBinding(r2);
  const storage = new R2Storage({ bucket: wrapped });
  const grant = grantWith("key", 5);
  const { etag } = await put(storage, "key", { grant, found: null });
  expect(calls).toEqual({ put: 1 });
  await storage.read("key");
  expect(calls).toEqual({ put: 1, get: 1 });
  await put(storage, "key", { grant, found: etag });
  expect(calls).toEqual({ put: 2, get: 1 });
});

test("a late writer that saw the same bytes before the takeover is refused when they return", async () => {
  const storage = new R2Storage({ bucket: r2 });
  const { bytes, metadata } = sample("key");
  const { etag: found } = await storage.write("key", bytes, { metadata });
  await storage.fence("key", grantWith("key", 6));
  await put(storage, "key", { grant: grantWith("key", 6) });
  await storage.write("key", bytes, { metadata });
  expect(await codeOf(() => put(storage, "key", { grant: grantWith("key", 5), found }))).toBe("STALE_LOCK");
  expect((await storage.read("key"))?.bytes).toEqual(bytes);
});

test("a write under a lock that is known to be lost is refused", async () => {
  const grant = { ...grantWith("key", 5), signal: AbortSignal.abort() };
  expect(await codeOf(() => put(new R2Storage({ bucket: r2 }), "key", { grant }))).toBe("STALE_LOCK");
  expect(await r2.head("key")).toBe(null);
});

test("pages are filled though R2 gives short ones", async () => {
  const { wrapped } = wrapBinding(r2, { list: (options) => r2.list({ ...options, limit: 2 }) });
  const storage = new R2Storage({ bucket: wrapped });
  for (const key of ["a", "b", "c", "d", "e"]) await put(storage, key);
  await storage.fence("b2", grantWith("b2", 1));
  const { records, cursor } = await storage.list({ limit: 4 });
  expect(records.map(({ storageKey }) => storageKey)).toEqual(["a", "b", "c", "d"]);
  expect((await storage.list({ cursor })).records.map(({ storageKey }) => storageKey)).toEqual(["e"]);
  expect(await codeOf(() => storage.list({ cursor: "elsewhere" }))).toBe("INVALID_ARGUMENT");
});

test("a sweep a day later deletes fences and what deleted records left", async () => {
  const storage = new R2Storage({ bucket: r2 });
  await storage.fence("fenced", grantWith("fenced", 1));
  await put(storage, "deleted", { grant: grantWith("deleted", 1) });
  await storage.delete("deleted");
  await storage.sweep({ now: Date.now() });
  expect((await r2.list()).objects).toHaveLength(2);
  await storage.sweep({ now: Date.now() + 25 * 3_600_000 });
  expect((await r2.list()).objects).toHaveLength(0);
});

test("the head of an object without custom metadata is read from its first bytes, however long it is", async () => {
  const { bytes, metadata } = sample("key");
  await r2.put("key", bytes);
  expect((await new R2Storage({ bucket: r2 }).head("key"))?.metadata).toEqual(metadata);
});

test("a put that R2 refused for its rate is made again; other trouble is a StorageError", async () => {
  let refusals = 2;
  const { wrapped } = wrapBinding(r2, {
    put: ((...args: Parameters<R2Bucket["put"]>) =>
      refusals-- > 0
        ? Promise.reject(new Error("put: 429 Too Many Requests (10058)"))
        : r2.put(...args)) as R2Bucket["put"],
  });
  const storage = new R2Storage({ bucket: wrapped });
  await put(storage, "key");
  expect(await r2.head("key")).not.toBe(null);
  const broken = wrapBinding(r2, { get: () => Promise.reject(new Error("no such thing")) }).wrapped;
  expect(await codeOf(() => new R2Storage({ bucket: broken }).read("key"))).toBe("STORAGE");
});

test("an etag of another storage, whatever it looks like, keeps no holder of the lock from writing", async () => {
  for (const etag of ["abc.9007199254740991.x", `${"0".repeat(32)}.9007199254740991.v`, "1.99999999999999999999.x"]) {
    const storage = new R2Storage({ bucket: r2 });
    const { bytes, metadata } = sample("key");
    await storage.write("key", bytes, { metadata, etag });
    const written = await put(storage, "key", { grant: grantWith("key", 5), found: etag });
    expect(await storage.read("key")).toEqual(written);
    await storage.clear();
  }
});

test("a token that a client put into a record's head brings back no bytes that a late writer has seen", async () => {
  const storage = new R2Storage({ bucket: r2 });
  const claimed = sample("key", { grant: grantWith("key", 6) });
  // without a lock, under the token that the next holder will get
  const { etag: found } = await storage.write("key", claimed.bytes, { metadata: claimed.metadata });
  await storage.fence("key", grantWith("key", 6));
  await storage.write("key", claimed.bytes, { metadata: claimed.metadata });
  expect(await codeOf(() => put(storage, "key", { grant: grantWith("key", 5), found }))).toBe("STALE_LOCK");
  expect((await storage.read("key"))?.bytes).toEqual(claimed.bytes);
});
