import { expect, test } from "vitest";
import type { LockService } from "../../../src/core/remote-locks/lock-service.ts";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { inTime } from "../../../src/testing/cases/wait-for.ts";
import { KeyLock } from "../../../workers/locks/key-lock.ts";
import { createStore } from "../../stores.ts";

// The locks of the Durable Object, behind a network on which each request and each answer takes up to `delay` milliseconds.

function slowLocks(delay: number): LockService {
  const locks = new Map<string, KeyLock>();
  const lockOf = (key: string) => {
    const lock = locks.get(key) ?? new KeyLock({ row: undefined, save: () => {}, now: () => Date.now() });
    locks.set(key, lock);
    return lock;
  };
  const travel = () => new Promise((resolve) => setTimeout(resolve, Math.random() * delay));
  const call = async <T>(run: () => T | Promise<T>): Promise<T> => {
    await travel();
    const answer = await run();
    await travel();
    return answer;
  };
  return {
    acquire: (key, request) => call(() => lockOf(key).acquire(request)),
    renew: (key, holder, holdTimeout) => call(() => lockOf(key).renew(holder, holdTimeout)),
    release: (key, holder, options) => call(() => lockOf(key).release(holder, options)),
    inspect: (key, holder) => call(() => lockOf(key).inspect(holder)),
    wait: (key, timeout) => call(() => lockOf(key).wait(timeout)),
  };
}

test("holders whose short leases lapse on a slow network never wait for their own locks", async () => {
  const service = slowLocks(120);
  const resultStorage = new MemoryStorage();
  const createPeer = () => createStore({ resultStorage, lockManager: new RemoteLockManager(service) });
  const peers = [createPeer(), createPeer()];
  const visit = async (i: number) => {
    const store = peers[i % 2]!;
    const key = `key ${i % 10}`;
    return store.withLock(
      key,
      async ({ holder }) => {
        // the second store shares the manager, but knows nothing of the grant
        for (const reader of [store, store.withOptions({})]) {
          await inTime(reader.read(key, { holder }), `${holder} waits for itself`);
          await inTime(reader.readMany([key], { holder }), `${holder} waits for itself`);
        }
      },
      { holdTimeout: 150 },
    );
  };
  await Promise.all(Array.from({ length: 50 }, (_, i) => visit(i)));
  for (const peer of peers) await peer.close();
  for (let i = 0; i < 10; i++) expect((await service.inspect(`key ${i}`)).isLocked).toBe(false);
}, 60_000);
