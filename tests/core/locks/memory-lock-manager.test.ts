import { describe, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";

describe("MemoryLockManager keeps the contract", () => {
  for (const { name, run } of lockManagerContract({ create: async () => new MemoryLockManager() })) test(name, run);
});

describe("MemoryLockManager", () => {
  test("an instance is a world of its own", async () => {
    const [one, other] = [new MemoryLockManager(), new MemoryLockManager()];
    await one.acquireLock("key", "a");
    expect(await other.acquireLock("key", "b", { acquireTimeout: 0 })).toMatchObject({ holder: "b" });
  });

  test("tokens grow from instance to instance, even when the clock goes back", async () => {
    const first = await new MemoryLockManager().acquireLock("key", "a");
    const second = await new MemoryLockManager({ now: () => 0 }).acquireLock("key", "a");
    expect(second?.token).toBeGreaterThan(first?.token ?? Infinity);
  });

  test("tokens are no smaller than the clock in microseconds", async () => {
    const before = Date.now() * 1_000;
    expect((await new MemoryLockManager().acquireLock("key", "a"))?.token).toBeGreaterThanOrEqual(before);
  });

  test("the etag that was committed is told to those who wait and to the next holder, and no further", async () => {
    const locks = new MemoryLockManager();
    await locks.acquireLock("key", "a");
    const woken = locks.waitForLock("key");
    await locks.releaseLock("key", "a", { committed: "etag-1" });
    expect(await woken).toEqual({ committed: "etag-1" });
    expect(await locks.waitForLock("key")).toEqual({ committed: "etag-1" });
    expect(await locks.acquireLock("key", "b")).toMatchObject({ committed: "etag-1" });
    await locks.releaseLock("key", "b");
    expect((await locks.acquireLock("key", "c"))?.committed).toBeUndefined();
  });

  test("a release wakes all who wait even if it hands the lock to the next in the queue", async () => {
    const locks = new MemoryLockManager();
    await locks.acquireLock("key", "a");
    const next = locks.acquireLock("key", "b");
    const woken = locks.waitForLock("key");
    await locks.releaseLock("key", "a");
    expect(await woken).toBeDefined();
    expect(await next).toMatchObject({ holder: "b" });
  });

  test("a takeover that is aborted in its turn leaves the next holder to fence", async () => {
    let time = 1_000;
    const locks = new MemoryLockManager({ now: () => time });
    await locks.acquireLock("key", "late", { holdTimeout: 10 });
    time = 2_000;
    const controller = new AbortController();
    const aborted = locks.acquireLock("key", "gone", { signal: controller.signal });
    controller.abort("gone");
    await expect(aborted).rejects.toBe("gone");
    expect(await locks.isLocked("key")).toBe(false);
    await expect(locks.renewLock("key", "gone", 10)).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
    await expect(locks.releaseLock("key", "gone")).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
    expect(await locks.acquireLock("key", "next", { acquireTimeout: 0 })).toMatchObject({ takenOver: true });
  });

  test("leases run by the clock that was given", async () => {
    let time = 1_000;
    const locks = new MemoryLockManager({ now: () => time });
    const grant = await locks.acquireLock("key", "a", { holdTimeout: 60_000 });
    expect(grant?.expiresAt).toEqual(new Date(61_000));
    time = 60_999;
    expect(await locks.acquireLock("key", "b", { acquireTimeout: 0 })).toBeUndefined();
    time = 61_000;
    expect(await locks.isLocked("key")).toBe(false);
    expect(await locks.acquireLock("key", "b", { acquireTimeout: 0 })).toMatchObject({ holder: "b", takenOver: true });
  });

  test("a lease that has run out can be renewed until someone takes the lock", async () => {
    let time = 1_000;
    const locks = new MemoryLockManager({ now: () => time });
    const grant = await locks.acquireLock("key", "a", { holdTimeout: 10 });
    time = 2_000;
    expect(await locks.renewLock("key", "a", 10)).toMatchObject({ token: grant?.token, expiresAt: new Date(2_010) });
  });

  test("a wait longer than a timer can count does not end at once", async () => {
    const locks = new MemoryLockManager();
    await locks.acquireLock("key", "a", { holdTimeout: 1e11 });
    const first = await Promise.race([
      locks.acquireLock("key", "b", { acquireTimeout: 1e10 }),
      locks.waitForLock("key", { timeout: 1e10 }),
      locks.waitForLock("key", { timeout: 20 }).then(() => "the short wait"),
    ]);
    expect(first).toBe("the short wait");
    await locks.close();
  });
});
