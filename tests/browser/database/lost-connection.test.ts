import { afterEach, describe, expect, test, vi } from "vitest";
import { server } from "vitest/browser";
import { toRow } from "../../../src/browser/database/record-row.ts";
import { ResultDatabase, scopes } from "../../../src/browser/database/result-database.ts";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { freshName, promisify, spyOnConnections } from "../storage/indexed-db-tools.ts";
import { createMetadata } from "../store/store-tools.ts";
import {
  abortOnceAsked,
  abortTooLate,
  abortTransactions,
  closeAsOneBegins,
  closeByForce,
  killConnections,
  lost,
  loseAnswer,
} from "./lost-connections.ts";

afterEach(() => void vi.restoreAllMocks());

const bytes = new Uint8Array([1, 2, 3]);
const write = (storage: IndexedDbStorage, key: string, options = {}) =>
  storage.write(key, bytes, { metadata: createMetadata(key), ...options });

/** A storage with the records a, b and c, and the connections of this page so far. */
async function createStorage() {
  const name = freshName();
  const connections = spyOnConnections(name);
  const storage = new IndexedDbStorage({ name });
  for (const key of ["a", "b", "c"]) await write(storage, key);
  return { name, storage, connections };
}

const everyUse: Record<string, (storage: IndexedDbStorage, name: string) => Promise<unknown>> = {
  read: async (storage) => expect(await storage.read("a")).toMatchObject({ bytes }),
  head: async (storage) => expect(await storage.head("a")).toBeDefined(),
  readMany: async (storage) => expect(await storage.readMany(["a", "b"])).toHaveLength(2),
  write: (storage) => write(storage, "a"),
  "conditional write": (storage) => write(storage, "new", { ifNoneMatch: "*" }),
  delete: async (storage) => expect(await storage.delete("a")).toBe(true),
  list: async (storage) => expect((await storage.list()).records).toHaveLength(3),
  sweep: async (storage) => expect(await storage.sweep({ now: 1, freeBytes: 6 })).toMatchObject({ evicted: 2 }),
  clear: (storage) => storage.clear(),
  lock: async (storage, name) => {
    const locks = new WebLockManager({ name });
    const grant = (await locks.acquireLock("a", "one", { holdTimeout: 30_000 }))!;
    await write(storage, "a", { grant });
    await locks.renewLock("a", "one", 30_000);
    expect(await locks.isLockHolder("a", "one")).toBe(true);
    await locks.releaseLock("a", "one");
    // it would delete the row of its lease in a later test
    await locks.close();
  },
};

describe.each(Object.entries(everyUse))("a connection that was lost before: %s", (_, use) => {
  test.each(["UnknownError", "InvalidStateError", "AbortError", "NetworkError"])(
    "opens another after %s",
    async (kind) => {
      const { name, storage, connections } = await createStorage();
      killConnections(
        (database) => database === connections[0],
        () => new DOMException("gone", kind),
      );
      await use(storage, name);
      expect(connections).toHaveLength(2);
    },
  );
});

describe.each(Object.entries(everyUse))("a connection that is lost meanwhile: %s", (_, use) => {
  test("begins again on another one", async () => {
    const { name, storage, connections } = await createStorage();
    abortTransactions(1);
    await use(storage, name);
    expect(connections).toHaveLength(2);
  });
});

describe.each(Object.entries(everyUse))(
  "a connection that is closed as a transaction begins, which hears of no end: %s",
  (_, use) => {
    test("begins again on another one", async () => {
      const { name, storage, connections } = await createStorage();
      closeAsOneBegins();
      await use(storage, name);
      expect(connections).toHaveLength(2);
    });
  },
);

// the other engines can't be told to
describe.runIf(server.browser === "chromium")("a connection closed by force, for real", () => {
  test("while records are read, listed and written", async () => {
    const { name, storage, connections } = await createStorage();
    const database = ResultDatabase.open(name);
    // keeps its transaction open until the connection is gone
    const busy = () => {
      let tries = 0;
      return async (transaction: IDBTransaction) => {
        for (tries++; tries === 1;) await promisify(transaction.objectStore("records").openCursor());
      };
    };
    const uses = Promise.all([
      database.run(scopes.readRecords, busy()),
      database.run(scopes.writeRecords, busy()),
      storage.list(),
      write(storage, "d"),
    ]);
    await closeByForce();
    await uses;
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["d"]);
    expect(connections).toHaveLength(2);
  });

  test("between two calls of a store", async () => {
    const store = createResultStore({ name: freshName(), cacheResultInMemory: false });
    await store.write("a", 1);
    await closeByForce();
    expect(await store.getOrCompute("a", () => 2)).toBe(2);
    expect((await store.read("a"))?.result).toBe(2);
    expect(await store.withLock("a", () => "locked")).toBe("locked");
  });
});

test("many calls on one lost connection open one other", async () => {
  const { storage, connections } = await createStorage();
  killConnections((database) => database === connections[0]);
  await Promise.all([
    ...Array.from({ length: 50 }, () => storage.read("a")),
    ...Array.from({ length: 50 }, (_, i) => write(storage, `d/${i}`)),
    storage.list(),
    storage.sweep({ now: 1 }),
  ]);
  expect(connections).toHaveLength(2);
});

test("a request that throws or fails alone counts too", async () => {
  const { storage, connections } = await createStorage();
  vi.spyOn(IDBObjectStore.prototype, "get").mockImplementationOnce(() => {
    throw lost();
  });
  expect(await storage.read("a")).toMatchObject({ bytes });
  vi.spyOn(IDBCursor.prototype, "continue").mockImplementationOnce(() => {
    throw lost();
  });
  expect((await storage.list()).records).toHaveLength(3);
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementationOnce(() => {
    throw lost();
  });
  await write(storage, "d");
  expect(connections).toHaveLength(4);
});

test("a read that has its answer is not repeated when its transaction aborts afterwards", async () => {
  const { name } = await createStorage();
  const database = ResultDatabase.open(name);
  let aborts = 1;
  const counted = vi.fn((transaction: IDBTransaction) => promisify(transaction.objectStore("records").count()));
  const aborting = async (transaction: IDBTransaction) => {
    await promisify(transaction.objectStore("records").count());
    if (aborts-- <= 0) return "repeated";
    Object.defineProperty(transaction, "error", { value: lost() });
    transaction.abort();
    return promisify(transaction.objectStore("records").count());
  };
  const answers = await Promise.all([
    database.run(scopes.readRecords, counted),
    database.run(scopes.readRecords, aborting),
  ]);
  expect(answers).toEqual([3, "repeated"]);
  expect(counted).toHaveBeenCalledTimes(1);
});

test("requests that are never answered end with the transaction", async () => {
  const { storage } = await createStorage();
  vi.spyOn(IDBObjectStore.prototype, "get").mockImplementationOnce(function (this: IDBObjectStore) {
    Object.defineProperty(this.transaction, "error", { value: lost() });
    abortOnceAsked(this.transaction);
    return new EventTarget() as IDBRequest;
  });
  expect(await storage.read("a")).toMatchObject({ bytes });
});

test("an error of any other class that `transaction` throws ends as a typed one, and errors of the work stay as they are", async () => {
  const { name, storage } = await createStorage();
  killConnections(
    () => true,
    () => new TypeError("broken"),
  );
  await expect(storage.read("a")).rejects.toMatchObject({ code: "STORAGE", cause: { message: "broken" } });
  vi.restoreAllMocks();
  const own = new TypeError("own");
  const work = () => {
    throw own;
  };
  await expect(ResultDatabase.open(name).run(scopes.readRecords, work)).rejects.toBe(own);
});

test("the second loss in a row rejects with a typed error, and the next call opens another connection", async () => {
  const { storage, connections } = await createStorage();
  killConnections((database) => connections.indexOf(database) < 2);
  await expect(storage.read("a")).rejects.toMatchObject({ code: "STORAGE", key: "a", cause: { name: "UnknownError" } });
  expect(await storage.read("a")).toMatchObject({ bytes });
  expect(connections).toHaveLength(3);
  vi.restoreAllMocks();
  abortTransactions(2);
  await expect(write(storage, "a")).rejects.toMatchObject({ code: "STORAGE", key: "a" });
  await write(storage, "a");
});

test.each([
  ["QuotaExceededError", "STORAGE_QUOTA"],
  ["ConstraintError", "STORAGE"],
])("an abort with %s is no lost connection", async (kind, code) => {
  const { storage, connections } = await createStorage();
  abortTransactions(1, () => new DOMException("no", kind));
  await expect(write(storage, "a")).rejects.toMatchObject({ code });
  expect(connections).toHaveLength(1);
});

test("an abort by the work itself is no lost connection, and neither is a caller that gave up", async () => {
  const { name, connections } = await createStorage();
  const database = ResultDatabase.open(name);
  const work = vi.fn((transaction: IDBTransaction) => transaction.abort());
  await expect(database.run(scopes.writeRecords, work)).rejects.toMatchObject({ code: "STORAGE" });
  expect(work).toHaveBeenCalledTimes(1);
  expect(connections).toHaveLength(1);

  const controller = new AbortController();
  const abandoned = vi.fn(() => controller.abort(new Error("enough")));
  abortTransactions(1);
  const { signal } = controller;
  await expect(database.run(scopes.writeRecords, abandoned, { signal })).rejects.toThrow("enough");
  await database.run(scopes.writeRecords, () => {});
  expect(abandoned).toHaveBeenCalledTimes(1);
});

describe("a write that was kept although its answer was lost", () => {
  test("is no failure for its conditions", async () => {
    const { storage } = await createStorage();
    loseAnswer();
    const first = await write(storage, "new", { ifNoneMatch: "*" });
    vi.restoreAllMocks();
    loseAnswer();
    const second = await write(storage, "new", { ifMatch: first.etag });
    expect((await storage.read("new"))?.etag).toBe(second.etag);
  });

  test("is no failure for a lease that ended meanwhile", async () => {
    const { name, storage } = await createStorage();
    const locks = new WebLockManager({ name });
    const grant = (await locks.acquireLock("a", "one"))!;
    const other = await promisify(indexedDB.open(name));
    loseAnswer(async () => {
      const transaction = other.transaction("leases", "readwrite");
      transaction.objectStore("leases").delete("a");
      await new Promise((resolve) => (transaction.oncomplete = resolve));
    });
    const { etag } = await write(storage, "a", { grant });
    expect((await storage.read("a"))?.etag).toBe(etag);
    other.close();
  });

  test("is no failure for what ran beside a refused write", async () => {
    const { storage } = await createStorage();
    const since = await storage.begin("a");
    await Promise.all([storage.delete("a"), write(storage, "b", {})]);
    loseAnswer(async () => {}, 1);
    const outcomes = Promise.allSettled([storage.delete("b"), write(storage, "a", { since }), write(storage, "c", {})]);
    expect(await outcomes).toMatchObject([
      { value: true },
      { reason: { code: "INVALIDATED" } },
      { status: "fulfilled" },
    ]);
  });

  test("does not replace what came after it: conditions still hold", async () => {
    const { name, storage } = await createStorage();
    const other = await promisify(indexedDB.open(name));
    loseAnswer(async () => {
      const transaction = other.transaction("records", "readwrite");
      transaction.objectStore("records").delete("new");
      const row = toRow("new", bytes, createMetadata("new"), { etag: "other" });
      transaction.objectStore("records").put(row, "new");
      await new Promise((resolve) => (transaction.oncomplete = resolve));
    });
    await expect(write(storage, "new", { ifNoneMatch: "*" })).rejects.toMatchObject({ code: "PRECONDITION_FAILED" });
    expect((await storage.read("new"))?.etag).toBe("other");
    other.close();
  });

  test("a deletion says that there was a record, and spares a newer one", async () => {
    const { name, storage } = await createStorage();
    loseAnswer();
    expect(await storage.delete("a")).toBe(true);
    vi.restoreAllMocks();
    const other = await promisify(indexedDB.open(name));
    loseAnswer(async () => {
      const transaction = other.transaction("records", "readwrite");
      transaction.objectStore("records").put(toRow("b", bytes, createMetadata("b"), { etag: "newer" }), "b");
      await new Promise((resolve) => (transaction.oncomplete = resolve));
    });
    expect(await storage.delete("b")).toBe(true);
    expect((await storage.read("b"))?.etag).toBe("newer");
    expect(await storage.delete("none")).toBe(false);
    other.close();
  });

  test("a sweep counts what its first try has deleted", async () => {
    const { storage } = await createStorage();
    loseAnswer();
    expect(await storage.sweep({ now: 1, freeBytes: 1e6 })).toEqual({ expired: 0, evicted: 3 });
  });

  test("a lock knows its own lease again, and keeps its token", async () => {
    const { name } = await createStorage();
    const locks = new WebLockManager({ name });
    loseAnswer();
    const begun = vi.spyOn(navigator.locks, "query");
    const { token } = (await locks.acquireLock("k", "one", { holdTimeout: 30_000 }))!;
    expect(begun).not.toHaveBeenCalled();
    const { token: renewed } = await locks.renewLock("k", "one", 30_000);
    expect(renewed).toBe(token);
    await locks.close();
  });
});

test("a refused write whose transaction is over already holds up no other", async () => {
  const { storage } = await createStorage();
  const since = await storage.begin("a");
  await storage.delete("a");
  abortTooLate();
  const outcomes = Promise.allSettled([write(storage, "a", { since }), write(storage, "b", {})]);
  expect(await outcomes).toMatchObject([{ reason: { code: "INVALIDATED" } }, { status: "fulfilled" }]);
  await write(storage, "c", {});
  expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["b", "c"]);
});
