import { raceSignal } from "../concurrency/race-signal.ts";
import { settleWithin } from "../concurrency/settle-within.ts";
import { maxWait, type LockLease, type LockService } from "./lock-service.ts";

export interface LockAttempt {
  readonly key: string;
  readonly holder: string;
  readonly holdTimeout: number;
  readonly acquireTimeout: number | undefined;
  readonly signal: AbortSignal;
  /** Called before each request. `holdTimeout`: the new length of a lease that may become shorter. Returns the time. */
  readonly begin: (holdTimeout?: number) => number;
  /** Called after the answer to each request, except that with the lease: its grant has to be noted first. */
  readonly settle: () => void;
  /** The lease to ask for when a grant is confirmed: no shorter than one that the holder may have by then. */
  readonly confirmedTimeout: () => number;
  /** Called when the lock was granted after the signal had aborted, so that nobody can use it. */
  readonly onLateGrant: (lease: LockLease) => void;
}

/** A lease with its end by the local clock. */
export interface RemoteLease extends LockLease {
  /** Milliseconds since 1970. Counted from before the call was sent, so it is never later than the service's end. */
  readonly expiresAt: number;
}

/** Asks until the lock is granted and the service knows that the grant has arrived. `undefined` after `acquireTimeout`. */
export async function attemptLock(service: LockService, attempt: LockAttempt): Promise<RemoteLease | undefined> {
  const { key, holder, holdTimeout, acquireTimeout = Infinity, signal, begin, settle } = attempt;
  const answered = async (asked: number, answer: Promise<LockLease | undefined>) => {
    const lease = await raceSignal(answer, signal).catch((error: unknown) => {
      void answer.then((late) => late && attempt.onLateGrant(late)).then(settle, settle);
      throw error;
    });
    if (!lease?.isConfirmed) settle();
    return lease && datedLease(lease, asked);
  };
  const deadline = performance.now() + acquireTimeout;
  for (;;) {
    const began = performance.now();
    const left = Math.max(0, deadline - performance.now());
    const wait = Math.min(left, maxWait);
    const comesBack = wait < left;
    let lease = await answered(begin(), service.acquire(key, { holder, holdTimeout, wait, comesBack }));
    if (!lease && !comesBack) return undefined;
    if (lease && !lease.isConfirmed) {
      const length = attempt.confirmedTimeout();
      // an unconfirmed grant may be gone
      lease = await answered(begin(length), service.renew(key, holder, length));
    }
    if (lease) return lease;
    await spaceOut(began, signal);
  }
}

/** The least time between two calls that wait, in milliseconds. A server that doesn't wait would be asked without a pause. */
const leastRound = 200;

/** Waits until `leastRound` after `began`. Rejects with the signal's reason. */
export async function spaceOut(began: number, signal: AbortSignal): Promise<void> {
  const timeout = began + leastRound - performance.now();
  if (timeout > 0) await settleWithin<void>({ timeout, signal, otherwise: undefined }, () => () => {});
}

export function datedLease(lease: LockLease, asked: number): RemoteLease {
  return { ...lease, expiresAt: asked + lease.expiresIn };
}
