import type { ProgressListener } from "../concurrency/progress.ts";
import type { FreeLock, WaitForLockOptions } from "../locks/result-lock-manager.ts";
import { later } from "../concurrency/settle-within.ts";
import { spaceOut } from "./remote-lock-attempt.ts";

/** The least time between two reports of a holder, in milliseconds. Each is a call, and wakes the callers that wait. */
export const reportInterval = 1_000;

/** How long a caller waits in the queue before it asks for the progress too, in milliseconds. */
const followDelay = 1_000;

/**
 * Passes the progress to a caller that waits in the queue, since the request that keeps its place has no room for it.
 * Returns a function that stops it.
 */
export function followQueue(
  wait: (options: WaitForLockOptions) => Promise<FreeLock | undefined>,
  onProgress: ProgressListener,
): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const cancel = later(followDelay, () => void follow().catch(() => {}));
  const follow = async (): Promise<void> => {
    for (;;) {
      const began = performance.now();
      await wait({ onProgress, signal });
      // another caller has the lock next
      await spaceOut(began, signal);
    }
  };
  return () => {
    cancel();
    ended.abort();
  };
}
