import { maxWait, type LockLease, type LockService } from "./lock-service.ts";
import { raceSignal } from "../support/race-signal.ts";
import { settleWithin } from "../support/settle-within.ts";

export interface LockAttempt {
  readonly key: string;
  readonly holder: string;
  readonly holdTimeout: number;
  readonly acquireTimeout: number | undefined;
  readonly signal: AbortSignal;
  /** Called before each request. */
  readonly begin: () => LeaseRequest;
  /** The lease to ask for when a grant is confirmed: no shorter than one that the holder may have by then. */
  readonly confirmedTimeout: () => number;
  /** Called when the lock was granted after the signal had aborted, so that nobody can use it. */
  readonly onLateGrant: (lease: LockLease) => void;
}

/** A request that changes a lease. */
export interface LeaseRequest {
  /** Milliseconds since 1970. */
  readonly asked: number;
  /** See `RemoteLockHolds.changing`. */
  readonly changes: number;
}

/** A lease with its end by the local clock. */
export interface RemoteLease extends LockLease, LeaseRequest {
  /** Milliseconds since 1970. Counted from before the call was sent, so it is never later than the service's end. */
  readonly expiresAt: number;
}

/** Asks until the lock is granted and the service knows that the grant has arrived. `undefined` after `acquireTimeout`. */
export async function attemptLock(service: LockService, attempt: LockAttempt): Promise<RemoteLease | undefined> {
  const { key, holder, holdTimeout, acquireTimeout = Infinity, signal, begin } = attempt;
  const deadline = performance.now() + acquireTimeout;
  for (;;) {
    const began = performance.now();
    const left = Math.max(0, deadline - performance.now());
    const wait = Math.min(left, maxWait);
    const comesBack = wait < left;
    const request = begin();
    const answer = service.acquire(key, { holder, holdTimeout, wait, comesBack });
    const lease = await raceSignal(answer, signal).catch((error: unknown) => {
      answer.then((late) => late && attempt.onLateGrant(late)).catch(() => {});
      throw error;
    });
    if (lease?.isConfirmed) return datedLease(lease, request);
    const renewing = lease && renewRemotely(service, key, holder, attempt.confirmedTimeout(), begin());
    const confirmed = await raceSignal(Promise.resolve(renewing), signal);
    if (confirmed) return confirmed;
    // an unconfirmed grant may be gone
    if (!lease && !comesBack) return undefined;
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

export async function renewRemotely(
  service: LockService,
  key: string,
  holder: string,
  holdTimeout: number,
  request: LeaseRequest,
): Promise<RemoteLease | undefined> {
  const lease = await service.renew(key, holder, holdTimeout);
  return lease && datedLease(lease, request);
}

function datedLease(lease: LockLease, request: LeaseRequest): RemoteLease {
  return { ...lease, ...request, expiresAt: request.asked + lease.expiresIn };
}
