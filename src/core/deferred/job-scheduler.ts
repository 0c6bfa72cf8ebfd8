import type { DeferredStatus } from "../store/scheduler.ts";

/** A task's call that is to be done elsewhere. */
export interface DeferredJob {
  /** The name of the task. */
  readonly task: string;
  /** Where the result is to be kept: what the task's `cacheKey` gives for the arguments, there as here. */
  readonly key: string;
  /** The arguments, as the bytes of a record. */
  readonly parameters: Uint8Array;
}

export interface InspectOptions {
  /** Milliseconds to wait for the call to end, at most; 0 at first. */
  wait?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Does the work that is deferred, elsewhere or later. Calls for one key are one job: while it is pending or runs, submitting
 * it again joins it, and no two runs of it overlap.
 */
export interface JobScheduler {
  /** Keeps the parameters and sees to it that the task is run. A job that failed is begun anew. */
  submit(job: DeferredJob, options?: { signal?: AbortSignal | undefined }): Promise<DeferredStatus>;
  /** `undefined` where nothing is known of the key. */
  inspect(key: string, options?: InspectOptions): Promise<DeferredStatus | undefined>;
}
