import { describe, expect, test, vi } from "vitest";
import type { LockLease, LockService, LockState } from "../../../src/core/remote-locks/lock-service.ts";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore } from "../../stores.ts";

// The contract is held over the real Durable Object, in workerd. Here the service does what a real one can't be made to do.

const lease: LockLease = { token: 7, expiresIn: 30_000, isConfirmed: true, takenOver: false };
const free: LockState = { isLocked: false, isHolder: false, isLastHolder: false };

const willing: LockService = {
  acquire: async () => lease,
  renew: async () => lease,
  release: async () => true,
  inspect: async () => free,
  wait: async () => free,
};

/** Locks of a service that answers as told, and what that was asked. */
function locksWith(answers: Partial<LockService>) {
  const calls: PropertyKey[] = [];
  const service = new Proxy(
    { ...willing, ...answers },
    {
      get(target, name, receiver) {
        calls.push(name);
        return Reflect.get(target, name, receiver) as unknown;
      },
    },
  );
  return { locks: new RemoteLockManager(service), calls };
}

describe("a provisional lease", () => {
  test("is confirmed before its holder hears of it", async () => {
    const { locks, calls } = locksWith({ acquire: async () => ({ ...lease, isConfirmed: false, expiresIn: 2_000 }) });
    const grant = await locks.acquireLock("key", "a");
    expect(grant?.token).toBe(7);
    expect(Number(grant?.expiresAt) - Date.now()).toBeGreaterThan(20_000);
    expect(calls).toEqual(["acquire", "renew"]);
    await locks.close();
  });

  test("that went to another before it was confirmed is asked for again", async () => {
    const leases = [
      { ...lease, isConfirmed: false },
      { ...lease, token: 9 },
    ];
    const { locks, calls } = locksWith({ acquire: async () => leases.shift(), renew: async () => undefined });
    expect((await locks.acquireLock("key", "a"))?.token).toBe(9);
    expect(calls).toEqual(["acquire", "renew", "acquire"]);
    await locks.close();
  });
});

test("a manager over a service that ends computations elsewhere has no endComputation", async () => {
  const { locks } = locksWith({ inspect: async () => ({ ...free, isLocked: true }) });
  expect(locks.endComputation).toBeUndefined();
  // an older server doesn't say who holds it
  expect(await locks.isLocked("key", { byHand: true })).toBe(true);
});

test("a wait longer than one call is asked for in several, and only the last one gives up the place", async () => {
  const asked: [number, boolean][] = [];
  const { locks } = locksWith({
    acquire: async (_key, { wait, comesBack }) => {
      asked.push([wait, comesBack]);
      return asked.length < 3 ? undefined : lease;
    },
  });
  await locks.acquireLock("key", "a", { acquireTimeout: 60_000 });
  expect(asked).toEqual([
    [10_000, true],
    [10_000, true],
    [10_000, true],
  ]);
  asked.length = 0;
  expect(await locks.acquireLock("other", "a", { acquireTimeout: 5 })).toBeUndefined();
  expect(asked).toEqual([[expect.closeTo(5, 0), false]]);
  await locks.close();
});

test("a server that answers without waiting is not asked in a tight loop", async () => {
  const locked: LockState = { isLocked: true, token: 7, isHolder: false, isLastHolder: false };
  const { locks, calls } = locksWith({ acquire: async () => undefined, wait: async () => locked });
  const controller = new AbortController();
  const { signal } = controller;
  const waits = [locks.acquireLock("key", "a", { signal }), locks.waitForLock("key", { signal })];
  setTimeout(() => controller.abort("enough"), 100);
  for (const wait of waits) await expect(wait).rejects.toBe("enough");
  expect(calls.filter((name) => name !== "release")).toEqual(["acquire", "wait"]);
});

test("a lock that is granted after its caller gave up is given back", async () => {
  let grant!: (lease: LockLease) => void;
  const { locks, calls } = locksWith({ acquire: () => new Promise((resolve) => (grant = resolve)) });
  const controller = new AbortController();
  const waiting = locks.acquireLock("key", "a", { signal: controller.signal });
  controller.abort("enough");
  expect(await waiting.catch((reason: unknown) => reason)).toBe("enough");
  grant(lease);
  await vi.waitFor(() => expect(calls).toEqual(["acquire", "release", "release"]));
});

test("a lease ends no later than the service's own, however long its answer was on the way", async () => {
  let now = 1_000_000;
  const acquire = async () => {
    now += 5_000;
    return lease;
  };
  const locks = new RemoteLockManager({ ...willing, acquire }, { now: () => now });
  expect(Number((await locks.acquireLock("key", "a"))?.expiresAt)).toBe(1_000_000 + lease.expiresIn);
  await locks.close();
});

test("a renewal that is refused tells the holder that its lock is lost", async () => {
  const { locks } = locksWith({ renew: async () => undefined });
  const grant = await locks.acquireLock("key", "a");
  expect(await codeOf(() => locks.renewLock("key", "a", 1_000))).toBe("LOCK_NOT_HELD");
  expect(grant?.signal.reason).toMatchObject({ code: "STALE_LOCK" });
});

test("a release that is refused rejects, and tells the holder that its lock was lost", async () => {
  const { locks } = locksWith({ release: async () => false });
  const grant = await locks.acquireLock("key", "a");
  expect(await codeOf(() => locks.releaseLock("key", "a"))).toBe("LOCK_NOT_HELD");
  expect(grant?.signal.aborted).toBe(true);
});

test("close ends although the service never answers", async () => {
  const never = () => new Promise<never>(() => {});
  const { locks } = locksWith({ release: never, wait: never });
  await locks.acquireLock("key", "a");
  const waiting = codeOf(() => locks.waitForLock("key"));
  await locks.close();
  expect(await waiting).toBe("LOCK_NOT_HELD");
});

test("one who waits is woken where the lock changed hands between two calls", async () => {
  const states: LockState[] = [
    { isLocked: true, token: 7, isHolder: false, isLastHolder: false },
    { isLocked: true, token: 8, isHolder: false, isLastHolder: false, committed: "etag-1" },
  ];
  const { locks } = locksWith({ wait: async () => states.shift()! });
  expect(await locks.waitForLock("key")).toEqual({ committed: "etag-1" });
});

test("a renewal that shortens a lease counts from its request, even if the answer is lost", async () => {
  const { locks } = locksWith({
    renew: () => Promise.reject(new Error("lost")),
    inspect: async () => ({ ...free, isLocked: true, token: 8 }),
  });
  const grant = await locks.acquireLock("key", "a");
  await expect(locks.renewLock("key", "a", 20)).rejects.toThrow("lost");
  await vi.waitFor(() => expect(grant?.signal.reason).toMatchObject({ code: "STALE_LOCK" }));
});

test("of renewals that overlap, the earlier end counts, in whatever order they are answered", async () => {
  const answers: (() => void)[] = [];
  const renew: LockService["renew"] = (_key, _holder, expiresIn) =>
    new Promise((resolve) => answers.push(() => resolve({ ...lease, expiresIn })));
  const locks = new RemoteLockManager({ ...willing, renew }, { now: () => 1_000_000 });
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    await locks.acquireLock(`key ${order[0]}`, "a");
    const renewals = [60_000, 10_000].map((length) => locks.renewLock(`key ${order[0]}`, "a", length));
    for (const answer of order) {
      answers[answer]!();
      await renewals[answer];
    }
    answers.length = 0;
    const again = locks.renewLock(`key ${order[0]}`, "a", 60_000);
    answers[0]!();
    expect((await Promise.all(renewals)).map(({ expiresAt }) => Number(expiresAt))).toContain(1_010_000);
    expect(Number((await again).expiresAt)).toBe(1_060_000);
    answers.length = 0;
  }
  await locks.close();
});

test("a grant is confirmed with the longest lease that its holder asks for meanwhile", async () => {
  const renewed: number[] = [];
  const { locks } = locksWith({
    acquire: async () => ({ ...lease, isConfirmed: false }),
    renew: async (_key, _holder, holdTimeout) => {
      renewed.push(holdTimeout);
      return lease;
    },
  });
  await Promise.all([60_000, 10_000].map((holdTimeout) => locks.acquireLock("key", "a", { holdTimeout })));
  expect(renewed).toEqual([60_000, 60_000]);
  await locks.close();
});

describe("a read by the holder of a lock", () => {
  const lapsing = () => {
    const held = { isLocked: true, token: 7, isHolder: true, isLastHolder: true };
    // the lease lapses and is renewed between two questions
    const states: LockState[] = [held, { ...free, isLastHolder: true }];
    const inspect: LockService["inspect"] = async (_key, holder) => {
      const state = states.shift() ?? held;
      return { ...state, isHolder: state.isHolder && holder === "a" };
    };
    return locksWith({ inspect, wait: () => new Promise(() => {}) });
  };

  test("asks nobody where its store knows the lease", async () => {
    const { locks, calls } = lapsing();
    const store = createStore({ lockManager: locks });
    await store.withLock("key", async ({ holder }) => {
      expect(await store.read("key", { holder })).toBeUndefined();
      expect(await store.readMany(["key"], { holder })).toEqual([undefined]);
    });
    expect(calls).toEqual(["acquire", "release"]);
    await store.close();
  });

  test("never waits for its own lock where the lease lapses and is renewed meanwhile", async () => {
    const { locks } = lapsing();
    const grant = await locks.acquireLock("key", "a", { holdTimeout: 10_000 });
    const store = createStore({ lockManager: locks });
    expect(await store.read("key", { holder: grant!.holder })).toBeUndefined();
    await store.close();
  });
});
