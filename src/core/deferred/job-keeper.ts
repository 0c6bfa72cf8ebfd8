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
import { settleWithin } from "../support/settle-within.ts";
import type { DeferredStatus } from "../store/scheduler.ts";
import type { DeferredJob, InspectOptions } from "./job-scheduler.ts";

/** What a keeper stands on. */
export interface JobHost {
  /** What was saved last. */
  readonly state: JobState | undefined;
  readonly retries: ResolvedRetryOptions;
  /** Resolves once nothing can lose it any more. `undefined`: nothing is to be known of the job. */
  save(state: JobState | undefined): Promise<void>;
  /** Has `tend` called at this time, in milliseconds since 1970, and not before unless called again. Outlives a crash where `save` does. */
  wakeAt(time: number): Promise<void>;
  now(): number;
  /** Rejects where the parameters can't be kept, or the job is not one for here. */
  accept(job: DeferredJob): Promise<void>;
  /** One try. */
  run(state: JobState): Promise<RunOutcome>;
  /** The job has ended. */
  forgetParameters(key: string): Promise<void>;
}

/** Milliseconds after which it is looked whether a run is still there. */
export const runCheck = 30_000;

/** The job of one key: takes it, runs it, once at a time, and tells how far it is. Who runs it in the end calls `tend` and `run`. */
export class JobKeeper {
  readonly #host: JobHost;
  readonly #watchers = new Set<() => void>();
  #state: JobState | undefined;
  /** The try that runs here and now: one that is stored as running and isn't here was lost. */
  #run: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: JobHost) {
    this.#host = host;
    this.#state = host.state;
  }

  get status(): DeferredStatus | undefined {
    return this.#state && statusOf(this.#state);
  }

  /** Joins the job where it is under way. Rejects as `accept` does. */
  async submit(job: DeferredJob): Promise<DeferredStatus> {
    return this.#inTurn(async () => {
      if (isOpen(this.#state)) return statusOf(this.#state);
      await this.#host.accept(job);
      const now = this.#host.now();
      const state = submitted(job, now);
      // first, since a call that nobody wakes would wait for ever
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
   * Looks after the job: takes note of a run that was lost, forgets what has ended long ago, and has itself called again.
   * Returns whether a run is due.
   */
  async tend(): Promise<boolean> {
    return this.#inTurn(async () => {
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

  /** Runs the job where it is due; who calls while it runs waits along. Never rejects for what the task does. */
  async run(): Promise<DeferredStatus | undefined> {
    if (!this.#run) {
      await this.tend();
      await this.#inTurn(async () => {
        if (!this.#state || !this.isDue()) return;
        const running = begun(this.#state);
        await this.#host.wakeAt(this.#host.now() + runCheck);
        // known before the first step: a try that takes the runtime with it has been one
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
    await this.#inTurn(async () => {
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
    // what can't be deleted expires
    if (!isOpen(this.#state)) await this.#host.forgetParameters(running.key).catch(() => {});
    await this.#forgetOrWait();
  }

  /** For a job that doesn't run. */
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

  /** One after another: parameters that a submission keeps are not those that the end of the job before deletes. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
