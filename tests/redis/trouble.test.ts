import { Redis } from "ioredis";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { StoreEvent } from "../../src/core/events/store-event.ts";
import { UnstorageStorage } from "../../src/integrations/unstorage/index.ts";
import { createResultStore } from "../../src/node/index.ts";
import { put } from "../../src/testing/storages/storage-scene.ts";
import { RedisServer } from "./redis-server.ts";

const redis = await RedisServer.start();
afterAll(() => redis[Symbol.asyncDispose]());

/** The settings of ioredis that the documentation names. A script calls before it is connected. */
const forScripts = { maxRetriesPerRequest: 0, socketTimeout: 1_000 };
const forServers = { ...forScripts, preConnect: true, enableOfflineQueue: false };

/** A store over a connection of its own, which has read the record "k". */
async function openStore(options: typeof forScripts) {
  const driver = redis.open(options);
  const client = driver.getInstance!() as Redis;
  // without a listener, ioredis writes each failed connection to the console
  client.on("error", () => {});
  await vi.waitFor(() => expect(client.status).toBe("ready"));
  const events: StoreEvent[] = [];
  const store = createResultStore({
    resultStorage: new UnstorageStorage({ driver, exclusive: false }),
    cacheResultInMemory: false,
    onEvent: (event) => events.push(event),
  });
  await store.write("k", "kept");
  return { store, client, events };
}

describe.each([
  ["a server", forServers],
  ["a script", forScripts],
])("%s", (_who, options) => {
  test.each([
    ["killed", () => redis.kill(), () => redis.run()],
    ["stopped", async () => redis.signal("SIGSTOP"), async () => redis.signal("SIGCONT")],
  ])("computes while its Redis is %s, and reads its records again later", async (_how, end, begin) => {
    const { store, client, events } = await openStore(options);
    await end();
    expect(await store.answer("k", () => "meanwhile")).toMatchObject({ value: "meanwhile", source: "computed" });
    expect(events).toContainEqual(expect.objectContaining({ type: "write-error" }));
    await begin();
    await vi.waitFor(() => expect(client.status).toBe("ready"));
    // a write that was reported as failed doesn't come late
    expect(await store.answer("k", () => "no")).toMatchObject({ value: "kept", source: "storage" });
  });
});

test("Redis drops a record once it may not be served stale either", async () => {
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  const storage = new UnstorageStorage({ driver: redis.open({ base: "ttl" }), exclusive: false });
  await put(storage, "never");
  await put(storage, "soon", { expiration: new Date(Date.now() + 60_000), staleFor: 40_000 });
  expect(await client.ttl("ttl:k-never")).toBe(-1);
  expect(await client.ttl("ttl:k-soon")).toBeGreaterThan(60);
  const store = createResultStore({ resultStorage: storage });
  await store.write("expired", 1, { expiresIn: "1d" });
  await store.invalidate("expired", { mode: "expire" });
  expect(await client.ttl("ttl:k-expired")).toBeLessThanOrEqual(60);
  expect(await client.ttl("ttl:k-expired")).toBeGreaterThan(0);
  await put(storage, "now", { expiration: new Date(Date.now() + 100) });
  await vi.waitFor(async () => expect(await client.exists("ttl:k-now")).toBe(0));
  expect(await storage.read("now")).toBeUndefined();
});

test("a Redis without room refuses a write with StorageQuotaError, and keeps what it has", async () => {
  const client = new Redis(redis.url);
  onTestFinished(async () => {
    await client.config("SET", "maxmemory", "0");
    client.disconnect();
  });
  const storage = new UnstorageStorage({ driver: redis.open({ base: "full" }), exclusive: false });
  const { bytes } = await put(storage, "k");
  await client.config("SET", "maxmemory", "1");
  await expect(put(storage, "k")).rejects.toMatchObject({ code: "STORAGE_QUOTA" });
  expect((await storage.read("k"))?.bytes).toEqual(bytes);
  expect(await storage.delete("k")).toBe(true);
});
