import type { AcquireLockOptions, LockGrant, ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { assert } from "../cases/assert.ts";
import { inTime } from "../cases/wait-for.ts";

/** What a case of the contract gets. */
export interface Scene {
  readonly key: string;
  readonly bareLease: number | undefined;
  readonly one: ResultLockManager;
  /** Another manager over the same locks, if there is one; otherwise `one` again. */
  readonly other: ResultLockManager;
}

/** A case of the contract. */
export type Play = (scene: Scene) => Promise<void>;

/** Acquires the lock, which has to be granted soon. */
export async function acquire(
  locks: ResultLockManager,
  key: string,
  holder: string,
  options?: AcquireLockOptions,
): Promise<LockGrant> {
  const grant = await inTime(locks.acquireLock(key, holder, options), `${holder} does not get the lock`);
  assert(grant, `${holder} was refused the lock`);
  return grant;
}
