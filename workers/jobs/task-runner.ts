import { DurableObject } from "cloudflare:workers";
import { JobKeeper } from "../../src/core/deferred/job-keeper.ts";
import type { JobState, RunOutcome } from "../../src/core/deferred/job-state.ts";
import { fetchParameters, keepParameters, parametersKeyOf } from "../../src/core/deferred/job-parameters.ts";
import { type ResolvedRetryOptions, resolveRetryOptions, type RetryOptions } from "../../src/core/deferred/retries.ts";
import { type DeferrableTask, DeferredTasks } from "../../src/core/deferred/deferred-tasks.ts";
import { type Duration, toMilliseconds } from "../../src/core/support/duration.ts";
import { assertWait } from "../../src/core/remote-locks/lock-arguments.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { later } from "../../src/core/support/settle-within.ts";
import { getSettings } from "../../src/core/context/configure.ts";
import { resolveResultStorage } from "../../src/core/storages/storage-registry.ts";
import type { DeferredJob } from "../../src/core/deferred/job-scheduler.ts";
import type { DeferredStatus } from "../../src/core/store/scheduler.ts";
import { createResultStore } from "../../src/edge/store/create-result-store.ts";
import type { EdgeEnv } from "../../src/edge/bindings/find-bindings.ts";
import "../platform.ts";
import type { SubmitAnswer, TaskRunnerStub } from "../../src/edge/bindings/task-runner-namespace.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import { log } from "../api/api-options.ts";

export interface TaskRunnerOptions<Bindings extends object = object> extends RetryOptions {
  /** What can be deferred to this Worker. */
  tasks: readonly DeferrableTask[];
  /** Where parameters are kept, and the results of tasks that name no store; at first `createResultStore({ env })`. */
  store?: ((env: Bindings) => ResultStore) | undefined;
  /** Through which the calls go to be run; at first what is bound as `TASK_QUEUE`, else none. */
  queue?: ((env: Bindings) => TaskQueueBinding | undefined) | undefined;
  /** How long a try may take; 15 minutes at first. One that takes longer is stopped, and counts as interrupted. */
  runTimeout?: Duration | undefined;
  /** Hears of every try that failed, and of a queue that takes nothing; writes to the log at first. */
  onError?: ((error: unknown) => void) | undefined;
}

/** What is used of a `Queue`. */
export interface TaskQueueBinding {
  send(message: TaskMessage): Promise<unknown>;
}

/** A deferred call that is due. */
export interface TaskMessage {
  readonly task: string;
  readonly key: string;
}

interface ResolvedTaskRunnerOptions {
  readonly tasks: DeferredTasks;
  readonly retries: ResolvedRetryOptions;
  readonly store: (env: object) => ResultStore;
  readonly queue: (env: object) => TaskQueueBinding | undefined;
  readonly runTimeout: number;
  readonly onError: (error: unknown) => void;
}

const stateName = "job";

/** Milliseconds after which a message that nobody has taken out of the queue is sent again: it may have been dropped. */
const queuePatience = 900_000;
/** Milliseconds after which a message is sent again that the queue did not take. */
const busyQueuePause = 10_000;

/**
 * Runs the deferred calls of one key, one try at a time, called by RPC; `DurableObjectTaskScheduler` is its client. What it
 * knows of its job lies in its storage, and an alarm brings it back to it, so that the job outlives the object.
 */
export class TaskRunner extends DurableObject<object> implements TaskRunnerStub {
  readonly #options: ResolvedTaskRunnerOptions;
  readonly #keeper: JobKeeper;
  #madeStore: ResultStore | undefined;

  constructor(ctx: DurableObjectState, env: object, options: ResolvedTaskRunnerOptions) {
    super(ctx, env);
    this.#options = options;
    this.#keeper = new JobKeeper({
      state: ctx.storage.kv.get<JobState>(stateName),
      retries: options.retries,
      now: () => Date.now(),
      save: (state) => this.#save(state),
      wakeAt: (time) => ctx.storage.setAlarm(time),
      accept: async (job) => {
        await options.tasks.check(job);
        await keepParameters(this.#parameters, job);
      },
      run: (state) => this.#runOnce(state),
      forgetParameters: async (key) => void (await this.#parameters.delete(parametersKeyOf(key))),
    });
  }

  async submit(job: DeferredJob): Promise<SubmitAnswer> {
    try {
      const status = await this.#keeper.submit(job);
      await this.#keepAlarm();
      return { status };
    } catch (error) {
      if (!isRepriseError(error)) throw error;
      const { code, message, key } = error;
      return { refusal: { code, message, ...(key !== undefined && { key }) } };
    }
  }

  async inspect(wait: number): Promise<DeferredStatus | undefined> {
    assertWait(wait);
    await this.#keepAlarm();
    return this.#keeper.inspect({ wait });
  }

  async run(): Promise<DeferredStatus | undefined> {
    return this.#keeper.run();
  }

  override async alarm(): Promise<void> {
    if (!(await this.#keeper.tend())) return;
    const queue = this.#options.queue(this.env);
    if (!queue) return void (await this.run());
    const { task, key } = this.ctx.storage.kv.get<JobState>(stateName)!;
    // before it is sent: whoever takes it begins at once, and sets an alarm of its own
    await this.ctx.storage.setAlarm(Date.now() + queuePatience);
    try {
      await queue.send({ task, key });
    } catch (error) {
      this.#options.onError(error);
      await this.ctx.storage.setAlarm(Date.now() + busyQueuePause);
    }
  }

  /** The platform drops an alarm that failed several times in a row, as while a deployment is broken: who asks brings it back. */
  async #keepAlarm(): Promise<void> {
    const { state } = this.#keeper.status ?? {};
    if (state !== "pending" && state !== "running") return;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  async #runOnce(state: JobState): Promise<RunOutcome> {
    const { tasks, runTimeout, onError } = this.#options;
    // one that never ends would hold the job for ever: with the object it ends for sure, so that the next is alone
    const cancel = later(runTimeout, () => this.ctx.abort(`"${state.task}" took longer than ${runTimeout} ms`));
    try {
      const outcome = await tasks.run(state, this.#store, () => fetchParameters(this.#parameters, state.key));
      if (outcome.end === "failed") onError(outcome.error);
      return outcome;
    } finally {
      cancel();
    }
  }

  get #store(): ResultStore {
    return (this.#madeStore ??= this.#options.store(this.env));
  }

  get #parameters(): ResultStorage {
    const { schedulingStorage } = getSettings().tasks;
    return schedulingStorage === undefined ? this.#store.resultStorage : resolveResultStorage(schedulingStorage);
  }

  /** Waits for the disk: what follows may be a computation that takes the object with it. */
  async #save(state: JobState | undefined): Promise<void> {
    const { storage } = this.ctx;
    if (state) storage.kv.put(stateName, state);
    else await storage.deleteAll();
    await storage.sync();
  }
}

/** A class to export from the Worker's main module and to bind as `TASK_RUNNER`. */
export type TaskRunnerClass = new (ctx: DurableObjectState, env: object) => TaskRunner;

/**
 * The Durable Object that runs deferred calls of these tasks: tries again with backoff after a failure, keeps the
 * error of the last try to be read, and never runs two at once for a key, also after a crash. Throws `ConfigurationError` for
 * what are no tasks, `InvalidArgumentError` for options that can't be meant.
 *
 * @example
 * ```ts
 * const isochrones = task(computeIsochrones, { name: "isochrones", version: "2" });
 *
 * export const TaskRunner = createTaskRunner({ tasks: [isochrones] });
 * export { ResultLock };
 * export default createResultsApi();
 * ```
 */
export function createTaskRunner<Bindings extends object = object>(
  options: TaskRunnerOptions<Bindings>,
): TaskRunnerClass {
  const store = (options.store ?? ((env: EdgeEnv) => createResultStore({ env }))) as (env: object) => ResultStore;
  const queue = (options.queue ?? queueOf) as (env: object) => TaskQueueBinding | undefined;
  const resolved = {
    tasks: new DeferredTasks(options.tasks),
    retries: resolveRetryOptions(options),
    store,
    queue,
    runTimeout: toMilliseconds(options.runTimeout ?? "15m", "runTimeout"),
    onError: options.onError ?? log,
  };
  return class extends TaskRunner {
    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env, resolved);
    }
  };
}

function queueOf(env: object): TaskQueueBinding | undefined {
  return (env as { TASK_QUEUE?: TaskQueueBinding }).TASK_QUEUE;
}
