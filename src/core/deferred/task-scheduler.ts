import type { DeferCall, DeferredCall, DeferredStatus, Scheduler } from "../options/scheduler.ts";
import { deferCall } from "./deferred-call.ts";
import type { DeferredJob, InspectOptions, JobScheduler } from "./job-scheduler.ts";

/**
 * Runs deferred calls of tasks elsewhere or later. Calls for one key are one job: while it is pending or runs, another
 * submission joins it, and no two runs of it overlap. A subclass implements the two methods that reach the runtime which
 * does the work.
 *
 * @example
 * ```ts
 * import { type DeferredJob, type InspectOptions, MemoryTaskScheduler, TaskScheduler } from "reprise";
 *
 * class LoggingScheduler extends TaskScheduler {
 *   readonly #inner = new MemoryTaskScheduler({ tasks: [isochrones] });
 *
 *   submit(job: DeferredJob) {
 *     console.log("deferred:", job.task, job.key);
 *     return this.#inner.submit(job);
 *   }
 *
 *   inspect(key: string, options?: InspectOptions) {
 *     return this.#inner.inspect(key, options);
 *   }
 * }
 * const scheduled = store.withOptions({ scheduler: new LoggingScheduler() });
 * ```
 */
export abstract class TaskScheduler implements Scheduler, JobScheduler {
  /** See `JobScheduler.submit`. */
  abstract submit(job: DeferredJob, options?: { signal?: AbortSignal | undefined }): Promise<DeferredStatus>;
  /** See `JobScheduler.inspect`. */
  abstract inspect(key: string, options?: InspectOptions): Promise<DeferredStatus | undefined>;

  /** See `Scheduler.defer`. */
  defer(call: DeferCall): Promise<DeferredCall<unknown>> {
    return deferCall(this, call);
  }
}
