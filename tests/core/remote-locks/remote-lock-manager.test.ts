import { describe, expect, test, vi } from "vitest";
import type { LockLease, LockService, LockState } from "../../../src/core/remote-locks/lock-service.ts";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import { codeOf } from "../record/record-tools.ts";

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
