import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import type { ResultLockManager } from "../../src/core/locks/result-lock-manager.ts";
import { lockCommands, runSchedule } from "./lock-schedule.ts";
import { fakeTimeWorld } from "./fake-time-world.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The manager with other methods in place of its own. */
function broken(change: (locks: ResultLockManager) => Partial<ResultLockManager>): ResultLockManager {
  const locks = new MemoryLockManager();
  const changed = change(locks);
  return new Proxy(locks, {
    get(_, name: keyof ResultLockManager) {
      const member: unknown = changed[name] ?? locks[name as "isLocked"];
      return typeof member === "function" ? (member as () => unknown).bind(locks) : member;
    },
  });
}

const breaks: Record<string, [create: () => ResultLockManager, fault: RegExp]> = {
  "two holders at once": [
    () =>
      broken((locks) => ({ acquireLock: (key, holder, options) => locks.acquireLock(key + holder, holder, options) })),
    /got the lock while/,
  ],
  "a queue that serves the last one first": [
    () => {
      const waiting: (() => void)[] = [];
      return broken((locks) => ({
        async acquireLock(key, holder, options) {
          const grant = await locks.acquireLock(key, holder, { ...options, acquireTimeout: 0 });
          if (grant || options?.acquireTimeout === 0) return grant;
          await new Promise<void>((resolve) => void waiting.push(resolve));
          return locks.acquireLock(key, holder, options);
        },
        releaseLock: (key, holder) => locks.releaseLock(key, holder).then(() => waiting.pop()?.()),
      }));
    },
    /overtook/,
  ],
  "a lease that nobody checks": [
    () => {
      const now = Date.now();
      return new MemoryLockManager({ now: () => now });
    },
    /waits for a free lock/,
  ],
  "a token that does not grow": [
    () =>
      broken((locks) => ({
        async acquireLock(key, holder, options) {
          const grant = await locks.acquireLock(key, holder, options);
          return grant && { ...grant, token: 1 };
        },
      })),
    /the token 1 follows 1/,
  ],
  "a caller that is forgotten": [
    () =>
      broken((locks) => ({
        acquireLock: async (key, holder, options) =>
          (await locks.acquireLock(key, holder, { ...options, acquireTimeout: 0 })) ?? new Promise(() => {}),
      })),
    /waits for a free lock/,
  ],
  "a watcher that is forgotten": [
    () =>
      broken((locks) => ({
        waitForLock: async (key, options) =>
          (await locks.isLocked(key)) ? new Promise(() => {}) : locks.waitForLock(key, options),
      })),
    /watcher 0 waits for a free lock/,
  ],
  "a lost lock of which nobody is told": [
    () =>
      broken((locks) => ({
        async acquireLock(key, holder, options) {
          const grant = await locks.acquireLock(key, holder, options);
          return grant && { ...grant, signal: new AbortController().signal };
        },
      })),
    /is not told/,
  ],
  "a release by anybody": [
    () => broken((locks) => ({ releaseLock: (key, holder) => locks.releaseLock(key, holder).catch(() => {}) })),
    /released a lock that it does not hold/,
  ],
  "a renewal by anybody": [
    () =>
      broken((locks) => ({
        renewLock: async (key, holder, time) =>
          (await locks.acquireLock(key, holder, { acquireTimeout: 0 })) ?? locks.renewLock(key, holder, time),
      })),
    /renewed a lock that it does not hold/,
  ],
  "a held lock that reads as free": [() => broken(() => ({ isLocked: async () => false })), /reads as free/],
};

test.each(Object.entries(breaks))("the model notices %s", async (_, [create, fault]) => {
  const faults: string[] = [];
  for (const schedule of fc.sample(lockCommands({ contexts: 1, longest: 12 }), { seed: 3, numRuns: 60 }))
    await runSchedule(schedule, fakeTimeWorld(create())).catch((error: unknown) => void faults.push(String(error)));
  expect(faults).toContainEqual(expect.stringMatching(fault));
});
