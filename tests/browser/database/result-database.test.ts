import { afterEach, describe, expect, test, vi } from "vitest";
import { ResultDatabase, scopes } from "../../../src/browser/database/result-database.ts";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { isRepriseError, PreconditionFailedError } from "../../../src/errors/index.ts";
import {
  deleteDatabase,
  freshName,
  openRaw,
  promisify,
  spyOnConnections,
  spyOnTransactions,
} from "../storage/indexed-db-tools.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const put = (key: string, value: unknown) => (transaction: IDBTransaction) =>
  void transaction.objectStore("leases").put(value, key);

const get = (key: string) => (transaction: IDBTransaction) =>
  new Promise((resolve, reject) => {
    const request = transaction.objectStore("leases").get(key);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const codeOf = async (attempt: Promise<unknown>) =>
  attempt.then(
    (value) => ({ value }),
    (error: unknown) => (isRepriseError(error) ? error.code : error),
  );

describe("gathering", () => {
  test("what is asked for at once shares one transaction", async () => {
    const database = ResultDatabase.open(freshName());
    const transactions = spyOnTransactions();
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => database.run(scopes.leases, put(`${i}`, i))));
    expect(transactions).toHaveBeenCalledTimes(1);
    const values = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => database.run(scopes.readLeases, get(`${i}`))),
    );
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(transactions).toHaveBeenCalledTimes(2);
  });

  test("writes asked for while a transaction runs gather for the next one", async () => {
    const database = ResultDatabase.open(freshName());
    const transactions = spyOnTransactions();
    const later: Promise<void>[] = [];
    await database.run(scopes.leases, async (transaction) => {
      await get("a")(transaction);
      for (let i = 0; i < 100; i++) {
        later.push(database.run(scopes.leases, put(`${i}`, i)));
        await get(`${i}`)(transaction);
      }
    });
    await Promise.all(later);
    expect(transactions).toHaveBeenCalledTimes(2);
  });

  test("a write has settled once it can be read by others", async () => {
    const name = freshName();
    await ResultDatabase.open(name).run(scopes.leases, put("a", 1));
    const raw = await openRaw(name);
    const request = raw.transaction("leases").objectStore("leases").get("a");
    await vi.waitFor(() => expect(request.result).toBe(1));
    raw.close();
  });

  test("a stopped tab leaves no write transaction open: it is committed at once", async () => {
    const commit = vi.spyOn(IDBTransaction.prototype, "commit");
    await ResultDatabase.open(freshName()).run(scopes.leases, put("a", 1));
    expect(commit).toHaveBeenCalledTimes(1);
  });

  test("a stopped tab leaves no read transaction open: its end is requested along with the reads", async () => {
    const commit = vi.spyOn(IDBTransaction.prototype, "commit");
    const database = ResultDatabase.open(freshName());
    await database.run(scopes.leases, put("a", 1));
    commit.mockClear();
    const work = vi.fn(async (transaction: IDBTransaction) => {
      const reading = get("a")(transaction);
      const before = commit.mock.calls.length;
      return [await reading, before, commit.mock.calls.length];
    });
    expect(await database.run(scopes.readLeases, work)).toEqual([1, 0, 1]);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test("a read that needs a further request runs again, alone and on the same connection", async () => {
    const name = freshName();
    const database = ResultDatabase.open(name);
    await database.run(scopes.leases, put("a", 1));
    const transactions = spyOnTransactions();
    const twice = vi.fn(async (transaction: IDBTransaction) => [
      await get("a")(transaction),
      await get("a")(transaction),
    ]);
    const once = vi.fn(get("a"));
    const connections = spyOnConnections(name);
    expect(await Promise.all([database.run(scopes.readLeases, twice), database.run(scopes.readLeases, once)])).toEqual([
      [1, 1],
      1,
    ]);
    expect([twice, once].map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
    expect(transactions).toHaveBeenCalledTimes(2);
    expect(connections).toHaveLength(0);
  });

  test("one strict operation makes its transaction strict; relaxed otherwise", async () => {
    const database = ResultDatabase.open(freshName());
    const transactions = spyOnTransactions();
    await database.run(scopes.leases, put("a", 1));
    await Promise.all([
      database.run(scopes.leases, put("a", 1)),
      database.run(scopes.leases, put("b", 2), { durability: "strict" }),
    ]);
    expect(transactions.mock.calls.map(([, , options]) => options?.durability)).toEqual(["relaxed", "strict"]);
  });
});

describe("failures", () => {
  test("a work that rejects before it writes fails alone", async () => {
    const database = ResultDatabase.open(freshName());
    const refused = new PreconditionFailedError("no");
    const outcomes = await Promise.allSettled([
      database.run(scopes.leases, put("a", 1)),
      database.run(scopes.leases, async (transaction) => {
        await get("a")(transaction);
        throw refused;
      }),
      database.run(
        scopes.leases,
        put("b", () => "no data"),
      ),
      database.run(scopes.leases, put("c", 3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBe(refused);
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({
      code: "STORAGE",
      cause: { name: "DataCloneError" },
    });
    expect(await database.run(scopes.readLeases, get("c"))).toBe(3);
  });

  test("an aborted transaction rejects all its works, and nothing of it is kept", async () => {
    const database = ResultDatabase.open(freshName());
    await database.run(scopes.leases, put("a", 1));
    const outcomes = await Promise.all([
      codeOf(database.run(scopes.leases, put("b", 2))),
      codeOf(database.run(scopes.leases, (transaction) => void transaction.objectStore("leases").add(1, "a"))),
    ]);
    expect(outcomes).toEqual(["STORAGE", "STORAGE"]);
    expect(await database.run(scopes.readLeases, get("b"))).toBeUndefined();
  });

  test("a signal ends the waiting with its reason, and an operation not begun is left out", async () => {
    const database = ResultDatabase.open(freshName());
    const controller = new AbortController();
    const reason = new Error("enough");
    const attempt = database.run(scopes.leases, put("a", 1), { signal: controller.signal });
    controller.abort(reason);
    await expect(attempt).rejects.toBe(reason);
    await expect(database.run(scopes.leases, put("a", 1), { signal: controller.signal })).rejects.toBe(reason);
    expect(await database.run(scopes.readLeases, get("a"))).toBeUndefined();
  });
});

describe("the connection", () => {
  test("goes on after the database was closed behind its back", async () => {
    const name = freshName();
    const connections = spyOnConnections(name);
    const database = ResultDatabase.open(name);
    await database.run(scopes.leases, put("a", 1));
    connections[0]?.close();
    expect(await database.run(scopes.readLeases, get("a"))).toBe(1);
    connections[1]?.close();
    await database.run(scopes.leases, put("a", 2));
    expect(connections).toHaveLength(3);
  });

  test("reopens after the browser closed it and said so", async () => {
    const name = freshName();
    const connections = spyOnConnections(name);
    const database = ResultDatabase.open(name);
    await database.run(scopes.leases, put("a", 1));
    connections[0]?.dispatchEvent(new Event("close"));
    expect(await database.run(scopes.readLeases, get("a"))).toBe(1);
    expect(connections).toHaveLength(2);
  });

  test("reopens after `close`", async () => {
    const database = ResultDatabase.open(freshName());
    await database.run(scopes.leases, put("a", 1));
    await database.close();
    expect(await database.run(scopes.readLeases, get("a"))).toBe(1);
  });

  test("lets another tab delete the database, and goes on with a new one", async () => {
    const name = freshName();
    const database = ResultDatabase.open(name);
    await database.run(scopes.leases, put("a", 1));
    await deleteDatabase(name);
    expect(await database.run(scopes.readLeases, get("a"))).toBeUndefined();
    await database.run(scopes.leases, put("a", 2));
    expect(await database.run(scopes.readLeases, get("a"))).toBe(2);
  });

  test("lets another tab upgrade the database, and says that it is too old itself", async () => {
    const name = freshName();
    const database = ResultDatabase.open(name);
    await database.run(scopes.leases, put("a", 1));
    const later = await openRaw(name, 99);
    await expect(database.run(scopes.readLeases, get("a"))).rejects.toMatchObject({
      code: "STORAGE",
      message: expect.stringContaining("later version") as string,
      cause: { name: "VersionError" },
    });
    later.close();
  });

  test("takes over an empty database, as a script or the browser's tools make one that open it first", async () => {
    const name = freshName();
    (await openRaw(name)).close();
    const database = ResultDatabase.open(name);
    await database.run(scopes.leases, put("a", 1));
    expect(await database.run(scopes.readLeases, get("a"))).toBe(1);
  });

  test.each([
    [1, "theirs"],
    [1, "records"],
    [2, "theirs"],
    [2, "records"],
  ])("refuses a database of other code by name, and leaves it as it is: version %i with %s", async (version, store) => {
    const name = freshName();
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    (await promisify(request)).close();
    await expect(ResultDatabase.open(name).run(scopes.leases, put("a", 1))).rejects.toMatchObject({
      code: "STORAGE",
      message: expect.stringContaining("another name") as string,
    });
    const theirs = await openRaw(name);
    expect([theirs.version, ...theirs.objectStoreNames]).toEqual([version, store]);
    theirs.close();
  });

  test("names the key in the errors of its opening", async () => {
    const name = freshName();
    const later = await openRaw(name, 99);
    const named = { code: "STORAGE", key: "a" };
    const database = ResultDatabase.open(name);
    await expect(database.run(scopes.leases, put("a", 1), { key: "a" })).rejects.toMatchObject(named);
    const locks = new WebLockManager({ name });
    await expect(locks.acquireLock("a", "one")).rejects.toMatchObject(named);
    later.close();
  });

  test("says so when it doesn't open in time, and opens later", async () => {
    const name = freshName();
    const blocker = await openRaw(name); // doesn't listen to `versionchange`, so the deletion waits for it
    const deletion = deleteDatabase(name);
    const database = ResultDatabase.open(name, { openTimeout: 20 });
    await expect(database.run(scopes.leases, put("a", 1))).rejects.toMatchObject({
      code: "STORAGE",
      message: expect.stringContaining("within 20 ms") as string,
    });
    ResultDatabase.open(name, { openTimeout: 5_000 });
    const second = database.run(scopes.leases, put("a", 2));
    blocker.close();
    await deletion;
    await second;
    expect(await database.run(scopes.readLeases, get("a"))).toBe(2);
  });

  test("says so where there is no IndexedDB, or where it is refused", async () => {
    const database = ResultDatabase.open(freshName());
    vi.stubGlobal("indexedDB", undefined);
    await expect(database.run(scopes.leases, put("a", 1))).rejects.toMatchObject({
      code: "STORAGE",
      message: "There is no IndexedDB here: it needs a browser. MemoryStorage works everywhere",
    });
    const refusal = new DOMException("denied", "SecurityError");
    vi.stubGlobal("indexedDB", {
      open: () => {
        throw refusal;
      },
    });
    await expect(database.run(scopes.leases, put("a", 1))).rejects.toMatchObject({ code: "STORAGE", cause: refusal });
    vi.unstubAllGlobals();
    await database.run(scopes.leases, put("a", 1));
  });

  test("one name has one database in a context", () => {
    const name = freshName();
    expect(ResultDatabase.open(name)).toBe(ResultDatabase.open(name));
    expect(ResultDatabase.open(name)).not.toBe(ResultDatabase.open(freshName()));
  });
});
