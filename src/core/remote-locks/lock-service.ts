import type { Progress } from "../concurrency/progress.ts";
import type { FreeLock, ReleaseLockOptions } from "../locks/result-lock-manager.ts";

/**
 * Locks kept on another machine and reached by short calls. A Durable Object implements it by RPC, and the HTTP API for
 * browsers. `RemoteLockManager` turns it into a lock manager. A caller may vanish at any time without notice, so no call
 * waits longer than `maxWait`, and all are repeatable. Times are durations in milliseconds, since the two clocks differ.
 */
export interface LockService {
  /**
   * Acquires the lock, also for a holder that has it already. Resolves with `undefined` if it wasn't free within
   * `request.wait`; the caller then keeps its place for a moment, until it asks again. A lease that is not `isConfirmed`
   * lasts for two seconds, until it is renewed or acquired again: its holder may have vanished while it waited.
   */
  acquire(key: string, request: LockRequest): Promise<LockLease | undefined>;
  /** Renews the lease, also one that has run out and that nobody took; `undefined` for anyone but the holder. */
  renew(key: string, holder: string, holdTimeout: number): Promise<LockLease | undefined>;
  /** Frees the lock, or gives up a place in the queue. False for a caller that has neither. */
  release(key: string, holder: string, options?: EndLockOptions): Promise<boolean>;
  /**
   * Ends the grants of a key before a change without a lock, unless somebody holds the lock by hand. Their holders are refused
   * afterwards. Absent: a server behind the service does this with each change.
   */
  endComputation?(key: string): Promise<EndedComputation>;
  /** The current state of the lock, and whether `holder` has it. */
  inspect(key: string, holder?: string): Promise<LockState>;
  /**
   * The state of the lock once it is free or its lease has run out, or after `timeout`. With `seen`, also once the holder's
   * progress has another number. 0: none was seen.
   */
  wait(key: string, timeout: number, seen?: number): Promise<LockState>;
  /** Notes how far the holder is. False for anyone but the holder. A service without it passes no progress on. */
  report?(key: string, holder: string, progress: Progress): Promise<boolean>;
}

/** The maximum wait of a call, in milliseconds. */
export const maxWait = 10_000;

/** The lease of a lock that was requested without one, in milliseconds: the service can't see whether its holder is still there. */
export const bareLease = 30_000;

/** The maximum lease, in milliseconds: a day. Storages remember for as long which late writers to refuse. */
export const longestLease = 86_400_000;

/** A caller's request for a lock. */
export interface LockRequest {
  /** The caller, by a unique name of 1 to 1,024 characters. */
  readonly holder: string;
  /** How long the lease lasts unless renewed, in milliseconds, at most `longestLease`. */
  readonly holdTimeout: number;
  /** Milliseconds to wait in this call, 0 to `maxWait`. */
  readonly wait: number;
  /** Whether the caller asks again after the wait, so that the service keeps its place. */
  readonly comesBack: boolean;
}

/** The options of `LockService.release`. */
export interface EndLockOptions extends ReleaseLockOptions {
  /** The holder did nothing under the lock, and did not fence the previous holder either: the next holder has to do that. */
  isUnused?: boolean | undefined;
}

/** The outcome of `LockService.endComputation`. */
export interface EndedComputation {
  /** Whether the lock was taken by hand, so that no grant was ended. */
  readonly isByHand: boolean;
  /** The token for the change, larger than those of all grants. Absent if no holder can write any more. */
  readonly token?: number | undefined;
}

/** A lease that the service has given or renewed. */
export interface LockLease {
  /** The fencing token, as in `LockGrant`. */
  readonly token: number;
  /** Milliseconds until the lease ends. */
  readonly expiresIn: number;
  /** Whether the lease lasts as requested. If not, it ends after two seconds unless it is renewed or acquired again. */
  readonly isConfirmed: boolean;
  /** Whether the previous lease ran out instead of being released. */
  readonly takenOver: boolean;
  /** The etag that the previous holder wrote or found, if the service remembers it. */
  readonly committed?: string | undefined;
  /** For at least this many milliseconds before the grant, nobody held the lock. Absent: not known. */
  readonly unheldFor?: number | undefined;
}

/** A report of the holder, with a number by which a caller tells new reports from old ones. */
export interface NumberedProgress extends Progress {
  /** Another one for each report. */
  readonly number: number;
}

/** The state of a lock at one moment. */
export interface LockState extends FreeLock {
  /** Whether any holder has it under a lease that has not run out. */
  readonly isLocked: boolean;
  /** Whether it has it by hand, and not for a computation. Absent: not known. */
  readonly isByHand?: boolean | undefined;
  /** The token of the last grant. Absent: none is remembered. */
  readonly token?: number | undefined;
  /** Milliseconds until the lease ends. Absent if the lock is free. */
  readonly expiresIn?: number | undefined;
  /** Whether the given holder has it under a lease that has not run out. */
  readonly isHolder: boolean;
  /** Whether the given holder had it last, and confirmed it. Its lease may be over, but nobody has taken the lock since. */
  readonly isLastHolder: boolean;
  /** The latest progress of the holder, for a `wait` with `seen`. */
  readonly progress?: NumberedProgress | undefined;
}
