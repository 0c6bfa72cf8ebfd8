import { expect } from "vitest";
import { LockNotHeldError } from "../../src/index.ts";
import { inTime } from "../../src/testing/cases/wait-for.ts";
import { type ParityCase, row } from "./parity-case.ts";
import type { Place } from "./parity-world.ts";

/** Each place has a lock manager of its own. */
const managers: Readonly<Record<string, readonly Place[]>> = {
  MemoryLockManager: ["memory"],
  FileSystemLockManager: ["IndexedDB"],
  RedisLockManager: ["R2", "KV", "R2 and KV"],
};

export const lockCases: readonly ParityCase[] = Object.entries(managers).flatMap(([managerName, places]) =>
  row(
    managerName,
    {
      "is the one that stores here have": ({ createLockManager, place }) => {
        const here = { memory: "MemoryLockManager", IndexedDB: "WebLockManager" } as Partial<Record<Place, string>>;
        expect(createLockManager().constructor.name).toBe(here[place] ?? "DurableObjectLockManager");
      },
      "holds off the callers of all stores and managers over the same locks": async (world) => {
        const [manager, other] = [world.createLockManager(), world.createLockManager()];
        const key = world.name("k");
        const grant = await manager.acquireLock(key, "me");
        expect(await other.acquireLock(key, "you", { acquireTimeout: 0 })).toBeUndefined();
        expect(await world.createStore().acquireLock(key, { acquireTimeout: 0 })).toBeUndefined();
        expect([await other.isLocked(key), await other.isLockHolder(key, "me")]).toEqual([true, true]);
        await expect(other.releaseLock(key, "you")).rejects.toThrow(LockNotHeldError);
        await manager.releaseLock(key, "me");
        const next = await other.acquireLock(key, "you", { acquireTimeout: 0 });
        expect(next!.token).toBeGreaterThan(grant!.token);
        await other.releaseLock(key, "you");
      },
      "is fair: first come, first served": async ({ createLockManager, name }) => {
        const manager = createLockManager();
        const turns: number[] = [];
        await manager.acquireLock(name("k"), "first");
        const waiting = [1, 2, 3].map(async (turn) => {
          await manager.acquireLock(name("k"), `holder ${turn}`);
          turns.push(turn);
          await manager.releaseLock(name("k"), `holder ${turn}`);
        });
        await manager.acquireLock(name("k"), "impatient", { acquireTimeout: 20 });
        await manager.releaseLock(name("k"), "first");
        await inTime(Promise.all(waiting), "some have no turn");
        expect(turns).toEqual([1, 2, 3]);
      },
      "a hold timeout ends a lock, and renewing it puts that off": async ({ createLockManager, name }) => {
        const [manager, other] = [createLockManager(), createLockManager()];
        await manager.acquireLock(name("k"), "me", { holdTimeout: 20 });
        const next = await inTime(
          other.acquireLock(name("k"), "you", { holdTimeout: 20_000 }),
          "the lease does not end",
        );
        expect(next!.takenOver).toBe(true);
        await expect(manager.renewLock(name("k"), "me", 1_000)).rejects.toThrow(LockNotHeldError);
        const renewed = await other.renewLock(name("k"), "you", 40_000);
        expect(Number(renewed.expiresAt)).toBeGreaterThan(Number(next!.expiresAt));
        await other.releaseLock(name("k"), "you");
      },
    },
    places,
  ),
);
