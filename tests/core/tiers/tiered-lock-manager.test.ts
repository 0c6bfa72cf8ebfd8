import { describe, expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { generateComputationHolder } from "../../../src/core/locks/holder.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { TieredLockManager } from "../../../src/core/tiers/tiered-lock-manager.ts";
import { StaleLockError, StorageUnreachableError } from "../../../src/errors/index.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { lockManagerContract } from "../../../src/testing/locks/lock-manager.contract.ts";

describe("TieredLockManager keeps the contract", () => {
  const create = async () => new TieredLockManager({ tiers: [new MemoryLockManager(), new MemoryLockManager()] });
  for (const { name, run } of lockManagerContract({ create })) test(name, run);
});

/** Locks whose far side is a real manager that can be cut off. */
class CutOffLocks extends MemoryLockManager {
  isCutOff = false;

  override acquireLock(...args: Parameters<MemoryLockManager["acquireLock"]>) {
    return this.isCutOff ? unreachable() : super.acquireLock(...args);
  }
  override releaseLock(...args: Parameters<MemoryLockManager["releaseLock"]>) {
    return this.isCutOff ? unreachable() : super.releaseLock(...args);
  }
  override renewLock(...args: Parameters<MemoryLockManager["renewLock"]>) {
    return this.isCutOff ? unreachable() : super.renewLock(...args);
  }
  override isLocked(...args: Parameters<MemoryLockManager["isLocked"]>) {
    return this.isCutOff ? unreachable() : super.isLocked(...args);
  }
}

function unreachable(): Promise<never> {
  return Promise.reject(new StorageUnreachableError("cut off"));
}

function createTiers() {
  const events: StoreEvent["type"][] = [];
  const [near, far] = [new MemoryLockManager(), new CutOffLocks()];
  const locks = new TieredLockManager({ tiers: [near, far], onEvent: ({ type }) => events.push(type) });
  return { near, far, locks, events };
}

describe("TieredLockManager", () => {
  test("a grant is the far one with the near one within", async () => {
    const { locks, near, far } = createTiers();
    const grant = await locks.acquireLock("key", "a");
    expect(await far.acquireLock("key", "a")).toMatchObject({ token: grant?.token });
    expect(await near.acquireLock("key", "a")).toMatchObject({ token: grant?.within?.token });
  });

  test("a far lease that is shorter than its way is given to the caller, and not asked for again and again", async () => {
    const { locks, far } = createTiers();
    let calls = 0;
    const acquire = far.acquireLock.bind(far);
    far.acquireLock = async (...args) => {
      if (++calls > 3) throw new Error("asked again and again");
      return { ...(await acquire(...args))!, signal: AbortSignal.abort(new StaleLockError("over", { key: "key" })) };
    };
    const grant = await locks.acquireLock("key", "a", { holdTimeout: 1 });
    expect(grant?.signal.aborted).toBe(true);
    expect(calls).toBe(1);
  });

  test("callers nearby with leases that are shorter than the way to the far locks get them one after the other", async () => {
    const { locks, far } = createTiers();
    let calls = 0;
    const acquire = far.acquireLock.bind(far);
    far.acquireLock = async (...args) => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return acquire(...args);
    };
    await Promise.all(["a", "b"].map((holder) => locks.acquireLock("key", holder, { holdTimeout: 1 })));
    expect(calls).toBe(2);
  });

  test("a lock that was taken by hand on either side counts as such, a computation's does not", async () => {
    const { locks, near, far } = createTiers();
    await near.acquireLock("near", "a");
    await far.acquireLock("far", "a");
    const computation = generateComputationHolder();
    for (const side of [near, far]) await side.acquireLock("computed", computation);
    const keys = ["near", "far", "computed"];
    expect(await Promise.all(keys.map((key) => locks.isLocked(key, { byHand: true })))).toEqual([true, true, false]);
    expect(await locks.isLocked("computed")).toBe(true);
  });

  test("who doesn't get the far lock gives the near one back", async () => {
    const { locks, near, far } = createTiers();
    await far.acquireLock("key", "elsewhere");
    expect(await locks.acquireLock("key", "a", { acquireTimeout: 10 })).toBeUndefined();
    expect(await near.isLocked("key")).toBe(false);
    const signal = AbortSignal.timeout(10);
    await expect(locks.acquireLock("key", "a", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(await near.isLocked("key")).toBe(false);
    expect(await locks.isLocked("key")).toBe(true);
  });

  test.each(["near", "far"] as const)("the signal aborts when the %s lock is lost", async (tier) => {
    const tiers = createTiers();
    const grant = await tiers.locks.acquireLock("key", "a");
    await tiers[tier].close();
    expect(grant?.signal.reason).toBeInstanceOf(StaleLockError);
  });

  test("while the far locks can't be reached the near ones are enough, and that is told once", async () => {
    const { locks, far, near, events } = createTiers();
    far.isCutOff = true;
    for (const holder of ["a", "b"]) {
      await locks.acquireLock("key", holder);
      await locks.renewLock("key", holder, 1_000);
      expect(await locks.isLockHolder("key", holder)).toBe(true);
      expect(await locks.acquireLock("key", "c", { acquireTimeout: 0 })).toBeUndefined();
      await locks.releaseLock("key", holder);
    }
    expect([await near.isLocked("key"), await locks.isLocked("key")]).toEqual([false, false]);
    expect(events).toEqual(["offline"]);
  });

  test("a lock acquired while they could not be reached is released when they can", async () => {
    const { locks, far, near, events } = createTiers();
    far.isCutOff = true;
    await locks.acquireLock("key", "a");
    far.isCutOff = false;
    await locks.renewLock("key", "a", 1_000);
    await locks.releaseLock("key", "a");
    expect(await near.isLocked("key")).toBe(false);
    await locks.acquireLock("key", "b");
    expect(events).toEqual(["offline", "online"]);
  });

  test("a lock is kept and released although they can't be reached any more", async () => {
    const { locks, far, near } = createTiers();
    const grant = await locks.acquireLock("key", "a");
    far.isCutOff = true;
    expect(await locks.renewLock("key", "a", 1_000)).toMatchObject({ token: grant?.token, signal: grant?.signal });
    await locks.releaseLock("key", "a");
    expect(await near.isLocked("key")).toBe(false);
  });

  test("who waits learns what was committed under the far lock", async () => {
    const { locks, far } = createTiers();
    await far.acquireLock("key", "elsewhere");
    const woken = locks.waitForLock("key");
    await far.releaseLock("key", "elsewhere", { committed: "etag-1" });
    expect(await woken).toEqual({ committed: "etag-1" });
  });
});

describe("while the far lock is waited for", () => {
  test("the near one is kept, however short its lease", async () => {
    const { locks, far } = createTiers();
    await far.acquireLock("key", "elsewhere");
    const waiting = locks.acquireLock("key", "a", { holdTimeout: 30 });
    const other = locks.acquireLock("key", "b", { holdTimeout: 30, acquireTimeout: 150 });
    expect(await other).toBeUndefined();
    await far.releaseLock("key", "elsewhere");
    const grant = await waiting;
    expect(grant?.signal.aborted).toBe(false);
    await locks.releaseLock("key", "a");
  });

  test("a near one that is lost all the same gives the far one back, and is waited for anew", async () => {
    const { locks, near, far } = createTiers();
    await far.acquireLock("key", "elsewhere");
    const waiting = locks.acquireLock("key", "a");
    await eventually(() => near.isLocked("key"), "the near lock");
    await near.close();
    await far.releaseLock("key", "elsewhere");
    const grant = await waiting;
    expect(grant?.signal.aborted).toBe(false);
    expect(await near.isLockHolder("key", "a")).toBe(true);
    await locks.releaseLock("key", "a");
    expect(await far.isLocked("key")).toBe(false);
  });
});
