import { expect, onTestFinished, test } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { writeRows, type HostileRow } from "./hostile-rows.ts";
import { deleteDatabase, freshName } from "./indexed-db-tools.ts";
import { createMetadata } from "../store/store-tools.ts";

// Rows that another script of the origin wrote.

const bytes = Uint8Array.of(1, 2, 3);

async function open(...rows: HostileRow[]) {
  const name = freshName();
  const parts = { storage: new IndexedDbStorage({ name }), locks: new WebLockManager({ name }) };
  onTestFinished(async () => {
    await Promise.all([parts.storage.close(), parts.locks.close()]);
    await deleteDatabase(name);
  });
  await parts.storage.write("good", bytes, { metadata: createMetadata("good") });
  await writeRows(name, rows);
  return parts;
}

const record = (head: unknown, more: object = {}): HostileRow => ({
  store: "records",
  key: "bad",
  value: { head, etag: "e", bytes: bytes.buffer, ...more },
});

test.each([
  ["no JSON", ["bad", "{"]],
  ["no object", ["bad", "null"]],
  ["no time", ["bad", '{"etag":"e","length":3,"serializer":{"type":"json"},"libraryVersion":"0"}']],
  ["another key", ["good", '{"etag":"f","length":3,"created":5,"serializer":{"type":"json"},"libraryVersion":"0"}']],
])("a head that is %s hides no other record, and its row can be replaced and deleted", async (_, head) => {
  const { storage } = await open(record(head));
  expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["good"]);
  expect(await storage.sweep({ now: Date.now() })).toEqual({ expired: 0, evicted: 0 });
  await storage.delete("bad");
  expect(await storage.read("bad")).toBeUndefined();
  await storage.write("bad", bytes, { metadata: createMetadata("bad"), ifNoneMatch: "*" });
  expect(await storage.head("bad")).toBeDefined();
});

test("bytes that are none are those of an unreadable record, and take no memory", async () => {
  const { storage } = await open(record(["bad", "{}"], { bytes: 2 ** 40 }));
  expect((await storage.read("bad"))?.bytes).toEqual(new Uint8Array());
});

test.each([
  ["is no object", 1, null],
  ["has no target", 1e15, { target: { keys: 5 }, mode: "delete", at: 5 }],
  ["has a fraction for a place", 1e15 + 0.5, { target: "all", mode: "delete", at: 0 }],
  ["has no place", "x", { target: "all", mode: "delete", at: 5 }],
])("an invalidation that %s refuses no later write", async (_, key, value) => {
  const { storage } = await open({ store: "invalidations", key, value });
  const since = await storage.begin("k");
  await storage.write("k", bytes, { metadata: createMetadata("k"), since });
  await storage.lastInvalidation("k");
  await storage.sweep({ now: Date.now() });
});

test.each([
  ["is no lease", "x"],
  ["has a token without a successor", { holder: "h", token: 2 ** 53, expiresAt: 0 }],
  ["is a mark without an end", { holder: "h", token: 1, expiresAt: Infinity, taking: true }],
])("a lease row that %s doesn't keep others from the lock", async (_, value) => {
  const { locks } = await open({ store: "leases", key: "k", value });
  const grant = await locks.acquireLock("k", "me", { acquireTimeout: 2_000 });
  expect(grant?.token).toBeLessThan(2 ** 53);
});

test("a time of use that is none keeps no sweep from its end", async () => {
  const { storage } = await open({ store: "uses", key: "good", value: 5n });
  expect(await storage.sweep({ now: Date.now(), freeBytes: 1 })).toEqual({ expired: 0, evicted: 1 });
});
