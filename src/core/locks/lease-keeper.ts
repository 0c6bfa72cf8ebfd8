import { LockNotHeldError } from "../../errors/index.ts";
import type { LockGrant, ResultLockManager } from "./result-lock-manager.ts";

/** The default length of a lease that is renewed while its work runs, in milliseconds. */
export const defaultHoldTimeout = 30_000;

export interface KeepLeaseOptions {
  /** Aborts when nobody waits for the work any more. Renewal then ends, so that work that ignores it does not block others for long. */
  signal?: AbortSignal | undefined;
  /** Called once when the lease is known to be lost. Renewal has ended then. */
  onLost: (error: unknown) => void;
}

/** Renews a lease three times within its length, so that one renewal may fail. Returns a function that stops renewal. */
export function keepLease(
  manager: ResultLockManager,
  grant: LockGrant,
  holdTimeout: number,
  { signal, onLost }: KeepLeaseOptions,
): () => void {
  const { key, holder } = grant;
  const ended = new AbortController();
  const stop = () => ended.abort();
  const lose = (error: unknown) => {
    stop();
    onLost(error);
  };
  const renew = () => {
    manager.renewLock(key, holder, holdTimeout).catch((error: unknown) => {
      // other errors may pass before the lease runs out
      if (error instanceof LockNotHeldError && !ended.signal.aborted) lose(error);
    });
  };
  if (signal?.aborted) return stop;
  const timer = setInterval(renew, Math.min(holdTimeout / 3, 2 ** 31 - 1));
  ended.signal.addEventListener("abort", () => clearInterval(timer));
  const listening = { once: true, signal: ended.signal };
  signal?.addEventListener("abort", stop, listening);
  grant.signal.addEventListener("abort", () => lose(grant.signal.reason), listening);
  return stop;
}
