import { ConfigurationError, CorruptRecordError, InvalidArgumentError, isRepriseError } from "../../errors/index.ts";
import type { JobState, RunOutcome } from "./job-state.ts";
import { decodeParameters } from "./job-parameters.ts";
import { defaultCache } from "../cache/memory-cache.ts";
import type { ResultStore } from "../store/result-store.ts";
import { getSettings } from "../context/configure.ts";
import { runInScope, type Scope } from "../context/scope.ts";
import type { Task } from "../tasks/task.ts";
import { updateForTask } from "../tasks/update-store.ts";
import type { DeferredJob } from "./job-scheduler.ts";

/** A task that can be deferred. */
export type DeferrableTask = Task<never, unknown>;

type FetchParameters = () => Promise<Uint8Array>;

/** Milliseconds that a run waits for another computation of the same key, and until the next check. */
const lockTimeout = 5_000;
const lockDelay = 5_000;

/** The most arguments of a call. A sparse list may be longer than any call could bear. */
const maxArguments = 1_000;

/** Codes of errors that would recur with the next attempt. */
const lastingCodes: readonly string[] = ["SERIALIZATION", "HASH", "CORRUPT_RECORD", "UNSUPPORTED_RECORD"];

/** A deferred call belongs to no flow and no transaction, wherever it was submitted. */
const emptyScope: Scope = Object.freeze({});

/** An error that no further attempt can overcome. */
class LastingError extends Error {
  readonly error: unknown;

  constructor(error: unknown) {
    super("It would fail again");
    this.error = error;
  }
}

/** The tasks that are registered for deferred calls, by name. */
export class DeferredTasks {
  readonly #tasks: ReadonlyMap<string, DeferrableTask>;

  /** Throws `ConfigurationError` for values that are no tasks, and for two tasks with one name. */
  constructor(tasks: readonly DeferrableTask[]) {
    const given: unknown = tasks;
    if (!Array.isArray(given) || !given.every(isTask)) {
      throw new ConfigurationError("tasks has to be an array of tasks, as task(fn, options) makes them");
    }
    const names = tasks.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new ConfigurationError(`Two tasks have the name "${twice}": give one another name`);
    this.#tasks = new Map(tasks.map((task) => [task.name, task]));
  }

  /**
   * The arguments of a call. Rejects with `InvalidArgumentError` if its task isn't registered, or computes another key for
   * them, and with `CorruptRecordError` or `UnsupportedRecordError` if they can't be read.
   */
  async check(job: DeferredJob): Promise<readonly unknown[]> {
    const task = this.#find(job.task);
    const args = await decodeParameters(job);
    const { key } = job;
    if (!isList(args)) {
      throw new InvalidArgumentError(`The parameters have to be an array of at most ${maxArguments} arguments`, {
        key,
      });
    }
    const own = await keyHere(task, args, key);
    if (own === key) return args;
    const message =
      `The task "${job.task}" has the key ${own === undefined ? "undefined" : `"${own}"`} here for these arguments, not "${key}": ` +
      "its code or its settings differ from the caller's, or the key is made of the run or flow that it was called in, or the " +
      "serializer did not carry the arguments as they were. Give the task the same name and version on both sides, and a policy of its inputs";
    throw new InvalidArgumentError(message, { key });
  }

  /**
   * Makes one attempt at a job, through its task, whose store prevents concurrent runs. `base` is the store of tasks that name
   * none. Without it they use their default store, and it is not known whether that store kept the result.
   */
  async run(job: JobState, base: ResultStore | undefined, fetchParameters: FetchParameters): Promise<RunOutcome> {
    try {
      return await runInScope(emptyScope, () => this.#run(job, base, fetchParameters));
    } catch (thrown) {
      const error = thrown instanceof LastingError ? thrown.error : thrown;
      return { end: "failed", error, isLasting: thrown instanceof LastingError || isNonRetryable(error) };
    }
  }

  async #run(
    { task: name, key }: JobState,
    base: ResultStore | undefined,
    fetchParameters: FetchParameters,
  ): Promise<RunOutcome> {
    const task = lasting(() => this.#find(name));
    const around = task.options.store ?? base;
    const store = around && (await updateForTask(around, task));
    if (store?.lockManager && !(await store.waitForLock(key, { timeout: lockTimeout }))) {
      return { end: "postponed", delay: lockDelay };
    }
    // a lost run may have kept the result, and then nothing is left to do
    const refresh = task.options.refreshCache ?? getSettings().tasks.refreshCache;
    if (store && !refresh && (await isKept(store, key))) return { end: "done" };
    const args = await this.#arguments({ task: name, key }, fetchParameters);
    await (around ? computeAndKeep(task, around, key, args) : task(...(args as never)));
    return { end: "done" };
  }

  #find(name: string): DeferrableTask {
    const task = this.#tasks.get(name);
    if (task) return task;
    const known = [...this.#tasks.keys()].map((each) => `"${each}"`).join(", ") || "none";
    throw new InvalidArgumentError(`There is no task "${name}" here; registered are: ${known}`);
  }

  async #arguments(job: Omit<DeferredJob, "parameters">, fetchParameters: FetchParameters) {
    try {
      const parameters = await fetchParameters();
      return await this.check({ ...job, parameters });
    } catch (error) {
      // only a storage failure may pass by the next attempt
      const mayPass = isRepriseError(error) && error.code.startsWith("STORAGE");
      throw mayPass ? error : new LastingError(error);
    }
  }
}

/** By name, so that the errors of `cloudflare:workflows` and of another copy of this library count too. */
function isNonRetryable(error: unknown): boolean {
  return error instanceof Error && error.name === "NonRetryableError";
}

/** Errors of the caller's key function count as invalid arguments. */
async function keyHere(task: DeferrableTask, args: readonly unknown[], key: string): Promise<string | undefined> {
  try {
    return await runInScope(emptyScope, () => task.cacheKey(args as never));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`The task "${task.name}" makes no key of these arguments here: ${reason}`, {
      key,
      cause,
    });
  }
}

/** Whether a record with a readable body exists. A damaged record is computed again. */
async function isKept(store: ResultStore, key: string): Promise<boolean> {
  if (!(await store.exists(key))) return false;
  try {
    return (await store.read(key)) !== undefined;
  } catch (error) {
    if (error instanceof CorruptRecordError) return false;
    throw error;
  }
}

/** Rejects with the task's error, or with the error that prevented keeping the result, since nobody else receives it. */
async function computeAndKeep(
  task: DeferrableTask,
  around: ResultStore,
  key: string,
  args: readonly unknown[],
): Promise<void> {
  let unkept: { readonly error: unknown } | undefined;
  const store = around.withOptions({
    // makes the call resolve only after the result is kept
    waitUntil: undefined,
    // the next attempt must not find a result in memory that could not be kept
    cache: defaultCache(),
    onEvent: (event) => {
      if (event.type === "write-error" && event.key === key) unkept = { error: event.error };
      around.onEvent?.(event);
    },
  });
  await task.withOptions({ store })(...(args as never));
  if (!unkept) return;
  const { error } = unkept;
  throw isRepriseError(error) && lastingCodes.includes(error.code) ? new LastingError(error) : error;
}

function lasting<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new LastingError(error);
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= maxArguments;
}

function isTask(task: unknown): boolean {
  const { name, cacheKey, withOptions } = (task ?? {}) as Partial<DeferrableTask>;
  return (
    typeof task === "function" && [cacheKey, withOptions].every((each) => typeof each === "function") && name !== ""
  );
}
