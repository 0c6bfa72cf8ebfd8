import { raceSignal } from "../core/support/race-signal.ts";
import { later } from "../core/support/settle-within.ts";

export interface Patience {
  /** Milliseconds until the first progress. */
  first: number;
  /** Milliseconds from one progress to the next. */
  next: number;
  signal: AbortSignal | undefined;
}

/**
 * Resolves with the result of `work`. Rejects with the signal's reason once that aborts, and with a `TimeoutError` if `work`
 * does not call `onProgress` in time; the signal that `work` receives aborts then.
 */
export async function withPatience<T>(
  { first, next, signal }: Patience,
  work: (signal: AbortSignal, onProgress: () => void) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const arm = (milliseconds: number) =>
    later(milliseconds, () => {
      controller.abort(new DOMException(`Nothing was heard for ${milliseconds} ms`, "TimeoutError"));
    });
  let disarm = arm(first);
  const onProgress = () => {
    if (controller.signal.aborted) return;
    disarm();
    disarm = arm(next);
  };
  signal?.addEventListener("abort", abort);
  try {
    // some replacements of `fetch` ignore signals
    return await raceSignal(work(controller.signal, onProgress), controller.signal);
  } finally {
    disarm();
    signal?.removeEventListener("abort", abort);
  }
}
