import { generateHolder } from "../../core/locks/holder.ts";
import type { MemoryLockManager } from "../../core/locks/memory-lock-manager.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { LockNotHeldError } from "../../errors/index.ts";
import { timeLeft } from "../../core/concurrency/time-left.ts";
import { asyncDispose } from "../../core/concurrency/async-dispose.ts";

/**
 * Locks of `next`. Holders and waiting callers of `memory` finish there, key by key. A caller that comes later queues
 * behind them, and then asks `next`.
 */
export function handOverLocks(memory: MemoryLockManager, next: ResultLockManager): ResultLockManager {
  const managerOf = async (key: string, holder: string): Promise<ResultLockManager> =>
    (await memory.isLockHolder(key, holder)) ? memory : next;
  /** Another number after each close. */
  let closed = 0;
  return {
    async acquireLock(key, holder, options = {}) {
      const before = closed;
      const manager = await managerOf(key, holder);
      if (closed !== before) throw new LockNotHeldError("The lock manager was closed", { key });
      if (manager === memory || memory.isIdle(key)) return manager.acquireLock(key, holder, options);
      const { acquireTimeout, signal, onProgress } = options;
      const left = timeLeft(acquireTimeout);
      const turn = await memory.acquireLock(key, generateHolder(), { acquireTimeout, signal, onProgress });
      try {
        return turn && (await next.acquireLock(key, holder, { ...options, acquireTimeout: left() }));
      } finally {
        await turn?.[asyncDispose]();
      }
    },
    releaseLock: async (key, holder, options) => (await managerOf(key, holder)).releaseLock(key, holder, options),
    renewLock: async (key, holder, time) => (await managerOf(key, holder)).renewLock(key, holder, time),
    isLocked: async (key, options) => (await memory.isLocked(key, options)) || next.isLocked(key, options),
    isLockHolder: async (key, holder) => (await managerOf(key, holder)).isLockHolder(key, holder),
    async waitForLock(key, options = {}) {
      const left = timeLeft(options.timeout);
      const free = await memory.waitForLock(key, options);
      return free && next.waitForLock(key, { ...options, timeout: left() });
    },
    reportProgress(...report) {
      for (const locks of [memory, next]) locks.reportProgress?.(...report);
    },
    async close() {
      closed++;
      await memory.close();
      await next.close?.();
    },
  };
}
