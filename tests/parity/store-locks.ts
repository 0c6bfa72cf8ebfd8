import { expect } from "vitest";
import { ConfigurationError, LockNotHeldError } from "../../src/index.ts";
import { aborted, inTime } from "../../src/testing/cases/wait-for.ts";
import { row } from "./parity-case.ts";
import type { ParityWorld } from "./parity-world.ts";

function locklessStore({ store }: ParityWorld) {
  return store.withOptions({ lockManager: undefined });
}

const isRefusedWithoutLocks = "without a lock manager is a configuration error";

/** What a store does with locks. */
export const storeLockCases = [
  ...row("acquire_lock", {
    "gives a grant to one, and undefined to others after acquireTimeout": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      const grant = await one.acquireLock(name("k"), { holder: "me" });
      expect(grant).toMatchObject({ key: name("k"), holder: "me", takenOver: false });
      expect(await other.acquireLock(name("k"), { acquireTimeout: 0 })).toBeUndefined();
      expect(await other.acquireLock(name("k"), { acquireTimeout: "20ms" })).toBeUndefined();
      await one.releaseLock(name("k"), grant!);
      const next = await other.acquireLock(name("k"), { acquireTimeout: 0 });
      expect(next?.token).toBeGreaterThan(grant!.token);
      await other.releaseLock(name("k"), next!);
    },
    "without acquireTimeout waits as long as it takes": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      const grant = await one.acquireLock(name("k"));
      const waiting = other.acquireLock(name("k"));
      expect(await other.acquireLock(name("k"), { acquireTimeout: 20 })).toBeUndefined();
      await one.releaseLock(name("k"), grant!);
      const next = await inTime(waiting, "the lock is not handed on");
      expect(next?.holder).not.toBe(grant!.holder);
      await other.releaseLock(name("k"), next!);
    },
    "holdTimeout ends a lock by itself, and its late writer is refused": async ({ createStore, name, kept, place }) => {
      const [one, other] = [createStore(), createStore()];
      const late = await one.acquireLock(name("k"), { holdTimeout: 20 });
      const next = await inTime(other.acquireLock(name("k")), "the lease does not end");
      expect([next!.takenOver, next!.token > late!.token]).toEqual([true, true]);
      const write = () => one.write(name("k"), "late", { holder: late!.holder });
      // KV alone has nothing to check a token with: late writers are refused once word of the loss has reached them
      if (place === "KV") await aborted(late!.signal);
      await expect(write()).rejects.toMatchObject({ code: "STALE_LOCK" });
      await other.write(name("k"), "rightful", { holder: next!.holder });
      await expect(write()).rejects.toMatchObject({ code: "STALE_LOCK" });
      await other.releaseLock(name("k"), next!);
      expect(await kept(name("k"))).toBe("rightful");
    },
    [isRefusedWithoutLocks]: async (world) => {
      await expect(locklessStore(world).acquireLock("k")).rejects.toThrow(ConfigurationError);
      await expect(locklessStore(world).withLock("k", () => {})).rejects.toThrow(ConfigurationError);
    },
  }),

  ...row("release_lock", {
    "by the holder alone, wherever it is called": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      const grant = await one.acquireLock(name("k"));
      for (const store of [one, other]) {
        await expect(store.releaseLock(name("k"), { holder: "someone" })).rejects.toThrow(LockNotHeldError);
      }
      expect(await other.isLocked(name("k"))).toBe(true);
      await one.releaseLock(name("k"), grant!);
      await expect(one.releaseLock(name("k"), grant!)).rejects.toThrow(LockNotHeldError);
      expect(await other.isLocked(name("k"))).toBe(false);
    },
    [isRefusedWithoutLocks]: async (world) => {
      await expect(locklessStore(world).releaseLock("k", { holder: "me" })).rejects.toThrow(ConfigurationError);
    },
  }),

  ...row("is_locked", {
    "true while anyone holds it, here or elsewhere": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      const ask = () => Promise.all([one, other].map((store) => store.isLocked(name("k"))));
      expect(await ask()).toEqual([false, false]);
      const grant = await one.acquireLock(name("k"));
      expect(await ask()).toEqual([true, true]);
      await one.releaseLock(name("k"), grant!);
      expect(await ask()).toEqual([false, false]);
    },
    [isRefusedWithoutLocks]: async (world) => {
      await expect(locklessStore(world).isLocked("k")).rejects.toThrow(ConfigurationError);
    },
  }),

  ...row("is_lock_holder", {
    "true for the holder alone, here or elsewhere": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      const grant = await one.acquireLock(name("k"), { holder: "me" });
      for (const store of [one, other]) {
        expect(await store.isLockHolder(name("k"), grant!)).toBe(true);
        expect(await store.isLockHolder(name("k"), { holder: "someone" })).toBe(false);
      }
      await one.releaseLock(name("k"), grant!);
      expect(await other.isLockHolder(name("k"), grant!)).toBe(false);
    },
    [isRefusedWithoutLocks]: async (world) => {
      await expect(locklessStore(world).isLockHolder("k", { holder: "me" })).rejects.toThrow(ConfigurationError);
    },
  }),

  ...row("wait_for_lock", {
    "true at once if it is free, true once it is, false after the timeout": async ({ createStore, name }) => {
      const [one, other] = [createStore(), createStore()];
      expect(await inTime(other.waitForLock(name("k")), "a free lock")).toBe(true);
      const grant = await one.acquireLock(name("k"));
      expect(await other.waitForLock(name("k"), { timeout: 10 })).toBe(false);
      const waiting = other.waitForLock(name("k"));
      await one.releaseLock(name("k"), grant!);
      expect(await inTime(waiting, "a released lock")).toBe(true);
    },
    [isRefusedWithoutLocks]: async (world) => {
      await expect(locklessStore(world).waitForLock("k")).rejects.toThrow(ConfigurationError);
    },
  }),
];
