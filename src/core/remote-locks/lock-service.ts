import type { FreeLock, ReleaseLockOptions } from "../locks/result-lock-manager.ts";

/**
 * Locks kept elsewhere, one short call at a time: what a Durable Object answers by RPC, and the HTTP API to browsers.
 * `RemoteLockManager` makes a lock manager of it. Who calls may vanish at any time and nobody is told, so no call waits
 * longer than `maxWait`, all may be repeated, and times are lengths: the two sides' clocks differ. All are milliseconds.
 */
export interface LockService {
  /**
   * The lock, for one who has it already too, or `undefined` where it wasn't free within `request.wait`. One who waits
   * keeps its place for a moment after that, until it asks again. A lease that is not `isConfirmed` lasts for two
   * seconds, until it is renewed or asked for again: its holder may have vanished while it waited.
   */
  acquire(key: string, request: LockRequest): Promise<LockLease | undefined>;
  /** The lease with a new end, also of one that has run out and that nobody took; `undefined` for anyone but the holder. */
  renew(key: string, holder: string, holdTimeout: number): Promise<LockLease | undefined>;
  /** Frees the lock, or gives up a place in the queue. False for anyone who has neither. */
  release(key: string, holder: string, options?: EndLockOptions): Promise<boolean>;
  /** The lock as it is, and whether `holder` has it. */
  inspect(key: string, holder?: string): Promise<LockState>;
  /** The lock once it is free or its lease has run out, or as it is after `timeout`. */
  wait(key: string, timeout: number): Promise<LockState>;
}

/** The longest that a call waits, in milliseconds. */
export const maxWait = 10_000;

/** The lease of a lock that was asked for without one: nobody can see from afar whether its holder is still there. */
export const bareLease = 30_000;

/** The longest lease that can be asked for, in milliseconds: a day. For as long storages remember whom to refuse. */
export const longestLease = 86_400_000;

export interface LockRequest {
  readonly holder: string;
  readonly holdTimeout: number;
  /** How long to wait in this call, 0 to `maxWait`. */
  readonly wait: number;
  /** Whether the caller asks again if that is too short, so that its place is to be kept. */
  readonly comesBack: boolean;
}

export interface EndLockOptions extends ReleaseLockOptions {
  /** Nothing was done under the lock, nor was the holder before shut out: that is left to the next one. */
  isUnused?: boolean | undefined;
}

export interface LockLease {
  readonly token: number;
  /** Milliseconds that the lease has left. */
  readonly expiresIn: number;
  readonly isConfirmed: boolean;
  readonly takenOver: boolean;
  readonly committed?: string | undefined;
  readonly unheldFor?: number | undefined;
}

export interface LockState extends FreeLock {
  /** Whether anyone holds it under a lease that has not run out. */
  readonly isLocked: boolean;
  /** Of the last grant; absent: none is remembered. */
  readonly token?: number | undefined;
  /** Milliseconds that the lease has left; absent where it is free. */
  readonly expiresIn?: number | undefined;
  /** Whether the holder asked about has it under a lease that has not run out. */
  readonly isHolder: boolean;
  /** Whether the holder asked about had it last, and has confirmed it: its lease may be over, but nobody has taken the lock since. */
  readonly isLastHolder: boolean;
}
