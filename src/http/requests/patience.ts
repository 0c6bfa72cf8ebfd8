import { raceSignal } from "../../core/concurrency/race-signal.ts";
import { later } from "../../core/concurrency/settle-within.ts";

/** The lowest expected speed of an answer, in bytes per millisecond. */
const slowestDownload = 10;

export interface Patience {
  /** Milliseconds until the first progress. */
  first: number;
  /** Milliseconds from one progress to the next. */
  next: number;
  /** Milliseconds in all, besides those that the bytes of the answer may take. */
  total: number;
  signal: AbortSignal | undefined;
}

/**
 * Resolves with the result of `work`. Rejects with the signal's reason once that aborts, and with a `TimeoutError` if `work`
 * does not call `onProgress` in time, or not with enough bytes; the signal that `work` receives aborts then.
 */
export async function withPatience<T>(
  { first, next, total, signal }: Patience,
  work: (signal: AbortSignal, onProgress: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const arm = (milliseconds: number) =>
    later(milliseconds, () => {
      controller.abort(new DOMException("The answer did not come in time", "TimeoutError"));
    });
  let disarm = arm(first);
  // an answer that trickles on for ever is none
  let end = performance.now() + total;
  const onProgress = (bytes: number) => {
    if (controller.signal.aborted) return;
    end += bytes / slowestDownload;
    disarm();
    disarm = arm(Math.min(next, end - performance.now()));
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
