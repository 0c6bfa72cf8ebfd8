import { generateHolder } from "../../core/locks/holder.ts";
import type { MemoryLockManager } from "../../core/locks/memory-lock-manager.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { timeLeft } from "../../core/support/time-left.ts";
import { LockNotHeldError } from "../../errors/index.ts";

/**
 * Locks of `next`. Holders and waiting callers of `memory` finish there, key by key. A caller that comes later queues
 * behind them, and then asks `next`.
 */
export function handOverLocks(memory: MemoryLockManager, next: ResultLockManager): ResultLockManager {
  /** Of a lock that is held: in memory, or else of `next`. */
  const change = async <T>(key: string, call: (manager: ResultLockManager) => Promise<T>): Promise<T> => {
    if (memory.isIdle(key)) return call(next);
    try {
      return await call(memory);
    } catch (error) {
      if (error instanceof LockNotHeldError) return call(next);
      throw error;
    }
  };
  return {
    async acquireLock(key, holder, options = {}) {
      if (memory.isIdle(key)) return next.acquireLock(key, holder, options);
      if (await memory.isLockHolder(key, holder)) return memory.acquireLock(key, holder, options);
      const { acquireTimeout, signal } = options;
      const left = timeLeft(acquireTimeout);
      const turn = await memory.acquireLock(key, generateHolder(), { acquireTimeout, signal });
      try {
        return turn && (await next.acquireLock(key, holder, { ...options, acquireTimeout: left() }));
      } finally {
        await turn?.[Symbol.asyncDispose]();
      }
    },
    releaseLock: (key, holder, options) => change(key, (manager) => manager.releaseLock(key, holder, options)),
    renewLock: (key, holder, holdTimeout) => change(key, (manager) => manager.renewLock(key, holder, holdTimeout)),
    isLocked: async (key) => (await memory.isLocked(key)) || next.isLocked(key),
    isLockHolder: async (key, holder) => (await memory.isLockHolder(key, holder)) || next.isLockHolder(key, holder),
    async waitForLock(key, options = {}) {
      const left = timeLeft(options.timeout);
      const free = await memory.waitForLock(key, options);
      return free && next.waitForLock(key, { ...options, timeout: left() });
    },
    async close() {
      await memory.close();
      await next.close?.();
    },
  };
}
