// Users whose `lib` lacks it get the type of `AsyncDisposable` with ours.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Progress, ProgressListener } from "../concurrency/progress.ts";

/**
 * Allows one computation at a time for a key. This is the whole contract for a lock manager of your own;
 * `reprise/testing` has the suite that checks it.
 *
 * A holder is one caller, identified by a unique string. The same holder may acquire again while it holds the lock: that
 * extends the lease, keeps the token, and needs no second release. A waiting caller ends an expired lease, never the
 * holder's own timer. All durations are milliseconds.
 */
export interface ResultLockManager {
  /** Where the leases of all its locks are. See `LockGrant`. A storage with the same place can check them in its writes. */
  readonly leasePlace?: string | undefined;
  /**
   * Waits for the lock in a queue. Resolves with `undefined` after `acquireTimeout` (0: one try; absent: no limit).
   * Rejects with the signal's reason when `signal` aborts before that, even in the turn of the grant: nobody has the lock then.
   */
  acquireLock(key: string, holder: string, options?: AcquireLockOptions): Promise<LockGrant | undefined>;
  /** Frees the lock and wakes all waiting callers. Rejects with `LockNotHeldError` for anyone but the holder. */
  releaseLock(key: string, holder: string, options?: ReleaseLockOptions): Promise<void>;
  /** Starts a new lease of `holdTimeout` from now, with the same token. Rejects with `LockNotHeldError` once the lease is lost. */
  renewLock(key: string, holder: string, holdTimeout: number): Promise<LockGrant>;
  /** Whether any holder, other than `except`, has the lock under a lease that has not run out. */
  isLocked(key: string, options?: IsLockedOptions): Promise<boolean>;
  /**
   * Ends the lock of a computation whose key is about to be written or deleted. Resolves to the token for that change, which is
   * larger than the computation's, so that the storage refuses its late write. `undefined` if no such write can come. Rejects with
   * `LockNotHeldError` if somebody took the lock by hand. Omit this method if the storage sees by itself what began before a change.
   */
  endComputation?(key: string): Promise<number | undefined>;
  /** Whether `holder` has the lock under a lease that has not run out. */
  isLockHolder(key: string, holder: string): Promise<boolean>;
  /** Resolves once the lock is free or its lease has run out; with `undefined` after `timeout`. Takes no place in the queue. */
  waitForLock(key: string, options?: WaitForLockOptions): Promise<FreeLock | undefined>;
  /**
   * Tells the callers that wait for the lock how far its holder is. Does nothing for anyone but the holder. The manager may skip
   * reports, but not the last one, and tells a caller that begins to wait the latest one. Nothing tells whether a report arrived.
   */
  reportProgress?(key: string, holder: string, progress: Progress): void;
  /** Drops held locks and ends waiting calls. */
  close?(): Promise<void>;
}

/** The option of calls that wait for a lock and hear of its holder's progress. */
export interface ProgressOptions {
  /** Called with the progress of the holder while the call waits. It must not throw. */
  onProgress?: ProgressListener | undefined;
}

/** The options of `acquireLock`. */
export interface AcquireLockOptions extends ProgressOptions {
  /** How long to wait for the lock, in milliseconds. 0: one try. Absent: no limit. */
  acquireTimeout?: number | undefined;
  /** How long the lease lasts unless renewed. Absent: until released, or until its tab or process is gone. */
  holdTimeout?: number | undefined;
  /** Ends the wait with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The options of `isLocked`. */
export interface IsLockedOptions {
  /** A holder whose own lock doesn't count. One question, since the answers to two may come from before and after a renewal. */
  except?: string | undefined;
  /** The locks of computations (see `isComputation`) don't count either. */
  byHand?: boolean | undefined;
}

/** The options of `releaseLock`. */
export interface ReleaseLockOptions {
  /** The etag that was written or found under the lock, passed on to waiting callers. */
  committed?: string | undefined;
}

/** The options of `waitForLock`. */
export interface WaitForLockOptions extends ProgressOptions {
  /** How long to wait, in milliseconds. Absent: no limit. */
  timeout?: number | undefined;
  /** Ends the wait with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The data of a lock that nobody holds. */
export interface FreeLock {
  /** The etag that the last holder wrote or found under it, if the manager remembers it. */
  readonly committed?: string | undefined;
}

/** A held lock. `await using` releases it at the end of the block. */
export interface LockGrant extends AsyncDisposable {
  /** The key that is locked. */
  readonly key: string;
  /** The caller that has the lock. */
  readonly holder: string;
  /** The fencing token. It grows with every grant of the key, across restarts too. */
  readonly token: number;
  /** The end of the lease unless renewed. Absent: it doesn't run out. */
  readonly expiresAt?: Date | undefined;
  /** Whether the previous lease ran out instead of being released. */
  readonly takenOver: boolean;
  /** The etag that the previous holder wrote or found, if the manager remembers it. */
  readonly committed?: string | undefined;
  /** For at least this many milliseconds before the grant, nobody held the lock. Absent: not known. */
  readonly unheldFor?: number | undefined;
  /** The grant of a narrower lock that is held along with this one, such as the tab's lock under the edge's. */
  readonly within?: LockGrant | undefined;
  /** Aborts, with a `StaleLockError` as its reason, once the lock is known to be lost. */
  readonly signal: AbortSignal;
  /**
   * The place where the lease is kept, such as `"indexed-db/reprise"`. A storage that keeps leases in the same place checks
   * the lease inside its own write; any other storage compares tokens.
   */
  readonly leasePlace?: string | undefined;
}
