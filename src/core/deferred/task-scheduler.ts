/** A task's call that is to be done elsewhere. */
export interface DeferredJob {
  /** The name of the task. */
  readonly task: string;
  /** Where the result is to be kept: what the task's `cacheKey` gives for the arguments, there as here. */
  readonly key: string;
  /** The arguments, as the bytes of a record. */
  readonly parameters: Uint8Array;
}

/** What is known of a deferred call. */
export interface DeferredStatus {
  /** `"done"`: the result is kept. `"failed"`: no further try will be made. */
  readonly state: "pending" | "running" | "done" | "failed";
  /** Tries begun. */
  readonly attempts: number;
  /** Why the last try failed. */
  readonly error?: { readonly name: string; readonly message: string };
  /** Milliseconds since 1970: when the next try is due, while there is one to come. */
  readonly nextAttemptAt?: number;
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
export interface TaskScheduler {
  /** Keeps the parameters and sees to it that the task is run. A job that failed is begun anew. */
  submit(job: DeferredJob, options?: { signal?: AbortSignal | undefined }): Promise<DeferredStatus>;
  /** `undefined` where nothing is known of the key. */
  inspect(key: string, options?: InspectOptions): Promise<DeferredStatus | undefined>;
}
