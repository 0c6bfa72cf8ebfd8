import { LockNotHeldError } from "../../errors/index.ts";
import type { LockGrant, ResultLockManager } from "./result-lock-manager.ts";

/** The default length of a lease that is renewed while its work runs, in milliseconds. */
export const defaultHoldTimeout = 30_000;

/** A grant with the end of its lease. All calls of its holder in one store share it. */
export interface Lease {
  grant: LockGrant;
  /** The lease lasts at least until then, by `performance.now()`. */
  until: number;
}

/** The latest end that any call of any store asked for, by the signal of the lock. No renewal asks for an earlier one. */
const latestEnds = new WeakMap<AbortSignal, number>();

/** Notes an end of a lease that was asked for, by `performance.now()`. Returns the latest. */
export function noteEnd({ signal }: LockGrant, end: number): number {
  const latest = Math.max(end, latestEnds.get(signal) ?? end);
  latestEnds.set(signal, latest);
  return latest;
}

export interface KeepLeaseOptions {
  /** Aborts when nobody waits for the work any more. Renewal then ends, so that work that ignores it does not block others for long. */
  signal?: AbortSignal | undefined;
  /** Called once when the lease is known to be lost. Renewal has ended then. */
  onLost: (error: unknown) => void;
}

/** Renews a lease three times within `holdTimeout`, so that one renewal may fail. Returns a function that stops renewal. */
export function keepLease(
  manager: ResultLockManager,
  lease: Lease,
  holdTimeout: number,
  { signal, onLost }: KeepLeaseOptions,
): () => void {
  const { key, holder, signal: lost } = lease.grant;
  const ended = new AbortController();
  const stop = () => ended.abort();
  const lose = (error: unknown) => {
    stop();
    onLost(error);
  };
  const renew = () => {
    const now = performance.now();
    const length = noteEnd(lease.grant, now + holdTimeout) - now;
    // it doesn't run out
    if (length === Infinity) return;
    manager.renewLock(key, holder, length).then(
      () => (lease.until = Math.max(lease.until, now + length)),
      (error: unknown) => {
        // other errors may pass before the lease runs out
        if (error instanceof LockNotHeldError && !ended.signal.aborted) lose(error);
      },
    );
  };
  if (signal?.aborted) return stop;
  const timer = setInterval(renew, Math.min(holdTimeout / 3, 2 ** 31 - 1));
  ended.signal.addEventListener("abort", () => clearInterval(timer));
  const listening = { once: true, signal: ended.signal };
  signal?.addEventListener("abort", stop, listening);
  lost.addEventListener("abort", () => lose(lost.reason), listening);
  return stop;
}
