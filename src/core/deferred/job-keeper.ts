import {
  begun,
  ended,
  forgettableFrom,
  interruption,
  isDue,
  isOpen,
  type JobState,
  type RunOutcome,
  statusOf,
  submitted,
} from "./job-state.ts";
import type { ResolvedRetryOptions } from "./retries.ts";
import { settleWithin } from "../concurrency/settle-within.ts";
import type { DeferredStatus } from "../options/scheduler.ts";
import type { DeferredJob, InspectOptions } from "./job-scheduler.ts";

/** The environment of a keeper: storage, timer and execution. */
export interface JobHost {
  /** The state that was saved last. */
  readonly state: JobState | undefined;
  readonly retries: ResolvedRetryOptions;
  /** Resolves once the state is durable. `undefined` deletes it. */
  save(state: JobState | undefined): Promise<void>;
  /** Schedules a call of `tend` at this time, in milliseconds since 1970. A later call replaces it. As durable as `save`. */
  wakeAt(time: number): Promise<void>;
  now(): number;
  /** Rejects if the parameters can't be kept, or the job can't run here. */
  accept(job: DeferredJob): Promise<void>;
  /** Makes one attempt. */
  run(state: JobState): Promise<RunOutcome>;
  /** Called when the job has ended. */
  forgetParameters(key: string): Promise<void>;
}

/** Milliseconds between checks whether a run still exists. */
export const runCheck = 30_000;

/** The job of one key: accepts it, runs it one attempt at a time, and reports its status. Its host has to call `tend` and `run`. */
export class JobKeeper {
  readonly #host: JobHost;
  readonly #watchers = new Set<() => void>();
  #state: JobState | undefined;
  /** The attempt that runs here now. An attempt that is stored as running but isn't here was lost. */
  #run: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: JobHost) {
    this.#host = host;
    this.#state = host.state;
  }

  get status(): DeferredStatus | undefined {
    return this.#state && statusOf(this.#state);
  }

  /** Joins the job if it is in progress. Rejects as `accept` does. */
  async submit(job: DeferredJob): Promise<DeferredStatus> {
    return this.#runExclusively(async () => {
      if (isOpen(this.#state)) return statusOf(this.#state);
      await this.#host.accept(job);
      const now = this.#host.now();
      const state = submitted(job, now);
      // first, since without a wake-up the call would wait for ever
      await this.#host.wakeAt(now);
      await this.#save(state);
      return statusOf(state);
    });
  }

  async inspect({ wait = 0, signal }: InspectOptions = {}): Promise<DeferredStatus | undefined> {
    if (wait > 0 && isOpen(this.#state)) {
      await settleWithin<void>({ timeout: wait, signal, otherwise: undefined }, (wake) => {
        this.#watchers.add(wake);
        return () => this.#watchers.delete(wake);
      });
    }
    return this.status;
  }

  /**
   * Maintains the job: notices a lost run, forgets a job that ended long ago, and schedules its own next call.
   * Returns whether a run is due.
   */
  async tend(): Promise<boolean> {
    return this.#runExclusively(async () => {
      if (this.#run) await this.#host.wakeAt(this.#host.now() + runCheck);
      else if (this.#state?.state === "running") await this.#end(this.#state, interruption);
      else await this.#forgetOrWait();
      return this.isDue();
    });
  }

  /** Whether a run is due and has not begun. */
  isDue(): boolean {
    return this.#state !== undefined && isDue(this.#state, this.#host.now());
  }

  /** Runs the job if it is due. Callers during a run wait for the same run. Never rejects because of the task. */
  async run(): Promise<DeferredStatus | undefined> {
    if (!this.#run) {
      await this.tend();
      await this.#runExclusively(async () => {
        if (!this.#state || !this.isDue()) return;
        const running = begun(this.#state);
        await this.#host.wakeAt(this.#host.now() + runCheck);
        // saved before the first step, so that an attempt that crashes the runtime counts
        await this.#save(running);
        this.#run = this.#carryOut(running);
      });
    }
    await this.#run;
    return this.status;
  }

  async #carryOut(running: JobState): Promise<void> {
    let outcome: RunOutcome;
    try {
      outcome = await this.#host.run(running);
    } catch (error) {
      outcome = { end: "failed", error, isLasting: false };
    }
    await this.#runExclusively(async () => {
      try {
        await this.#end(running, outcome);
      } finally {
        this.#run = undefined;
      }
    });
  }

  async #end(running: JobState, outcome: RunOutcome): Promise<void> {
    const { retries } = this.#host;
    await this.#save(ended(running, outcome, { now: this.#host.now(), retries, chance: Math.random() }));
    // parameters that can't be deleted expire
    if (!isOpen(this.#state)) await this.#host.forgetParameters(running.key).catch(() => {});
    await this.#forgetOrWait();
  }

  /** Handles a job that doesn't run. */
  async #forgetOrWait(): Promise<void> {
    if (!this.#state) return;
    const forgettable = forgettableFrom(this.#state, this.#host.retries);
    if (forgettable !== undefined && forgettable <= this.#host.now()) return this.#save(undefined);
    const next = forgettable ?? this.#state.nextAttemptAt;
    if (next !== undefined) await this.#host.wakeAt(next);
  }

  async #save(state: JobState | undefined): Promise<void> {
    await this.#host.save(state);
    this.#state = state;
    if (isOpen(state)) return;
    for (const wake of [...this.#watchers]) wake();
  }

  /** Runs one operation after another, so that the end of a job never deletes the parameters of the next submission. */
  #runExclusively<T>(work: () => Promise<T>): Promise<T> {
    const operation = this.#last.then(work, work);
    this.#last = operation.catch(() => {});
    return operation;
  }
}
