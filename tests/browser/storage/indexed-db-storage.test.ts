import { afterEach, describe, expect, test, vi } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import type { LeaseRow } from "../../../src/browser/database/lease-row.ts";
import { ResultDatabase, scopes } from "../../../src/browser/database/result-database.ts";
import { expectRecord, grantWith, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import {
  deleteDatabase,
  freshName,
  openRaw,
  promisify,
  spyOnBodyReads,
  spyOnTransactions,
} from "./indexed-db-tools.ts";

afterEach(() => void vi.restoreAllMocks());

const newStorage = () => new IndexedDbStorage({ name: freshName() });
const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `key/${String(index).padStart(5, "0")}`);

describe("transactions", () => {
  test("1,000 writes, reads, heads or deletions at once take one transaction each", async () => {
    const storage = newStorage();
    const keys = keysOf(1_000);
    const transactions = spyOnTransactions();
    const counts: number[] = [];
    const operations: ((key: string) => Promise<unknown>)[] = [
      (key) => put(storage, key),
      (key) => storage.read(key),
      (key) => storage.head(key),
      (key) => storage.delete(key),
    ];
    for (const operation of operations) {
      await Promise.all(keys.map(operation));
      counts.push(transactions.mock.calls.length);
    }
    expect(counts).toEqual([1, 2, 3, 4]);
  });

  test("1,000 writes that trickle in while the first is written take few", async () => {
    const storage = newStorage();
    await storage.read("key"); // while the database opens, everything gathers anyway
    const transactions = spyOnTransactions();
    const hops = async (count: number) => {
      for (let hop = 0; hop < count; hop++) await Promise.resolve();
    };
    await Promise.all(keysOf(1_000).map((key, index) => hops(index).then(() => put(storage, key))));
    expect(transactions.mock.calls.length).toBeLessThanOrEqual(4);
  });

  test("head, list and sweep read no body", async () => {
    const storage = newStorage();
    await Promise.all(keysOf(20).map((key) => put(storage, key)));
    await storage.read("key/00000");
    const bodyReads = spyOnBodyReads();
    expect(await storage.head("key/00001")).toBeDefined();
    expect((await storage.list()).records).toHaveLength(20);
    expect(await storage.sweep({ now: 0, freeBytes: 1 })).toEqual({ expired: 0, evicted: 1 });
    await put(storage, "key/00005", { ifMatch: (await storage.head("key/00005"))?.etag });
    expect(bodyReads()).toEqual([]);
    await storage.read("key/00005");
    expect(bodyReads()).toEqual(["get"]);
  });

  test("durability is what was asked for", async () => {
    const transactions = spyOnTransactions();
    await put(newStorage(), "key");
    await put(new IndexedDbStorage({ name: freshName(), durability: "strict" }), "key");
    expect(transactions.mock.calls.map(([, , options]) => options?.durability)).toEqual(["relaxed", "strict"]);
  });
});

test.each(["200MB", -1, Number.NaN])("a budget of %s can't be meant", (maxBytes) => {
  expect(() => new IndexedDbStorage({ maxBytes: maxBytes as number })).toThrow(/^maxBytes has to be/);
});

describe("operations of one transaction", () => {
  test("of two deletions of one record, one says that there was something to delete", async () => {
    const storage = new IndexedDbStorage({ name: freshName() });
    const { bytes, metadata } = sample("k");
    const [, ...deleted] = await Promise.all([
      storage.write("k", bytes, { metadata }),
      storage.delete("k"),
      storage.delete("k"),
    ]);
    expect(deleted).toEqual([true, false]);
  });

  test("a write that fails at once is not taken for done by its neighbours", async () => {
    const storage = new IndexedDbStorage({ name: freshName() });
    const { bytes, metadata } = sample("k");
    const detached = new Uint8Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const [failed, deleted, created] = await Promise.allSettled([
      storage.write("k", detached, { metadata }),
      storage.delete("k"),
      storage.write("k", bytes, { metadata, ifNoneMatch: "*" }),
    ]);
    expect(failed).toMatchObject({ reason: { code: "STORAGE" } });
    expect(deleted).toMatchObject({ value: false });
    expect(created.status).toBe("fulfilled");
  });
});

describe("bytes", () => {
  test("what lies in the database is the record and not the buffer that it was a part of", async () => {
    const storage = newStorage();
    const { bytes, metadata } = sample("key");
    const buffer = new Uint8Array(bytes.length + 4_096);
    buffer.set(bytes, 5);
    await storage.write("key", buffer.subarray(5, 5 + bytes.length), { metadata });
    const raw = await openRaw(storage.name);
    const row = await promisify(
      raw.transaction("records").objectStore("records").get("key") as IDBRequest<{ bytes: ArrayBuffer }>,
    );
    expect(row.bytes.byteLength).toBe(bytes.length);
    raw.close();
  });

  test("what is read begins at a multiple of 8 of its buffer, so that it can be viewed", async () => {
    const storage = newStorage();
    await put(storage, "key");
    expect((await storage.read("key"))?.bytes.byteOffset).toBe(0);
  });

  test("list pages are of 1,000 unless asked otherwise", async () => {
    const storage = newStorage();
    await Promise.all(keysOf(1_005).map((key) => put(storage, key)));
    const first = await storage.list();
    expect(first.records).toHaveLength(1_000);
    const second = await storage.list({ cursor: first.cursor });
    expect(second.records.map(({ storageKey }) => storageKey)).toEqual(keysOf(1_005).slice(1_000));
    expect(second.cursor).toBeUndefined();
  });
});

describe("leases in the same database", () => {
  const leased = (storage: IndexedDbStorage, token: number) => ({
    ...grantWith("key", token),
    leasePlace: `indexed-db/${storage.name}`,
  });
  const setLease = (storage: IndexedDbStorage, token: number) =>
    ResultDatabase.open(storage.name).run(scopes.leases, (transaction) => {
      const row: LeaseRow = { holder: `holder-${token}`, token, expiresAt: Infinity };
      transaction.objectStore("leases").put(row, "key");
    });

  test("the holder of the lease on file writes", async () => {
    const storage = newStorage();
    await setLease(storage, 5);
    const written = await put(storage, "key", { grant: leased(storage, 5) });
    await expectRecord(storage, "key", written);
  });

  test("a late writer is refused as soon as the next one holds, though it hasn't written", async () => {
    const storage = newStorage();
    await setLease(storage, 5);
    await setLease(storage, 6);
    await expect(put(storage, "key", { grant: leased(storage, 5) })).rejects.toMatchObject({
      code: "STALE_LOCK",
      key: "key",
    });
    expect(await storage.read("key")).toBeUndefined();
    const written = await put(storage, "key", { grant: leased(storage, 6) });
    await expectRecord(storage, "key", written);
  });

  test("a writer without a lease on file is refused", async () => {
    const storage = newStorage();
    await expect(put(storage, "key", { grant: leased(storage, 5) })).rejects.toMatchObject({ code: "STALE_LOCK" });
    expect(await storage.read("key")).toBeUndefined();
  });

  test("a lease does not stand in for the other conditions", async () => {
    const storage = newStorage();
    await setLease(storage, 5);
    await put(storage, "key");
    const attempt = put(storage, "key", { grant: leased(storage, 5), ifNoneMatch: "*" });
    await expect(attempt).rejects.toMatchObject({ code: "PRECONDITION_FAILED" });
  });

  test("a lease that is checked and one that is taken over at the same time have one order", async () => {
    const storage = newStorage();
    await setLease(storage, 5);
    const [write] = await Promise.allSettled([
      put(storage, "key", { grant: leased(storage, 5) }),
      setLease(storage, 6),
    ]);
    const next = await put(storage, "key", { grant: leased(storage, 6) });
    await expectRecord(storage, "key", next);
    if (write?.status === "rejected") expect(write.reason).toMatchObject({ code: "STALE_LOCK" });
  });
});

describe("other tabs", () => {
  test("one that deletes the database does not hang, and the storage goes on with an empty one", async () => {
    const storage = newStorage();
    await put(storage, "key");
    await deleteDatabase(storage.name);
    expect(await storage.read("key")).toBeUndefined();
    const written = await put(storage, "key");
    await expectRecord(storage, "key", written);
  });

  test("one that upgrades the database does not hang, and the storage says why it can't go on", async () => {
    const storage = newStorage();
    await put(storage, "key");
    const later = await openRaw(storage.name, 99);
    const message = expect.stringContaining("later version") as string;
    await expect(storage.read("key")).rejects.toMatchObject({ code: "STORAGE", message });
    await expect(put(storage, "key")).rejects.toMatchObject({ code: "STORAGE", message });
    later.close();
    await deleteDatabase(storage.name);
    await put(storage, "key");
  });
});
