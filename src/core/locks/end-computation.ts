import { lockedByHand } from "./lock-grant.ts";
import type { ResultLockManager } from "./result-lock-manager.ts";

/** Uses the manager's own method, or asks whether somebody holds the lock by hand. */
export async function endComputation(locks: ResultLockManager, key: string): Promise<number | undefined> {
  if (locks.endComputation) return locks.endComputation(key);
  if (await locks.isLocked(key, { byHand: true })) throw lockedByHand(key);
  return undefined;
}
