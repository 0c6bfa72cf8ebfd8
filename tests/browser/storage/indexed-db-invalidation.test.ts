import { afterEach, describe, expect, test, vi } from "vitest";
import { ResultDatabase, scopes } from "../../../src/browser/database/result-database.ts";
import { toRow } from "../../../src/browser/database/record-row.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { forgetInvalidations } from "../../../src/browser/storage/invalidation-table.ts";
import { expectRecord, put, sample, stateOf } from "../../../src/testing/storages/storage-scene.ts";
import { abortTransactions, loseAnswer } from "../database/lost-connections.ts";
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
const refused = { status: "rejected", reason: { code: "INVALIDATED" } };
const kept = { status: "fulfilled" };

async function rowsOf({ name }: IndexedDbStorage): Promise<{ target: unknown; mode?: string }[]> {
  const raw = await openRaw(name);
  const rows = await promisify(raw.transaction("invalidations").objectStore("invalidations").getAll());
  raw.close();
  return rows as { target: unknown; mode?: string }[];
}

describe("operations of one transaction keep their order", () => {
  test("a computed value is refused after a deletion, and deleted before one", async () => {
    const storage = newStorage();
    const [one, two] = [await storage.begin("a"), await storage.begin("b")];
    const transactions = spyOnTransactions();
    const outcomes = await Promise.allSettled([
      storage.delete("a"),
      put(storage, "a", { since: one }),
      put(storage, "b", { since: two }),
      storage.delete("b"),
    ]);
    // the first is undone for the write that is refused
    expect(transactions).toHaveBeenCalledTimes(2);
    expect(outcomes).toMatchObject([{ value: false }, refused, kept, { value: true }]);
    expect((await storage.list()).records).toEqual([]);
  });

  test("a write by hand stays after a deletion and after a computed value, whose turn came before", async () => {
    const storage = newStorage();
    const [one, two] = [await storage.begin("a"), await storage.begin("b")];
    const outcomes = await Promise.allSettled([
      put(storage, "a", { since: one }),
      storage.delete("a"),
      put(storage, "a"),
      put(storage, "b"),
      put(storage, "b", { since: two }),
    ]);
    expect(outcomes).toMatchObject([kept, { value: true }, kept, kept, refused]);
    expect((await storage.list()).records).toHaveLength(2);
  });

  test("of computations that end at once, the first is kept", async () => {
    const storage = newStorage();
    const since = await storage.begin("k");
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => put(storage, "k", { since })));
    expect(outcomes).toMatchObject([kept, refused, refused]);
  });

  test("a computed value and a computation that replaces it: the later one is kept", async () => {
    const storage = newStorage();
    const early = await storage.begin("k");
    const [value, since] = await Promise.allSettled([
      put(storage, "k", { since: early }),
      storage.begin("k", { replaces: true }),
    ]);
    expect([value, since]).toMatchObject([kept, kept]);
    await put(storage, "k", { since: (since as PromiseFulfilledResult<string>).value });
  });

  test("what expires and is deleted at once does not come back", async () => {
    const storage = newStorage();
    const now = Date.now();
    const deletions = [() => storage.invalidate({ tags: ["x"] }, { mode: "delete", now }), () => storage.clear()];
    for (const remove of deletions) {
      await put(storage, "k", { tags: ["x"] });
      const expire = () => storage.invalidate({ tags: ["x"] }, { mode: "expire", now });
      await Promise.all([expire(), remove(), expire()]);
      expect(await storage.read("k")).toBeUndefined();
    }
  });

  test("a deletion of many keys is one invalidation, and says of a key that is named twice what it found", async () => {
    const storage = newStorage();
    await put(storage, "a");
    expect(await storage.deleteMany(["a", "b", "a"])).toEqual([true, false, false]);
    expect((await rowsOf(storage)).at(-1)).toMatchObject({ target: { keys: ["a", "b", "a"] }, mode: "delete" });
  });
});

describe("what a computation costs", () => {
  test("beginning and keeping 1,000 takes one transaction each, and reads no body", async () => {
    const storage = newStorage();
    const keys = keysOf(1_000);
    await put(storage, keys[0]!);
    const [transactions, bodyReads] = [spyOnTransactions(), spyOnBodyReads()];
    const began = await Promise.all(keys.map((key) => storage.begin(key)));
    await Promise.all(keys.map((key, index) => put(storage, key, { since: began[index]! })));
    expect(transactions).toHaveBeenCalledTimes(2);
    expect(bodyReads()).toEqual([]);
  });
});

describe("large invalidations", () => {
  test("records of 20 MB expire in parts of a few, and those that are written meanwhile stay fresh", async () => {
    const storage = newStorage();
    const keys = keysOf(20);
    const body = new Uint8Array(1_000_000);
    for (const key of keys) await put(storage, key, { body, tags: ["big"] });
    const since = await storage.begin("new");
    const transactions = spyOnTransactions();
    const begin = transactions.getMockImplementation();
    expect(begin).toBeUndefined();
    const invalidating = storage.invalidate({ tags: ["big"] }, { mode: "expire", now: Date.now() });
    const writing = put(storage, keys.at(-1)!, { tags: ["big"] });
    await Promise.all([invalidating, writing]);
    expect(transactions.mock.calls.length).toBeGreaterThan(4);
    expect(transactions.mock.calls.length).toBeLessThan(10);
    const states = await Promise.all(keys.map((key) => stateOf(storage, key)));
    expect(states).toEqual([...keys.slice(1).map(() => "expired"), "fresh"]);
    await expect(put(storage, "new", { tags: ["big"], since })).rejects.toMatchObject({ code: "INVALIDATED" });
  });

  test.each(["a/", "a\uffff", "\uffff"])("a deletion by the prefix %j spares all other keys", async (prefix) => {
    const storage = newStorage();
    const keys = [
      "a",
      "a.",
      "a/",
      "a/1",
      "a/\uffff",
      "a/\uffff\uffff",
      "a0",
      "a\uffff",
      "a\uffff1",
      "b",
      "\uffff",
      "\uffff\uffff",
    ];
    await Promise.all(keys.map((key) => put(storage, key)));
    await storage.invalidate({ prefix }, { mode: "delete", now: Date.now() });
    const left = (await storage.list()).records.map(({ storageKey }) => storageKey);
    expect(left).toEqual(keys.filter((key) => !key.startsWith(prefix)));
  });

  test("a deletion by prefix asks for all records at once, and one by tags for some at a time", async () => {
    const storage = newStorage();
    await Promise.all(keysOf(600).map((key) => put(storage, key, { tags: [key < "key/00300" ? "low" : "high"] })));
    let [running, most] = [0, 0];
    const remove = IDBObjectStore.prototype.delete;
    const deletions = vi.spyOn(IDBObjectStore.prototype, "delete").mockImplementation(function (
      this: IDBObjectStore,
      key,
    ) {
      const request = remove.call(this, key);
      most = Math.max(most, ++running);
      request.addEventListener("success", () => running--);
      return request;
    });
    await storage.invalidate({ tags: ["low"] }, { mode: "delete", now: Date.now() });
    expect([deletions.mock.calls.length, most]).toEqual([2 * 300, 2 * 200]);
    deletions.mockClear();
    await storage.invalidate({ prefix: "key/" }, { mode: "delete", now: Date.now() });
    expect(deletions).toHaveBeenCalledTimes(2);
    expect((await storage.list()).records).toEqual([]);
  });

  test("a deletion by prefix, tags or all reads no body", async () => {
    const storage = newStorage();
    for (const key of keysOf(30)) await put(storage, key, { tags: [key.at(-1)!] });
    const bodyReads = spyOnBodyReads();
    const now = Date.now();
    for (const target of [{ prefix: "key/0001" }, { tags: ["1", "2"] }])
      await storage.invalidate(target, { mode: "delete", now });
    expect((await storage.list()).records).toHaveLength(16);
    await storage.invalidate("all", { mode: "delete", now });
    expect((await storage.list()).records).toEqual([]);
    expect(bodyReads()).toEqual([]);
  });

  test("a record that can't be read is no obstacle", async () => {
    const storage = newStorage();
    const { metadata } = sample("broken");
    await storage.write("broken", new Uint8Array([1, 2, 3]), { metadata });
    await put(storage, "whole");
    await storage.invalidate("all", { mode: "expire", now: Date.now() });
    expect(await storage.read("broken")).toMatchObject({ bytes: new Uint8Array([1, 2, 3]) });
    expect(await stateOf(storage, "whole")).toBe("expired");
  });
});

describe("invalidations that are forgotten", () => {
  test("refuse what began before them, and nothing that began later", async () => {
    const storage = newStorage();
    const [before, after] = [await storage.begin("k"), await storage.delete("other").then(() => storage.begin("k"))];
    const forget = (time: number) =>
      ResultDatabase.open(storage.name).run(scopes.writeRecords, (transaction) =>
        forgetInvalidations(transaction, time),
      );
    await forget(Date.now() - 1_000);
    await put(storage, "k", { since: before });
    await storage.delete("k");
    const last = await storage.begin("k");
    await forget(Date.now() + 1_000);
    expect(await rowsOf(storage)).toEqual([{ target: "all", at: expect.any(Number) as number }]);
    for (const since of [before, after])
      await expect(put(storage, "k", { since })).rejects.toMatchObject({ code: "INVALIDATED" });
    expect(await storage.lastInvalidation("k")).toBeUndefined();
    await put(storage, "k", { since: last });
    await forget(Date.now() + 1_000);
    await put(storage, "k", { since: await storage.begin("k") });
  });

  test("a sweep forgets those that are older than a day", async () => {
    const storage = newStorage();
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 86_500_000);
    await storage.delete("old");
    clock.mockRestore();
    await storage.delete("new");
    await storage.sweep({ now: Date.now() });
    expect((await rowsOf(storage)).map(({ target }) => target)).toEqual(["all", { keys: ["new"] }]);
  });

  test("beyond 10,000, the oldest are forgotten", async () => {
    const storage = newStorage();
    const before = await storage.begin("k");
    await storage.delete("first");
    // as if many had happened: the next place is a multiple of 1,000
    const place = 1_000 * Math.ceil(Date.now() / 1_000 + 20) - 1;
    const raw = await openRaw(storage.name);
    const invalidations = raw.transaction("invalidations", "readwrite").objectStore("invalidations");
    for (const [far, key] of [
      [12_000, "second"],
      [9_000, "third"],
      [0, "fourth"],
    ] as const)
      // prettier-ignore
      await promisify(invalidations.put({ target: { keys: [key] }, mode: "delete", at: Date.now() }, place - far));
    raw.close();
    const after = await storage.begin("k");
    await storage.delete("fifth");
    const keys = (await rowsOf(storage)).map(({ target }) => target);
    expect(keys).toEqual(["all", ...["third", "fourth", "fifth"].map((key) => ({ keys: [key] }))]);
    await expect(put(storage, "k", { since: before })).rejects.toMatchObject({ code: "INVALIDATED" });
    await put(storage, "k", { since: after });
  });
});

describe("a database that is not the one where the computation began", () => {
  test("one that was deleted meanwhile, as by a logout that clears site data, refuses its value", async () => {
    const storage = newStorage();
    const since = await storage.begin("k");
    await deleteDatabase(storage.name);
    await expect(put(storage, "k", { since })).rejects.toMatchObject({ code: "INVALIDATED" });
    await put(storage, "k", { since: await storage.begin("k") });
  });

  test("one of the version before keeps its records, leases and uses, and keeps invalidations from then on", async () => {
    const storage = newStorage();
    const old = await openFirstVersion(storage.name);
    const { bytes, metadata } = sample("old", { expiration: new Date(1_900_000_000_000) });
    const head = {
      etag: "e-1",
      length: bytes.length,
      created: 1,
      serializer: metadata.serializer,
      libraryVersion: "0.0.0",
    };
    const changes = old.transaction(["records", "uses"], "readwrite");
    changes
      .objectStore("records")
      .put({ head: ["old", JSON.stringify(head)], etag: "e-1", bytes: bytes.buffer }, "old");
    changes.objectStore("uses").put(5, "old");
    await new Promise((resolve) => (changes.oncomplete = resolve));
    old.close();
    await expectRecord(storage, "old", { bytes, etag: "e-1" });
    expect((await storage.list()).records).toMatchObject([{ storageKey: "old", etag: "e-1" }]);
    const since = await storage.begin("old");
    await put(storage, "new", { tags: ["x"] });
    await storage.invalidate({ tags: ["x"] }, { mode: "delete", now: Date.now() });
    await storage.invalidate({ prefix: "o" }, { mode: "expire", now: Date.now() });
    expect([await stateOf(storage, "old"), await stateOf(storage, "new")]).toEqual(["expired", "gone"]);
    await expect(put(storage, "old", { since })).rejects.toMatchObject({ code: "INVALIDATED" });
  });

  test("a tab with the version before does not hold the upgrade up", async () => {
    const storage = newStorage();
    const old = await openFirstVersion(storage.name);
    old.onversionchange = () => old.close();
    await put(storage, "k", { since: await storage.begin("k") });
  });
});

/** As this library's first version created it. */
function openFirstVersion(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("records").createIndex("heads", "head");
    request.result.createObjectStore("uses");
    request.result.createObjectStore("leases");
  };
  return promisify(request);
}

describe("a change whose answer was lost with the connection", () => {
  test("a computed value that was kept is not refused by itself, nor by what came later", async () => {
    const storage = newStorage();
    const since = await storage.begin("k");
    loseAnswer();
    const { etag } = await put(storage, "k", { since });
    expect((await storage.read("k"))?.etag).toBe(etag);
  });

  test("a computed value that was kept and deleted meanwhile is not brought back", async () => {
    const storage = newStorage();
    const since = await storage.begin("k");
    const other = await openRaw(storage.name);
    loseAnswer(async () => {
      const transaction = other.transaction(["records", "invalidations"], "readwrite");
      transaction.objectStore("records").delete("k");
      transaction.objectStore("invalidations").add({ target: { keys: ["k"] }, mode: "delete", at: Date.now() });
      await new Promise((resolve) => (transaction.oncomplete = resolve));
    });
    await expect(put(storage, "k", { since })).rejects.toMatchObject({ code: "INVALIDATED" });
    expect(await storage.read("k")).toBeUndefined();
    other.close();
  });

  test("a deletion by prefix spares a record that was written in between", async () => {
    const storage = newStorage();
    await put(storage, "a/1");
    await put(storage, "a/2");
    const now = Date.now();
    const other = await openRaw(storage.name);
    const { bytes, metadata } = sample("a/1");
    const row = toRow("a/1", bytes, { ...metadata, createdAt: new Date(now + 1) }, { etag: "newer" });
    loseAnswer(async () => {
      const transaction = other.transaction("records", "readwrite");
      transaction.objectStore("records").put(row, "a/1");
      await new Promise((resolve) => (transaction.oncomplete = resolve));
    });
    await storage.invalidate({ prefix: "a/" }, { mode: "delete", now });
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["a/1"]);
    other.close();
  });

  test.each(["delete", "expire"] as const)(
    "an invalidation, %s, spares a record that was written in between",
    async (mode) => {
      const storage = newStorage();
      await put(storage, "a", { tags: ["x"] });
      await put(storage, "b", { tags: ["x"] });
      const other = await openRaw(storage.name);
      const { bytes, metadata } = sample("a", { tags: ["x"] });
      const row = toRow("a", bytes, metadata, { etag: "newer" });
      loseAnswer(async () => {
        const transaction = other.transaction("records", "readwrite");
        transaction.objectStore("records").put(row, "a");
        await new Promise((resolve) => (transaction.oncomplete = resolve));
      });
      await storage.invalidate({ tags: ["x"] }, { mode, now: Date.now() });
      expect((await storage.read("a"))?.etag).toBe("newer");
      expect(await stateOf(storage, "b")).toBe(mode === "delete" ? "gone" : "expired");
      other.close();
    },
  );

  test("a computation begins on another connection", async () => {
    const storage = newStorage();
    await put(storage, "k");
    for (const replaces of [false, true]) {
      abortTransactions(1);
      const since = await storage.begin("k", { replaces });
      vi.restoreAllMocks();
      await put(storage, "k", { since });
    }
  });
});
