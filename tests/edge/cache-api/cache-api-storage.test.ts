import { expect, test, vi } from "vitest";
import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../../core/record/record-tools.ts";

const newName = (): string => crypto.randomUUID();
const soon = (milliseconds: number): Date => new Date(Date.now() + milliseconds);

/** What the real cache keeps under the key. */
async function keptIn(name: string, key: string): Promise<Response | undefined> {
  return (await caches.open(name)).match(`https://reprise.invalid/?${encodeURIComponent(key)}`);
}

const lifetimeIn = async (name: string, key: string) => (await keptIn(name, key))?.headers.get("cache-control");

test.each(["maps/1", ".", "..", "a?b#c&d=%20", "ü 😀", "k".repeat(1_024)])(
  "a copy under %j comes back byte for byte, with the etag of its record",
  async (key) => {
    const storage = new CacheApiStorage({ name: newName() });
    const { bytes, metadata } = sample(key);
    expect(await storage.write(key, bytes, { metadata, etag: 'of "R2", ü' })).toEqual({ etag: 'of "R2", ü' });
    expect(await storage.read(key)).toEqual({ bytes, etag: 'of "R2", ü' });
    expect(await storage.delete(key)).toBe(true);
    expect(await storage.delete(key)).toBe(false);
    expect(await storage.read(key)).toBeUndefined();
  },
);

test("a copy lives for copyTtl, and never beyond the record's own end, stale time included", async () => {
  const name = newName();
  const storage = new CacheApiStorage({ name, copyTtl: "1h" });
  await put(storage, "for ever");
  await put(storage, "expires", { expiration: soon(90_500) });
  await put(storage, "stays stale", { expiration: soon(500), staleFor: 60_000 });
  expect(await lifetimeIn(name, "for ever")).toBe("max-age=3600");
  expect(await lifetimeIn(name, "expires")).toBe("max-age=90");
  expect(await lifetimeIn(name, "stays stale")).toBe("max-age=60");
  const byDefault = newName();
  await put(new CacheApiStorage({ name: byDefault }), "key");
  expect(await lifetimeIn(byDefault, "key")).toBe("max-age=60");
});

test("the cache itself drops a copy whose time is over", async () => {
  const storage = new CacheApiStorage({ name: newName(), copyTtl: "1s" });
  await put(storage, "key");
  expect(await storage.read("key")).toBeDefined();
  await expect.poll(() => storage.read("key")).toBeUndefined();
});

test("a record that is over leaves no older copy behind", async () => {
  const name = newName();
  const storage = new CacheApiStorage({ name });
  await put(storage, "key");
  await put(storage, "key", { expiration: new Date(0) });
  expect(await keptIn(name, "key")).toBeUndefined();
});

test("caches of other names have other copies", async () => {
  await put(new CacheApiStorage({ name: newName() }), "key");
  expect(await new CacheApiStorage({ name: newName() }).read("key")).toBeUndefined();
});

test("a response of others in the cache is no copy", async () => {
  const name = newName();
  const headers = { "cache-control": "max-age=60" };
  const cache = await caches.open(name);
  await cache.put("https://reprise.invalid/?key", new Response("garbage", { headers }));
  expect(await new CacheApiStorage({ name }).read("key")).toBeUndefined();
});

test("clear hides the copies of before, and none of after", async () => {
  const storage = new CacheApiStorage({ name: newName() });
  await put(storage, "key");
  await storage.clear();
  expect(await storage.read("key")).toBeUndefined();
  await expect
    .poll(async () => {
      await put(storage, "key");
      return storage.read("key");
    })
    .toBeDefined();
});

test("where there is no Cache API, nothing is kept and nothing fails", async () => {
  vi.stubGlobal("caches", undefined);
  try {
    const storage = new CacheApiStorage({ name: newName() });
    const { etag } = await put(storage, "key");
    expect(etag).toMatch(/./);
    expect(await storage.read("key")).toBeUndefined();
    expect(await storage.delete("key")).toBe(false);
    await storage.clear();
  } finally {
    vi.unstubAllGlobals();
  }
});

test("wrong options and conditions are refused", async () => {
  expect(await codeOf(() => new CacheApiStorage({ name: "" }))).toBe("CONFIGURATION");
  expect(await codeOf(() => new CacheApiStorage({ name: "a", origin: "nowhere" }))).toBe("CONFIGURATION");
  for (const copyTtl of ["500ms", -1, "soon"]) {
    expect(await codeOf(() => new CacheApiStorage({ name: "a", copyTtl }))).toBe("INVALID_ARGUMENT");
  }
  const { bytes, metadata } = sample("key");
  const storage = new CacheApiStorage({ name: newName() });
  for (const condition of [{ ifMatch: "1" }, { ifNoneMatch: "*" }] as const) {
    expect(await codeOf(() => storage.write("key", bytes, { metadata, ...condition }))).toBe("CONFIGURATION");
  }
});
