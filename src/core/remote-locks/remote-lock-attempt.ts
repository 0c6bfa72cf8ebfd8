import { maxWait, type LockLease, type LockService } from "./lock-service.ts";
import { raceSignal } from "../support/race-signal.ts";

export interface LockAttempt {
  readonly key: string;
  readonly holder: string;
  readonly holdTimeout: number;
  readonly acquireTimeout: number | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
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
  const { key, holder, holdTimeout, acquireTimeout = Infinity, signal, now } = attempt;
  const deadline = performance.now() + acquireTimeout;
  for (;;) {
    const left = Math.max(0, deadline - performance.now());
    const wait = Math.min(left, maxWait);
    const comesBack = wait < left;
    const asked = now();
    const answer = service.acquire(key, { holder, holdTimeout, wait, comesBack });
    const lease = await raceSignal(answer, signal).catch((error: unknown) => {
      answer.then((late) => late && attempt.onLateGrant(late)).catch(() => {});
      throw error;
    });
    if (lease?.isConfirmed) return datedLease(lease, asked);
    const confirmed = lease && (await raceSignal(renewRemotely(service, key, holder, holdTimeout, now), signal));
    if (confirmed) return confirmed;
    // an unconfirmed grant may be gone
    if (!lease && !comesBack) return undefined;
  }
}

export async function renewRemotely(
  service: LockService,
  key: string,
  holder: string,
  holdTimeout: number,
  now: () => number,
): Promise<RemoteLease | undefined> {
  const asked = now();
  const lease = await service.renew(key, holder, holdTimeout);
  return lease && datedLease(lease, asked);
}

function datedLease(lease: LockLease, asked: number): RemoteLease {
  return { ...lease, expiresAt: asked + lease.expiresIn };
}
