// Users whose `lib` ends before it get the type of `AsyncDisposable` with ours.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * One computation at a time for a key. This is the whole contract that a lock manager of your own implements;
 * `reprise/testing` has the suite that checks it.
 *
 * A holder is one caller, named by a string that no other caller uses. The same holder may acquire again while it
 * holds: that extends the lease, keeps the token and isn't counted. A lease is ended by one that waits, never by
 * the holder's own timer. All durations are milliseconds.
 */
export interface ResultLockManager {
  /**
   * Waits its turn for the lock. `undefined` after `acquireTimeout` (0: one try; absent: waits for ever).
   * Rejects with the signal's reason when `signal` aborts.
   */
  acquireLock(key: string, holder: string, options?: AcquireLockOptions): Promise<LockGrant | undefined>;
  /** Frees the lock and wakes all who wait. Rejects with `LockNotHeldError` for anyone but the holder. */
  releaseLock(key: string, holder: string, options?: ReleaseLockOptions): Promise<void>;
  /** A new lease of `holdTimeout` from now, with the same token. Rejects with `LockNotHeldError` once the lease is lost. */
  renewLock(key: string, holder: string, holdTimeout: number): Promise<LockGrant>;
  /** Whether anyone holds the lock under a lease that has not run out. */
  isLocked(key: string): Promise<boolean>;
  /** Whether `holder` does. */
  isLockHolder(key: string, holder: string): Promise<boolean>;
  /** Resolves once the lock is free, or its lease has run out; at once if it is. `undefined` after `timeout`. Takes no place in the queue. */
  waitForLock(key: string, options?: WaitForLockOptions): Promise<FreeLock | undefined>;
  /** Gives up what is held and waited for. */
  close?(): Promise<void>;
}

export interface AcquireLockOptions {
  acquireTimeout?: number | undefined;
  /** How long the lease lasts unless renewed; absent: until released, or until its tab or process is gone. */
  holdTimeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface ReleaseLockOptions {
  /** The etag of what was written under the lock, or found there, told to those who wait. */
  committed?: string | undefined;
}

export interface WaitForLockOptions {
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What is known of a lock that nobody holds. */
export interface FreeLock {
  /** The etag that the last holder wrote or found under it, where the manager remembers. */
  readonly committed?: string | undefined;
}

/** A lock that is held. `await using` releases it at the end of the block. */
export interface LockGrant extends AsyncDisposable {
  readonly key: string;
  readonly holder: string;
  /** The fencing token: grows with every grant of the key, over restarts too. */
  readonly token: number;
  /** When the lease runs out unless renewed; absent: it doesn't. */
  readonly expiresAt?: Date | undefined;
  /** Whether the lease before this one ran out instead of being released. */
  readonly takenOver: boolean;
  /** The etag that the holder before wrote or found, where the manager remembers. */
  readonly committed?: string | undefined;
  /** At least this many milliseconds before the grant nobody held the lock; absent: not known. */
  readonly unheldFor?: number | undefined;
  /** The grant of a narrower lock that is held along with this one, such as the tab's under the edge's. */
  readonly within?: LockGrant | undefined;
  /** Aborts, with a `StaleLockError` as its reason, once the lock is known to be lost. */
  readonly signal: AbortSignal;
  /**
   * Where the lease itself is kept, such as `"indexed-db/reprise"`. A storage that keeps leases in the same place
   * checks the lease inside its own write; any other compares tokens.
   */
  readonly leasePlace?: string | undefined;
}
