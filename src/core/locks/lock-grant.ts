import { LockNotHeldError, StaleLockError } from "../../errors/index.ts";
import type { LockGrant } from "./result-lock-manager.ts";

/** What a lock manager knows of a lock that is held. */
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
  /** Milliseconds since 1970; absent: the lease does not run out. */
  expiresAt?: number | undefined;
}

/** The grant of a held lock, with its lease as it is now. `release` is called by `await using`. */
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
    [Symbol.asyncDispose]: release,
  };
}

/** Tells the holder that its lock is gone. */
export function loseLock({ lost, key, holder }: HeldLock): void {
  lost.abort(new StaleLockError(`${holder} has lost its lock`, { key }));
}

/** What everyone but the holder is told. */
export function lockNotHeld(key: string, holder: string): LockNotHeldError {
  return new LockNotHeldError(`${holder} does not hold the lock`, { key });
}

/** Whether the lease of a lock, or of a row that keeps one, has run out. */
export function hasRunOut({ expiresAt = Infinity }: { readonly expiresAt?: number | undefined }, now: number): boolean {
  return expiresAt <= now;
}

/** When a lease of `holdTimeout` milliseconds from now runs out. */
export function leaseEnd(now: number, holdTimeout: number | undefined): number | undefined {
  return holdTimeout === undefined ? undefined : now + holdTimeout;
}

/** The later of two ends: to acquire again extends a lease and never shortens it. */
export function laterEnd(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}
