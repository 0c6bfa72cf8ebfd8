import { DurableObject } from "cloudflare:workers";
import { getSettings } from "../../src/core/context/configure.ts";
import { fetchParameters, keepParameters, parametersKeyOf } from "../../src/core/deferred/job-parameters.ts";
import { JobKeeper } from "../../src/core/deferred/job-keeper.ts";
import type { JobState, RunOutcome } from "../../src/core/deferred/job-state.ts";
import type { DeferredJob } from "../../src/core/deferred/job-scheduler.ts";
import { assertWait } from "../../src/core/remote-locks/lock-arguments.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import { resolveResultStorage } from "../../src/core/storages/storage-registry.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import type { DeferredStatus } from "../../src/core/options/scheduler.ts";
import { later } from "../../src/core/concurrency/settle-within.ts";
import type { SubmitAnswer, TaskRunnerStub } from "../../src/edge/bindings/task-runner-namespace.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import { lostMessageTimeout, refusedMessagePause } from "./task-queue.ts";
import type { ResolvedTaskRunnerOptions } from "./task-runner-options.ts";

const stateName = "job";

/**
 * Runs the deferred calls of one key, one try at a time. `DurableObjectTaskScheduler` calls it by RPC. The object stores
 * the state of its job, and an alarm wakes it, so the job outlives the object.
 */
export class TaskRunner extends DurableObject<object> implements TaskRunnerStub {
  readonly #options: ResolvedTaskRunnerOptions;
  readonly #keeper: JobKeeper;
  #createdStore: ResultStore | undefined;

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

  /** See `TaskRunnerStub.submit`. */
  async submit(job: DeferredJob): Promise<SubmitAnswer> {
    try {
      const status = await this.#keeper.submit(job);
      await this.#restoreAlarm();
      return { status };
    } catch (error) {
      if (!isRepriseError(error)) throw error;
      const { code, message, key } = error;
      return { refusal: { code, message, ...(key !== undefined && { key }) } };
    }
  }

  /** See `TaskRunnerStub.inspect`. */
  async inspect(wait: number): Promise<DeferredStatus | undefined> {
    assertWait(wait);
    await this.#restoreAlarm();
    return this.#keeper.inspect({ wait });
  }

  /** See `TaskRunnerStub.run`. */
  async run(): Promise<DeferredStatus | undefined> {
    return this.#keeper.run();
  }

  /** Called by the platform when the next try is due. */
  override async alarm(): Promise<void> {
    if (!(await this.#keeper.tend())) return;
    const queue = this.#options.queue(this.env);
    if (!queue) return void (await this.run());
    const { task, key } = this.ctx.storage.kv.get<JobState>(stateName)!;
    // set before the message is sent: its consumer may begin at once, and the run sets an alarm of its own
    await this.ctx.storage.setAlarm(Date.now() + lostMessageTimeout);
    try {
      await queue.send({ task, key });
    } catch (error) {
      this.#options.onError(error);
      await this.ctx.storage.setAlarm(Date.now() + refusedMessagePause);
    }
  }

  /** The platform drops an alarm that fails several times in a row, as during a broken deployment. Any caller restores it. */
  async #restoreAlarm(): Promise<void> {
    const { state } = this.#keeper.status ?? {};
    if (state !== "pending" && state !== "running") return;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  async #runOnce(state: JobState): Promise<RunOutcome> {
    const { tasks, runTimeout, onError } = this.#options;
    // only the end of the object surely ends a try that hangs, and the next try has to run alone
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
    return (this.#createdStore ??= this.#options.store(this.env));
  }

  get #parameters(): ResultStorage {
    const { schedulingStorage } = getSettings().tasks;
    return schedulingStorage === undefined ? this.#store.resultStorage : resolveResultStorage(schedulingStorage);
  }

  /** Waits for the disk, because the computation that follows may crash the object. */
  async #save(state: JobState | undefined): Promise<void> {
    const { storage } = this.ctx;
    if (state) storage.kv.put(stateName, state);
    else await storage.deleteAll();
    await storage.sync();
  }
}
