import type { DeferredJob, DeferredStatus, InspectOptions, TaskScheduler } from "./task-scheduler.ts";

/** A scheduler that is known only at its first use. `open` is asked for each call. */
export class LazyTaskScheduler implements TaskScheduler {
  readonly #open: () => Promise<TaskScheduler>;

  constructor(open: () => Promise<TaskScheduler>) {
    this.#open = open;
  }

  async submit(job: DeferredJob, options?: { signal?: AbortSignal | undefined }): Promise<DeferredStatus> {
    return (await this.#open()).submit(job, options);
  }

  async inspect(key: string, options?: InspectOptions): Promise<DeferredStatus | undefined> {
    return (await this.#open()).inspect(key, options);
  }
}
