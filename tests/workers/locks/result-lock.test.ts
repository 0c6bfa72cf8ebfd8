import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { LockRequest } from "../../../src/core/remote-locks/lock-service.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { DurableObjectLocks } from "../../../src/edge/durable-objects/durable-object-locks.ts";
import { freeRetention, type LockRow } from "../../../workers/locks/lock-row.ts";

const locks = new DurableObjectLocks(env.RESULT_LOCKS);
const newKey = () => `result-lock/${crypto.randomUUID()}`;
const ask = (holder: string, request: Partial<LockRequest> = {}): LockRequest => {
  return { holder, holdTimeout: 30_000, wait: 0, comesBack: false, ...request };
};

describe("what is stored", () => {
  test("token and lease outlive an eviction and a lost object", async () => {
    const key = newKey();
    const lease = await locks.acquire(key, ask("a"));
    await evictDurableObject(env.RESULT_LOCKS.getByName(key));
    expect(await locks.inspect(key, "a")).toMatchObject({ isHolder: true, token: lease?.token });
    await abortAllDurableObjects();
    expect(await locks.acquire(key, ask("b"))).toBeUndefined();
    expect(await locks.renew(key, "a", 30_000)).toMatchObject({ token: lease?.token });
    expect(await locks.release(key, "a")).toBe(true);
  });

  test("a key that is idle costs nothing, and its tokens grow all the same", async () => {
    const key = newKey();
    const lock = env.RESULT_LOCKS.getByName(key);
    const lease = await locks.acquire(key, ask("a"));
    await locks.release(key, "a");
    await runInDurableObject(lock, (_, { storage }) => {
      const row = storage.kv.get<LockRow>("lock");
      storage.kv.put("lock", { ...row, releasedAt: Date.now() - freeRetention });
    });
    await evictDurableObject(lock);
    expect(await runDurableObjectAlarm(lock)).toBe(true);
    const left = await runInDurableObject(lock, async (_, { storage }) => {
      return [[...storage.kv.list()], await storage.getAlarm()];
    });
    expect(left).toEqual([[], null]);
    const next = await locks.acquire(key, ask("b"));
    expect(next).toMatchObject({ takenOver: false, unheldFor: freeRetention });
    expect(next?.token).toBeGreaterThan(lease?.token ?? Infinity);
  });

  test("an alarm deletes nothing of a lock that is held, or was just released", async () => {
    const key = newKey();
    const lock = env.RESULT_LOCKS.getByName(key);
    await locks.acquire(key, ask("a"));
    expect(await runDurableObjectAlarm(lock)).toBe(true);
    expect(await locks.inspect(key, "a")).toMatchObject({ isHolder: true });
    await locks.release(key, "a", { committed: "etag-1" });
    expect(await runDurableObjectAlarm(lock)).toBe(true);
    expect(await locks.inspect(key)).toMatchObject({ committed: "etag-1" });
  });
});

test("progress writes nothing, and a restart forgets it", async () => {
  const key = newKey();
  const lock = env.RESULT_LOCKS.getByName(key);
  await locks.acquire(key, ask("a"));
  const rowOf = () => runInDurableObject(lock, (_, { storage }) => [...storage.kv.list()]);
  const row = await rowOf();
  expect(await locks.report(key, "a", { fraction: 0.5 })).toBe(true);
  expect(await rowOf()).toEqual(row);
  expect((await locks.wait(key, 0, 0)).progress).toMatchObject({ fraction: 0.5 });
  await evictDurableObject(lock);
  expect((await locks.wait(key, 0, 0)).progress).toBeUndefined();
  expect(await locks.report(key, "a", { fraction: 0.6 })).toBe(true);
  expect((await locks.wait(key, 10_000, 0)).progress).toMatchObject({ fraction: 0.6 });
});

describe("the queue", () => {
  test("a call that is repeated gets the same token", async () => {
    const key = newKey();
    const first = await locks.acquire(key, ask("a"));
    expect(await locks.acquire(key, ask("a"))).toMatchObject({ token: first?.token, isConfirmed: true });
  });

  test("one who said that it comes back keeps its place, and is passed over while it is away", async () => {
    const key = newKey();
    await locks.acquire(key, ask("a"));
    await locks.acquire(key, ask("b", { wait: 1, comesBack: true }));
    const c = locks.acquire(key, ask("c", { wait: 5_000 }));
    const b = locks.acquire(key, ask("b", { wait: 5_000 }));
    await locks.inspect(key);
    await locks.release(key, "a");
    const { token = Infinity } = (await b) ?? {};
    await locks.release(key, "b");
    expect((await c)?.token).toBeGreaterThan(token);
  });

  test("one who vanished while it waited holds the next one up for two seconds, not for its lease", async () => {
    const key = newKey();
    await locks.acquire(key, ask("a"));
    const vanished = locks.acquire(key, ask("b", { wait: 5_000, holdTimeout: 60_000 }));
    const next = locks.acquire(key, ask("c", { wait: 5_000 }));
    await locks.release(key, "a");
    expect(await vanished).toMatchObject({ isConfirmed: false });
    expect(await next).toMatchObject({ takenOver: false });
  });

  test("one who has not confirmed its grant counts as nobody who may write: the next one would not shut it out", async () => {
    const key = newKey();
    await locks.acquire(key, ask("a"));
    const waiting = locks.acquire(key, ask("b", { wait: 5_000 }));
    await locks.inspect(key);
    await locks.release(key, "a");
    expect(await waiting).toMatchObject({ isConfirmed: false });
    expect(await locks.inspect(key, "b")).toMatchObject({ isLocked: true, isLastHolder: false });
    await locks.renew(key, "b", 30_000);
    expect(await locks.inspect(key, "b")).toMatchObject({ isHolder: true, isLastHolder: true });
  });

  test("a release wakes two hundred who wait", async () => {
    const key = newKey();
    await locks.acquire(key, ask("a"));
    const waits = Array.from({ length: 200 }, () => locks.wait(key, 10_000));
    await locks.inspect(key);
    await locks.release(key, "a", { committed: "etag-1" });
    for (const state of await Promise.all(waits)) expect(state).toMatchObject({ isLocked: false, committed: "etag-1" });
  });

  test("is lost with the object: who waited gets the lock in the end, one at a time", async () => {
    const key = newKey();
    const manager = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
    await manager.acquireLock(key, "a");
    let holding = 0;
    const served: number[] = [];
    const turns = ["b", "c", "d"].map(async (holder) => {
      await manager.acquireLock(key, holder);
      served.push(++holding);
      await manager.isLocked(key);
      holding--;
      await manager.releaseLock(key, holder);
    });
    await manager.isLocked(key);
    const aborted = runInDurableObject(env.RESULT_LOCKS.getByName(key), (_, ctx) => ctx.abort("lost"));
    await expect(aborted).rejects.toThrow("lost");
    await manager.releaseLock(key, "a");
    await Promise.all(turns);
    expect(served).toEqual([1, 1, 1]);
  });
});

describe("a change without a lock", () => {
  const manager = () => new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });

  test("ends the lock of a computation, whose renewal is refused, and the next holder has a larger token", async () => {
    const key = newKey();
    const [one, other] = [manager(), manager()];
    const grant = await one.acquireLock(key, "tab:1/compute");
    expect(await other.isLocked(key)).toBe(true);
    expect(await other.isLocked(key, { byHand: true })).toBe(false);
    const token = (await other.endComputation!(key))!;
    expect(token).toBeGreaterThan(grant!.token);
    expect(await other.endComputation!(key)).toBe(token);
    await expect(one.renewLock(key, "tab:1/compute", 1_000)).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
    const next = await other.acquireLock(key, "tab:2/compute");
    expect(next).toMatchObject({ takenOver: true });
    expect(next!.token).toBeGreaterThan(token);
    await other.releaseLock(key, "tab:2/compute");
    expect(await other.endComputation!(key)).toBeUndefined();
  });

  test("hands the lock to the computation that waits", async () => {
    const key = newKey();
    await locks.acquire(key, ask("a/compute", {}));
    const waiting = locks.acquire(key, ask("b/compute", { wait: 5_000 }));
    await locks.inspect(key);
    const { token } = await locks.endComputation(key);
    expect((await waiting)!.token).toBeGreaterThan(token!);
  });

  test("is refused while somebody holds the lock by hand, and needs no write where nobody does", async () => {
    const key = newKey();
    expect(await manager().endComputation!(key)).toBeUndefined();
    await manager().acquireLock(key, "by-hand");
    expect(await manager().isLocked(key, { byHand: true })).toBe(true);
    await expect(manager().endComputation!(key)).rejects.toMatchObject({ code: "LOCK_NOT_HELD", key });
    await runInDurableObject(env.RESULT_LOCKS.getByName(newKey()), async (lock, { storage }) => {
      expect(await lock.endComputation()).toEqual({ isByHand: false });
      expect([...storage.kv.list()]).toEqual([]);
    });
  });
});

test.each([
  { holder: "" },
  { holder: "a".repeat(1_025) },
  { wait: 10_001 },
  { wait: -1 },
  { holdTimeout: Number.NaN },
  { holdTimeout: 86_400_001 },
])("a request with %o is refused before it is sent, and by the object", async (wrong) => {
  const request = { ...ask("a"), ...wrong };
  await expect(locks.acquire("key", request)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await runInDurableObject(env.RESULT_LOCKS.getByName("key"), async (lock) => {
    await expect(lock.acquire(request)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
