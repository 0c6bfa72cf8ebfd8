import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import { clients } from "./history-commands.ts";
import { type Parts, promised, tryInMemory } from "./memory-history.ts";

class WithoutFence extends MemoryStorage {
  override async write(...[key, bytes, { grant: _, ...options }]: Parameters<MemoryStorage["write"]>) {
    return super.write(key, bytes, options);
  }
}

class WithoutPlace extends MemoryStorage {
  override async write(...[key, bytes, { since: _, ...options }]: Parameters<MemoryStorage["write"]>) {
    return super.write(key, bytes, options);
  }
}

class WithoutExpiration extends MemoryStorage {
  override async invalidate(...[target, options]: Parameters<MemoryStorage["invalidate"]>) {
    if (options.mode !== "expire") await super.invalidate(target, options);
  }
}

class WithoutDeletion extends MemoryStorage {
  override async delete() {
    return false;
  }
}

/** Everybody has the lock. */
class WithoutExclusion extends MemoryLockManager {
  override async acquireLock(...[key, holder, options]: Parameters<MemoryLockManager["acquireLock"]>) {
    return super.acquireLock(`${key} of ${holder}`, holder, options);
  }

  override async releaseLock() {}

  override async isLockHolder() {
    return true;
  }
}

const broken: Record<string, () => Parts> = {
  "a storage that takes the write of a late holder": () => ({ storage: new WithoutFence() }),
  "a storage that ignores where a computation began": () => ({ storage: new WithoutPlace() }),
  "a storage where nothing expires": () => ({ storage: new WithoutExpiration() }),
  "a storage that keeps what is deleted": () => ({ storage: new WithoutDeletion() }),
  "a lock that everybody gets": () => ({ locks: new WithoutExclusion() }),
  "a memory cache that hears no news": () => ({ post: () => {} }),
};

test.each(Object.entries(broken))("the model of histories notices %s", async (_, create) => {
  const property = fc.asyncProperty(fc.scheduler(), clients, promised, (scheduler, all, promises) =>
    tryInMemory(scheduler, all, promises, create()),
  );
  const { failed } = await fc.check(property, { seed: 1, numRuns: 600, endOnFailure: true });
  expect(failed).toBe(true);
});
