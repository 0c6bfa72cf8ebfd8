import { afterEach, describe, expect, test } from "vitest";
import { WebLockManager } from "../../src/browser/web-lock-manager.ts";
import { lockManagerContract } from "../../src/testing/lock-manager.contract.ts";
import { inTime } from "../../src/testing/wait-for.ts";

describe("WebLockManager keeps the contract, two managers over the same locks", () => {
  const create = async () => new WebLockManager({ name: "contract" });
  for (const { name, run } of lockManagerContract({ create, another: create })) test(name, run);
});

describe("WebLockManager", () => {
  const managers: WebLockManager[] = [];

  function manager(name = crypto.randomUUID()): WebLockManager {
    const locks = new WebLockManager({ name });
    managers.push(locks);
    return locks;
  }

  afterEach(async () => {
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
    await expect(other.waitForLock("key", { timeout: 30 })).resolves.toBe(false);
    await one.releaseLock("key", "a");
    const end = Number((await short)?.expiresAt);
    await next;
    expect(Date.now() - end).toBeGreaterThanOrEqual(0);
    expect(Date.now() - end).toBeLessThan(300);
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
});
