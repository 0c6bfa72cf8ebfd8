import type { LockGrant, ResultLockManager } from "../../src/core/locks/result-lock-manager.ts";

/** The locks that a schedule tries, and the time around them. */
export interface LockWorld {
  readonly key: string;
  /** Managers over the same locks, one for each context. */
  readonly managers: ResultLockManager[];
  /** Milliseconds by which an answer may be late: an overdue answer is a fault only after them. */
  readonly slack: number;
  /** Lets milliseconds pass, and everything happen that is due then. */
  sleep(duration: number): Promise<void>;
  /** Moves the clock by milliseconds, and no timer with it. Absent: the clock can't be moved. */
  jump?(by: number): void;
  /** Ends a context without a word, and puts a new one in its place. Absent: no context can be ended. */
  crash?(index: number): Promise<void>;
  /** Loses the answer to the next request. Absent: there are no requests. */
  loseAnswer?(): void;
}

/** What a manager promises beyond the least that all of them do. */
export interface LockPromises {
  /** A crash frees the locks of its context at once, without waiting for the lease. */
  readonly crashReleases?: boolean;
  /** A call shares the place of another one of its holder that waits, and keeps it when that one ends. */
  readonly sharesPlaces?: boolean;
}

/** A grant that the model knows. */
export interface Held {
  readonly holder: string;
  readonly token: number;
  readonly context: number;
  grant: LockGrant;
  /** The lease lasts at least until then. `Infinity`: it doesn't run out. */
  leaseEnd: number;
  /** The lease lasts at most until then: an aborted call may have extended it. */
  latestEnd: number;
  isOver: boolean;
}

/** A call that waits. */
export interface Waiter {
  readonly holder: string;
  readonly context: number;
  readonly kind: "acquire" | "wait";
  /** By the clock that no jump moves. */
  readonly askedAt: number;
  readonly timeout: number | undefined;
  /** The lower, the earlier its turn. */
  readonly place: number;
  readonly abort: AbortController;
  /** The number of times that the lock was free before the call. */
  readonly freedBefore: number;
  isAborted: boolean;
  isSettled: boolean;
}
