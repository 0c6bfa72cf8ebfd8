import { ComputeTimeoutError } from "../../errors/index.ts";
import { raceSignal } from "../concurrency/race-signal.ts";
import { later } from "../concurrency/settle-within.ts";

/** The time that a computation may take. */
export class ComputeTime {
  /** Aborts when nobody waits for the computation any more, or when its time is over. Absent if neither can happen. */
  readonly signal: AbortSignal | undefined;
  readonly #cancel: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(limit: number | undefined, outer: AbortSignal | undefined, key: string) {
    if (limit === undefined) {
      this.signal = outer;
      return;
    }
    const controller = new AbortController();
    const abort = () => controller.abort(outer?.reason);
    this.#cancel = later(limit, () => {
      controller.abort(new ComputeTimeoutError(`The computation of "${key}" took longer than ${limit} ms`, { key }));
    });
    if (outer?.aborted) abort();
    outer?.addEventListener("abort", abort, { once: true });
    this.#stopListening = () => outer?.removeEventListener("abort", abort);
    this.signal = controller.signal;
  }

  /** Settles as `work` does, or rejects once the time is over. */
  limit<T>(work: Promise<T>): Promise<T> {
    return this.#cancel ? raceSignal(work, this.signal) : work;
  }

  /** There is a value, so the time no longer runs. Throws if `limit` has rejected: the computation has ended without it. */
  finish(): void {
    if (this.#cancel && this.signal!.aborted) throw this.signal!.reason;
    this.#cancel?.();
  }

  /** Call it at the end. */
  stop(): void {
    this.#cancel?.();
    this.#stopListening?.();
  }
}
