import { afterEach, describe, expect, test, vi } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage, type IndexedDbStorageOptions } from "../../../src/browser/storage/indexed-db-storage.ts";
import { put } from "../../../src/testing/storages/storage-scene.ts";
import { freshName, openRaw, promisify, spyOnTransactions } from "./indexed-db-tools.ts";

afterEach(() => void vi.restoreAllMocks());

const now = Date.now();
const body = new Uint8Array(1_000);
const newStorage = (options?: IndexedDbStorageOptions) => new IndexedDbStorage({ name: freshName(), ...options });
const keysIn = async (storage: IndexedDbStorage) => (await storage.list()).records.map(({ storageKey }) => storageKey);
/** Records a minute apart, the first one the oldest. */
const putAll = (storage: IndexedDbStorage, keys: readonly string[]) =>
  Promise.all(
    keys.map((key, index) => put(storage, key, { body, createdAt: new Date(now - 3_600_000 + index * 60_000) })),
  );

/** What the database has noted of uses. */
async function usesOf({ name }: IndexedDbStorage): Promise<IDBValidKey[]> {
  const raw = await openRaw(name);
  const keys = await promisify(raw.transaction("uses").objectStore("uses").getAllKeys());
  raw.close();
  return keys;
}

describe("a budget", () => {
  test("the oldest go until the rest fits, and no more than needed", async () => {
    const storage = newStorage({ maxBytes: 4_000 });
    await putAll(storage, ["e", "d", "c", "b", "a"]);
    expect(await storage.sweep({ now })).toEqual({ expired: 0, evicted: 2 });
    expect(await keysIn(storage)).toEqual(["a", "b", "c"]);
    expect(await storage.sweep({ now })).toEqual({ expired: 0, evicted: 0 });
  });

  test("without one nothing goes", async () => {
    const storage = newStorage();
    await putAll(storage, ["a", "b"]);
    expect(await storage.sweep({ now })).toEqual({ expired: 0, evicted: 0 });
  });

  test("what was read lately stays, also when another tab sweeps after this one has closed", async () => {
    const storage = newStorage();
    await putAll(storage, ["a", "b", "c", "d"]);
    await storage.read("a");
    await storage.close();
    const other = new IndexedDbStorage({ name: storage.name, maxBytes: 3_000 });
    expect(await other.sweep({ now })).toEqual({ expired: 0, evicted: 2 });
    expect(await keysIn(other)).toEqual(["a", "d"]);
  });

  test("what was read in this tab stays", async () => {
    const storage = newStorage({ maxBytes: 2_000 });
    await putAll(storage, ["a", "b", "c"]);
    await storage.read("a");
    await storage.sweep({ now });
    expect(await keysIn(storage)).toEqual(["a"]);
  });

  test("expired records go first and count for the room that is asked for", async () => {
    const storage = newStorage();
    await putAll(storage, ["a", "b", "c"]);
    await put(storage, "expired", { body, expiration: new Date(now) });
    expect(await storage.sweep({ now, freeBytes: 1_000 })).toEqual({ expired: 1, evicted: 0 });
    expect(await storage.sweep({ now, freeBytes: 1_500 })).toEqual({ expired: 0, evicted: 2 });
    expect(await keysIn(storage)).toEqual(["c"]);
    expect(await storage.sweep({ now, freeBytes: Infinity })).toEqual({ expired: 0, evicted: 1 });
  });
});

describe("the sweep itself", () => {
  test("takes thousands in pieces, so that others get their turn", async () => {
    const storage = newStorage();
    const keys = Array.from({ length: 2_100 }, (_, index) => `${index}`);
    await Promise.all(keys.map((key, index) => put(storage, key, index % 2 ? {} : { expiration: new Date(0) })));
    const transactions = spyOnTransactions();
    expect(await storage.sweep({ now })).toEqual({ expired: 1_050, evicted: 0 });
    expect(transactions.mock.calls.length).toBeGreaterThan(5);
    expect(await storage.sweep({ now })).toEqual({ expired: 0, evicted: 0 });
  });

  test("spares what was written since it looked", async () => {
    const storage = newStorage();
    await put(storage, "key", { expiration: new Date(0) });
    const begin = IDBDatabase.prototype.transaction;
    const fresh = {
      head: ["key", JSON.stringify({ etag: "fresh", length: 1, created: now })],
      etag: "fresh",
      bytes: new ArrayBuffer(1),
    };
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (this: IDBDatabase, ...args) {
      // another tab writes just before the sweep deletes
      if (args[1] === "readwrite") begin.call(this, "records", "readwrite").objectStore("records").put(fresh, "key");
      return begin.apply(this, args);
    });
    expect(await storage.sweep({ now })).toEqual({ expired: 0, evicted: 0 });
    vi.restoreAllMocks();
    expect((await storage.read("key"))?.etag).toBe("fresh");
  });
});

describe("uses", () => {
  test("a read writes nothing, and no body again", async () => {
    const storage = newStorage();
    await put(storage, "key");
    const transactions = spyOnTransactions();
    await storage.read("key");
    expect(transactions.mock.calls.map(([, mode]) => mode)).toEqual(["readonly"]);
    expect(await usesOf(storage)).toEqual([]);
  });

  test("are written down when the page is hidden, since it may never come back", async () => {
    const storage = newStorage();
    await put(storage, "key");
    await storage.read("key");
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.waitFor(async () => expect(await usesOf(storage)).toEqual(["key"]));
  });

  test("of records that are gone go with the next sweep", async () => {
    const storage = newStorage();
    await Promise.all(["a", "b"].map((key) => put(storage, key)));
    await storage.readMany(["a", "b"]);
    await storage.sweep({ now });
    await storage.delete("a");
    expect(await usesOf(storage)).toEqual(["a", "b"]);
    await storage.sweep({ now });
    expect(await usesOf(storage)).toEqual(["b"]);
    await storage.clear();
    expect(await usesOf(storage)).toEqual([]);
  });
});

describe("leases", () => {
  const day = 86_400_000;

  /** Puts rows of leases beside a record, as tabs that were closed left them. */
  async function withLeases(rows: Readonly<Record<string, unknown>>): Promise<IndexedDbStorage> {
    const storage = newStorage();
    await put(storage, "record");
    const raw = await openRaw(storage.name);
    const leases = raw.transaction("leases", "readwrite").objectStore("leases");
    await Promise.all(Object.entries(rows).map(([key, row]) => promisify(leases.put(row, key))));
    raw.close();
    return storage;
  }

  async function leasesOf({ name }: IndexedDbStorage): Promise<IDBValidKey[]> {
    const raw = await openRaw(name);
    const keys = await promisify(raw.transaction("leases").objectStore("leases").getAllKeys());
    raw.close();
    return keys;
  }

  const isLeasesAlone = (stores: string | Iterable<string>) => Array.from(stores).join() === "leases";
  const lease = (expiresAt: number) => ({ holder: "tab:1/compute", token: 1, expiresAt });

  test("go with a sweep once they have been over for a day, and other rows stay", async () => {
    const storage = await withLeases({
      "over for a day": lease(now - day),
      "over for an hour": lease(now - 3_600_000),
      "not over": lease(now + 30_000),
      "without an end": lease(Infinity),
      "no lease": { expiresAt: 0 },
    });
    expect(await storage.sweep({ now })).toEqual({ expired: 0, evicted: 0 });
    expect(await leasesOf(storage)).toEqual(["no lease", "not over", "over for an hour", "without an end"]);
  });

  test("go by the thousand, in pieces", async () => {
    const rows = Array.from({ length: 1_100 }, (_, index) => [`${index}`, lease(index % 100 ? 0 : Infinity)]);
    const storage = await withLeases(Object.fromEntries(rows) as Record<string, unknown>);
    const transactions = spyOnTransactions();
    await storage.sweep({ now });
    expect(transactions.mock.calls.filter(([stores]) => isLeasesAlone(stores))).toHaveLength(3);
    expect(await leasesOf(storage)).toHaveLength(11);
  });

  test("that a sleeping tab still counts on are lost, so its write is refused and the next caller has a larger token", async () => {
    const { name } = await withLeases({});
    const storage = new IndexedDbStorage({ name });
    const asleep = new WebLockManager({ name, now: () => now - 2 * day });
    const grant = await asleep.acquireLock("key", "asleep", { holdTimeout: 30_000 });
    await vi.waitFor(async () => expect(await leasesOf(storage)).toEqual(["key"]));
    await storage.sweep({ now });
    expect(await leasesOf(storage)).toEqual([]);
    const late = put(storage, "key", { grant: grant! });
    await expect(late).rejects.toMatchObject({ code: "STALE_LOCK" });
    const next = await new WebLockManager({ name }).acquireLock("key", "next", { acquireTimeout: 10_000 });
    expect(next).toMatchObject({ takenOver: true });
    expect(next!.token).toBeGreaterThan(grant!.token);
    await vi.waitFor(() => expect(grant!.signal.aborted).toBe(true));
  });
});
