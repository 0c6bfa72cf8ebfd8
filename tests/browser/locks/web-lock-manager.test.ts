import { afterEach, describe, expect, test, vi } from "vitest";
import { LeaseTable } from "../../../src/browser/locks/lease-table.ts";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { ConfigurationError, LockNotHeldError, StaleLockError, StorageError } from "../../../src/errors/index.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";
import { inTime } from "../../../src/testing/cases/wait-for.ts";

describe("WebLockManager keeps the contract, two managers over the same locks", () => {
  const create = async () => new WebLockManager({ name: "contract" });
  for (const { name, run } of lockManagerContract({ create, another: create })) test(name, run);
});

describe("WebLockManager", () => {
  const managers: WebLockManager[] = [];

  function manager(name: string = crypto.randomUUID()): WebLockManager {
    const locks = new WebLockManager({ name });
    managers.push(locks);
    return locks;
  }

  afterEach(async () => {
    vi.restoreAllMocks();
    for (const locks of managers.splice(0)) await locks.close();
  });

  test("managers of different names have nothing to do with each other", async () => {
    await manager().acquireLock("key", "a");
    expect(await manager().acquireLock("key", "b", { acquireTimeout: 0 })).toMatchObject({ holder: "b" });
  });

  test("a grant says where its lease lies, and its token is no smaller than the clock in microseconds", async () => {
    const before = Date.now() * 1_000;
    const grant = await manager("leases").acquireLock("key", "a");
    expect(grant?.leasePlace).toBe("indexed-db/leases");
    expect(grant?.token).toBeGreaterThanOrEqual(before);
  });

  test("a short lease after a long one is ended in time too", async () => {
    const [one, other] = [manager("short"), manager("short")];
    await one.acquireLock("key", "a", { holdTimeout: 60_000 });
    const short = one.acquireLock("key", "b", { holdTimeout: 50 });
    const next = other.acquireLock("key", "c");
    await expect(other.waitForLock("key", { timeout: 30 })).resolves.toBeUndefined();
    await one.releaseLock("key", "a");
    const end = Number((await short)?.expiresAt);
    await next;
    expect(Date.now() - end).toBeGreaterThanOrEqual(0);
    expect(Date.now() - end).toBeLessThan(3_000);
  });

  test.each(["exclusive", "shared"] as const)(
    "a tab that was stopped when a lock was handed to it (%s) keeps nobody out for good",
    async (mode) => {
      const locks = manager("stopped");
      // what such a tab leaves behind: the browser's lock, and no lease
      const stopped = navigator.locks.request("reprise/stopped/key", { mode }, () => new Promise(() => {}));
      const lost = expect(stopped).rejects.toThrow();
      const grant = await inTime(locks.acquireLock("key", "a"), "the lock is not taken from it");
      expect(grant).toMatchObject({ holder: "a", takenOver: true });
      await lost;
    },
  );

  test("ten who wait in two managers for the end of a lease need one steal", async () => {
    const [one, other] = [manager("steals"), manager("steals")];
    const request = vi.spyOn(navigator.locks, "request");
    await one.acquireLock("key", "a", { holdTimeout: 60 });
    const turns = Array.from({ length: 10 }, async (_, n) => {
      const locks = n % 2 ? one : other;
      await locks.acquireLock("key", `b${n}`);
      await locks.releaseLock("key", `b${n}`);
    });
    await Promise.all(turns);
    const steals = request.mock.calls.filter(([, options]) => options.steal);
    expect(steals).toHaveLength(1);
  });

  test("1,000 locks at once take a few transactions, and their release none", async () => {
    const locks = manager();
    await locks.acquireLock("key", "warm-up");
    const transactions = vi.spyOn(IDBDatabase.prototype, "transaction");
    const grants = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => locks.acquireLock(`key/${n}`, "a", { holdTimeout: 30_000 })),
    );
    expect(transactions.mock.calls.length).toBeLessThan(40);
    transactions.mockClear();
    await Promise.all(grants.map((_, n) => locks.releaseLock(`key/${n}`, "a")));
    expect(transactions).not.toHaveBeenCalled();
  });

  test("the lease of a released lock leaves the database again", async () => {
    const locks = manager("rows");
    await locks.acquireLock("key", "a");
    expect(await LeaseTable.open("rows").read(["key"])).toMatchObject([{ holder: "a", expiresAt: Infinity }]);
    await locks.releaseLock("key", "a");
    await expect.poll(() => LeaseTable.open("rows").read(["key"])).toEqual([undefined]);
  });

  test("the lease of the next holder stays when that of a released lock is cleared away", async () => {
    const [one, other] = [manager("rows"), manager("rows")];
    await one.acquireLock("key", "a");
    await one.releaseLock("key", "a");
    const next = await other.acquireLock("key", "b");
    await one.close();
    expect(await LeaseTable.open("rows").read(["key"])).toMatchObject([{ holder: "b", token: next?.token }]);
  });

  test("the etag that was committed goes to the next holder in the same context", async () => {
    const [one, other] = [manager("committed"), manager("committed")];
    await one.acquireLock("key", "a");
    await one.releaseLock("key", "a", { committed: "etag-1" });
    expect(await other.acquireLock("key", "b")).toMatchObject({ committed: "etag-1" });
  });

  test("a page that comes back from the back/forward cache learns that its lease is gone", async () => {
    const locks = manager("bfcache");
    const lost = await locks.acquireLock("lost", "a");
    const kept = await locks.acquireLock("kept", "a");
    // as another tab would have done meanwhile
    await LeaseTable.open("bfcache").change("lost", Date.now, (row) => row && { ...row, token: row.token + 1 });
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    await expect.poll(() => lost?.signal.aborted).toBe(true);
    expect(lost?.signal.reason).toBeInstanceOf(StaleLockError);
    expect(kept?.signal.aborted).toBe(false);
  });

  test("a lock that the browser takes away aborts the grant's signal, and can't be used any longer", async () => {
    const locks = manager("stolen");
    const grant = await locks.acquireLock("key", "a");
    await navigator.locks.request("reprise/stolen/key", { steal: true }, () => {});
    await expect.poll(() => grant?.signal.aborted).toBe(true);
    expect(grant?.signal.reason).toBeInstanceOf(StaleLockError);
    await expect(locks.releaseLock("key", "a")).rejects.toThrow(LockNotHeldError);
  });

  test("close leaves nothing waiting in the browser's queue", async () => {
    const locks = manager("closed");
    await locks.acquireLock("key", "a");
    const waits = Promise.allSettled([locks.acquireLock("key", "b"), locks.waitForLock("key")]);
    const ofThis = async (): Promise<number> => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return [...held, ...pending].filter(({ name }) => name === "reprise/closed/key").length;
    };
    await expect.poll(ofThis).toBe(3);
    await locks.close();
    await waits;
    expect(await ofThis()).toBe(0);
  });

  test("where the browser has no Web Locks it says so", async () => {
    Object.defineProperty(navigator, "locks", { value: undefined, configurable: true });
    try {
      await expect(manager().acquireLock("key", "a")).rejects.toThrow(ConfigurationError);
      await expect(manager().isLocked("key")).rejects.toThrow(ConfigurationError);
    } finally {
      Reflect.deleteProperty(navigator, "locks");
    }
  });

  test("what the browser refuses becomes a StorageError", async () => {
    const refusal = new DOMException("The document is not fully active", "InvalidStateError");
    vi.spyOn(navigator.locks, "request").mockRejectedValue(refusal);
    const attempt = manager().acquireLock("key", "a");
    await expect(attempt).rejects.toThrow(StorageError);
    await expect(attempt).rejects.toMatchObject({ cause: refusal });
  });
});
