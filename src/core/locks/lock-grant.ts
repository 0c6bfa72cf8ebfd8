import { LockNotHeldError, StaleLockError } from "../../errors/index.ts";
import type { LockGrant } from "./result-lock-manager.ts";
import { asyncDispose } from "../concurrency/async-dispose.ts";

/** A lock manager's state of a held lock. */
export interface HeldLock {
  readonly key: string;
  readonly holder: string;
  readonly token: number;
  readonly takenOver: boolean;
  readonly committed?: string | undefined;
  readonly unheldFor?: number | undefined;
  readonly leasePlace?: string | undefined;
  /** Aborted once the lock is lost. */
  readonly lost: AbortController;
  /** Milliseconds since 1970. Absent: the lease does not run out. */
  expiresAt?: number | undefined;
}

/** The grant of a held lock, with its current lease. `await using` calls `release`. */
export function createLockGrant(held: HeldLock, release: () => Promise<void>): LockGrant {
  const { key, holder, token, takenOver, committed, unheldFor, leasePlace, lost, expiresAt } = held;
  return {
    key,
    holder,
    token,
    takenOver,
    committed,
    unheldFor,
    leasePlace,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    signal: lost.signal,
    [asyncDispose]: release,
  };
}

/** Notifies the holder that its lock is lost. */
export function loseLock({ lost, key, holder }: HeldLock): void {
  lost.abort(new StaleLockError(`${holder} has lost its lock on "${key}"`, { key }));
}

/** The error for everyone but the holder. */
export function lockNotHeld(key: string, holder: string): LockNotHeldError {
  return new LockNotHeldError(`${holder} does not hold the lock on "${key}"`, { key });
}

/** The error for a change without a lock while somebody else holds the lock by hand. */
export function lockedByHand(key: string): LockNotHeldError {
  const message = `Somebody took the lock on "${key}" by hand: name the holder of the lock, or wait until it is free`;
  return new LockNotHeldError(message, { key });
}

/** Whether the lease of a lock, or of a row that keeps one, has run out. */
export function hasRunOut({ expiresAt = Infinity }: { readonly expiresAt?: number | undefined }, now: number): boolean {
  return expiresAt <= now;
}

/** The end of a lease of `holdTimeout` milliseconds that begins now. */
export function leaseEnd(now: number, holdTimeout: number | undefined): number | undefined {
  return holdTimeout === undefined ? undefined : now + holdTimeout;
}

/** The later of two ends: another acquisition extends a lease and never shortens it. */
export function laterEnd(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
