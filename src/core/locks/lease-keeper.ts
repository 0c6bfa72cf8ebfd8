import { LockNotHeldError } from "../../errors/index.ts";
import type { LockGrant, ResultLockManager } from "./result-lock-manager.ts";

/** Milliseconds of a lease that is renewed while its work runs, unless told otherwise. */
export const defaultHoldTimeout = 30_000;

export interface KeepLeaseOptions {
  /** Nobody waits for the work any more: renewing ends, so that a work that doesn't heed it holds nobody up for long. */
  signal?: AbortSignal | undefined;
  /** Called once, when the lease is known to be gone; renewing has ended then. */
  onLost: (error: unknown) => void;
}

/** Renews a lease three times within its length, so that one renewal may fail. Returns what ends it. */
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
      // anything else may pass before the lease runs out
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
