import { assertWait } from "../../core/remote-locks/lock-arguments.ts";
import { raceSignal } from "../../core/concurrency/race-signal.ts";
import { settleWithin } from "../../core/concurrency/settle-within.ts";
import type { DeferredJob, InspectOptions } from "../../core/deferred/job-scheduler.ts";
import { TaskScheduler } from "../../core/deferred/task-scheduler.ts";
import type { DeferredStatus } from "../../core/options/scheduler.ts";
import {
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  StorageError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { callObject } from "./durable-object-calls.ts";
import type { SubmitRefusal, TaskRunnerBinding, TaskRunnerStub } from "../bindings/task-runner-namespace.ts";

const refusals: Readonly<Record<string, typeof InvalidArgumentError | typeof StorageError>> = {
  CONFIGURATION: ConfigurationError as never,
  CORRUPT_RECORD: CorruptRecordError as never,
  INVALID_ARGUMENT: InvalidArgumentError,
  UNSUPPORTED_RECORD: UnsupportedRecordError as never,
};

/** Milliseconds that an object may take to answer, beyond the requested wait. Shorter than the timeout of clients for the Worker. */
const answerTimeout = 3_000;

const busy: DeferredStatus = { state: "running", attempts: 1 };

/**
 * Runs deferred calls in Durable Objects, one for each key. Their class comes from `createTaskRunner`, in this Worker or
 * another one. Calls that fail in transit are retried, and reject with `StorageUnreachableError` if the retries fail too.
 *
 * @example
 * ```ts
 * const results = createResultStore({ scheduler: new DurableObjectTaskScheduler(env.TASK_RUNNER) });
 * ```
 */
export class DurableObjectTaskScheduler extends TaskScheduler {
  readonly #namespace: TaskRunnerBinding;

  constructor(namespace: TaskRunnerBinding) {
    super();
    this.#namespace = namespace;
  }

  /** Rejects with `InvalidArgumentError` if the task isn't registered, or computes another key for the parameters there. */
  async submit(
    { task, key, parameters }: DeferredJob,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<DeferredStatus> {
    signal?.throwIfAborted();
    const job = { task, key, parameters };
    const answer = await raceSignal(
      this.#call(key, (runner) => runner.submit(job)),
      signal,
    );
    if ("status" in answer) return answer.status;
    throw errorOf(answer.refusal);
  }

  /** An object that doesn't answer counts as running a job, with at least one attempt made: a computation can block it. */
  async inspect(key: string, { wait = 0, signal }: InspectOptions = {}): Promise<DeferredStatus | undefined> {
    assertWait(wait);
    const options = { timeout: wait + answerTimeout, signal, otherwise: busy };
    return settleWithin<DeferredStatus | undefined>(options, (resolve, reject) => {
      this.#call(key, (runner) => runner.inspect(wait)).then(resolve, reject);
      return () => {};
    });
  }

  #call<T>(key: string, call: (runner: TaskRunnerStub) => Promise<T>): Promise<T> {
    return callObject(this.#namespace, { key, what: "The task runner's" }, call);
  }
}

function errorOf({ code, message, key }: SubmitRefusal): Error {
  return new (refusals[code] ?? StorageError)(message, { key });
}
