import { JobKeeper } from "./job-keeper.ts";
import type { JobState } from "./job-state.ts";
import { type ResolvedRetryOptions, resolveRetryOptions, type RetryOptions } from "./retries.ts";
import { type DeferrableTask, DeferredTasks } from "./deferred-tasks.ts";
import type { ResultStore } from "../store/result-store.ts";
import { later } from "../concurrency/settle-within.ts";
import { assertStorageKey } from "../record/storage-key.ts";
import type { DeferredStatus } from "../options/scheduler.ts";
import type { DeferredJob, InspectOptions } from "./job-scheduler.ts";
import { TaskScheduler } from "./task-scheduler.ts";

/** The options of `MemoryTaskScheduler`. */
export interface MemoryTaskSchedulerOptions extends RetryOptions {
  /** The tasks that can be deferred. A function is called at first use, so that the tasks' store may be created before them. */
  tasks: readonly DeferrableTask[] | (() => readonly DeferrableTask[]);
  /** The store of tasks that name none. Default: their own default store. */
  store?: ResultStore | undefined;
}

/**
 * Runs deferred calls in this context, as a Worker runs them elsewhere: one run at a time for a key, with retries. It is
 * meant for tests and for work that may wait until the page is idle. Deferred work is lost when its context ends. Without a
 * lock manager in the store, calls that are not deferred may run at the same time.
 *
 * Throws `ConfigurationError` for values that are no tasks, `InvalidArgumentError` for invalid options.
 *
 * @example
 * ```ts
 * const scheduler = new MemoryTaskScheduler({ tasks: () => [isochrones] });
 * const isochrones = task(computeIsochrones, { name: "isochrones", version: "2", store: store.withOptions({ scheduler }) });
 * ```
 */
export class MemoryTaskScheduler extends TaskScheduler {
  readonly #options: MemoryTaskSchedulerOptions;
  readonly #retries: ResolvedRetryOptions;
  readonly #jobs = new Map<string, MemoryJob>();
  #tasks: DeferredTasks | undefined;

  constructor(options: MemoryTaskSchedulerOptions) {
    super();
    this.#options = options;
    this.#retries = resolveRetryOptions(options);
    if (typeof options.tasks !== "function") this.#tasks = new DeferredTasks(options.tasks);
  }

  async submit(job: DeferredJob, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<DeferredStatus> {
    assertStorageKey(job.key);
    signal?.throwIfAborted();
    for (const [key, entry] of this.#jobs) if (entry.isForgettable) this.#jobs.delete(key);
    const entry = this.#jobs.get(job.key) ?? this.#createJob();
    this.#jobs.set(job.key, entry);
    entry.submissions++;
    try {
      return await entry.keeper.submit(job);
    } finally {
      entry.submissions--;
      if (entry.isForgettable) this.#jobs.delete(job.key);
    }
  }

  async inspect(key: string, options?: InspectOptions): Promise<DeferredStatus | undefined> {
    assertStorageKey(key);
    options?.signal?.throwIfAborted();
    return this.#jobs.get(key)?.keeper.inspect(options);
  }

  #createJob(): MemoryJob {
    const { tasks, store } = this.#options;
    this.#tasks ??= new DeferredTasks(typeof tasks === "function" ? tasks() : tasks);
    return new MemoryJob({ tasks: this.#tasks, store, retries: this.#retries });
  }
}

interface MemoryJobOptions {
  readonly tasks: DeferredTasks;
  readonly store: ResultStore | undefined;
  readonly retries: ResolvedRetryOptions;
}

class MemoryJob {
  readonly keeper: JobKeeper;
  /** The number of submissions without an answer. Further submissions join the same job. */
  submissions = 0;
  #forgettableFrom = Infinity;
  #parameters: Uint8Array | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor({ tasks, store, retries }: MemoryJobOptions) {
    this.keeper = new JobKeeper({
      state: undefined,
      retries,
      now: () => Date.now(),
      save: async (state) => this.#note(state, retries),
      wakeAt: async (time) => this.#wakeAt(time),
      accept: async (job) => {
        await tasks.check(job);
        this.#parameters = job.parameters;
      },
      run: (state) => tasks.run(state, store, async () => this.#parameters!),
      forgetParameters: async () => {
        this.#parameters = undefined;
      },
    });
  }

  get isForgettable(): boolean {
    return this.submissions === 0 && (!this.keeper.status || this.#forgettableFrom < Date.now());
  }

  #note(state: JobState | undefined, { memory }: ResolvedRetryOptions): void {
    this.#forgettableFrom = state?.endedAt === undefined ? Infinity : state.endedAt + memory;
  }

  #wakeAt(time: number): void {
    this.#cancelTimer?.();
    // a timer only for forgetting the job would keep a process alive
    if (time >= this.#forgettableFrom) return;
    this.#cancelTimer = later(Math.max(0, time - Date.now()), () => void this.keeper.run());
  }
}
