import type { DeferredStatus } from "../options/scheduler.ts";

/** A call of a task to be run elsewhere. */
export interface DeferredJob {
  /** The name of the task. */
  readonly task: string;
  /** The key of the result: the task's `cacheKey` for the arguments, which must be the same on both sides. */
  readonly key: string;
  /** The arguments, as the bytes of a record. */
  readonly parameters: Uint8Array;
}

/** The options of `JobScheduler.inspect`. */
export interface InspectOptions {
  /** The maximum time to wait for the call to end, in milliseconds. Default: 0. */
  wait?: number | undefined;
  /** Ends the wait with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs deferred work elsewhere or later. Calls for one key are one job: while it is pending or runs, another submission
 * joins it, and no two runs of it overlap.
 */
export interface JobScheduler {
  /** Keeps the parameters and makes sure that the task runs. A failed job starts again. */
  submit(job: DeferredJob, options?: { signal?: AbortSignal | undefined }): Promise<DeferredStatus>;
  /** `undefined` if no job is known for the key. */
  inspect(key: string, options?: InspectOptions): Promise<DeferredStatus | undefined>;
}
