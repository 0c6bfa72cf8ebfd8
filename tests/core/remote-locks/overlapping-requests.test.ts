import { expect, test } from "vitest";
import type { LockService } from "../../../src/core/remote-locks/lock-service.ts";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { KeyLock } from "../../../workers/locks/key-lock.ts";

// Requests of one holder that overtake each other on their way to the Durable Object's lock.

/** The lock of one key, for a holder whose network is `slow` in some calls, and for another one. */
function lockOver(slow: (service: LockService) => Partial<LockService>) {
  const lock = new KeyLock({ row: undefined, save: () => {}, now: () => Date.now() });
  const service: LockService = {
    acquire: async (_key, request) => lock.acquire(request),
    renew: async (_key, holder, holdTimeout) => lock.renew(holder, holdTimeout),
    release: async (_key, holder, options) => lock.release(holder, options),
    inspect: async (_key, holder) => lock.inspect(holder),
    wait: async (_key, timeout) => lock.wait(timeout),
  };
  return { mine: new RemoteLockManager({ ...service, ...slow(service) }), other: new RemoteLockManager(service) };
}

test("a release that is late does not free the lock that its holder has taken again", async () => {
  const late = { request: gate(), release: gate(), isOnItsWay: gate() };
  const gates = [late.request];
  const { mine, other } = lockOver((service) => ({
    async acquire(...request) {
      await gates.shift()?.opened;
      return service.acquire(...request);
    },
    async release(...request) {
      if (!(await service.inspect("k", "a")).isHolder) return false;
      late.isOnItsWay.open();
      await late.release.opened;
      return service.release(...request);
    },
  }));
  const controller = new AbortController();
  const left = mine.acquireLock("k", "a", { signal: controller.signal });
  controller.abort("left");
  expect(await left.catch((reason: unknown) => reason)).toBe("left");
  late.request.open();
  await late.isOnItsWay.opened;
  const again = mine.acquireLock("k", "a");
  late.release.open();
  const grant = await again;
  expect(await other.acquireLock("k", "b", { acquireTimeout: 0 })).toBeUndefined();
  expect(grant?.signal.aborted).toBe(false);
  await mine.close();
});

test("a renewal that is overtaken by a longer one still ends the lease early, and its holder knows", async () => {
  const late = gate();
  const gates = [late];
  const { mine, other } = lockOver((service) => ({
    async renew(...request) {
      await gates.shift()?.opened;
      return service.renew(...request);
    },
  }));
  await mine.acquireLock("k", "a", { holdTimeout: 30_000 });
  const shorter = mine.renewLock("k", "a", 1);
  const longer = await mine.renewLock("k", "a", 20_000);
  late.open();
  await shorter;
  expect(await other.acquireLock("k", "b", { acquireTimeout: 5_000 })).toBeDefined();
  expect(Number(longer.expiresAt)).toBeLessThanOrEqual(Date.now());
  await Promise.all([mine.close(), other.close()]);
});

test("a caller that lost its lock, asks again and leaves frees what it was granted meanwhile", async () => {
  const { mine, other } = lockOver(() => ({}));
  await mine.acquireLock("k", "a", { holdTimeout: 5 });
  await eventually(async () => !(await other.isLocked("k")), "the lease does not end");
  await other.acquireLock("k", "b", { acquireTimeout: 0 });
  await other.releaseLock("k", "b");
  const controller = new AbortController();
  const again = mine.acquireLock("k", "a", { signal: controller.signal });
  controller.abort("left");
  expect(await again.catch((reason: unknown) => reason)).toBe("left");
  await eventually(async () => !(await other.isLocked("k")), "nobody frees the lock");
});

test("a caller that left leaves no place behind, although another call of its holder still waited", async () => {
  const { mine, other } = lockOver(() => ({}));
  await other.acquireLock("k", "holder");
  const controller = new AbortController();
  const short = mine.acquireLock("k", "a", { acquireTimeout: 20 });
  const long = mine.acquireLock("k", "a", { signal: controller.signal });
  const next = other.acquireLock("k", "b");
  controller.abort("left");
  expect(await long.catch((reason: unknown) => reason)).toBe("left");
  expect(await short).toBeUndefined();
  const again = mine.acquireLock("k", "a");
  await other.releaseLock("k", "holder");
  expect(await Promise.race([next, again])).toMatchObject({ holder: "b" });
  await other.releaseLock("k", "b");
  await again;
  await Promise.all([mine.close(), other.close()]);
});
