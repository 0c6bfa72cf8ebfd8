import { type DeferrableTask, DeferredTasks } from "../../src/core/deferred/deferred-tasks.ts";
import { type ResolvedRetryOptions, resolveRetryOptions, type RetryOptions } from "../../src/core/deferred/retries.ts";
import { assertOptions } from "../../src/core/support/assert-options.ts";
import { type Duration, toMilliseconds } from "../../src/core/support/duration.ts";
import { logError } from "../../src/core/support/log-error.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import type { EdgeEnv } from "../../src/edge/bindings/find-bindings.ts";
import { createResultStore } from "../../src/edge/store/create-result-store.ts";
import { type TaskQueueBinding, taskQueueOf } from "./task-queue.ts";

/** The options of `createTaskRunner`. `Bindings` is the `env` of the Worker. */
export interface TaskRunnerOptions<Bindings extends object = object> extends RetryOptions {
  /** The tasks that callers may defer to this Worker. */
  tasks: readonly DeferrableTask[];
  /** The store of the parameters, and of results whose task names no store. Default: `createResultStore({ env })`. */
  store?: ((env: Bindings) => ResultStore) | undefined;
  /** The queue through which the calls run. Default: the queue that is bound as `TASK_QUEUE`, or none. */
  queue?: ((env: Bindings) => TaskQueueBinding | undefined) | undefined;
  /** The longest duration of a try. The runner stops a longer one, which counts as interrupted. Default: 15 minutes. */
  runTimeout?: Duration | undefined;
  /** Called with the error of every try that failed, and of a queue that refused a message. Default: logs it. */
  onError?: ((error: unknown) => void) | undefined;
}

export const taskRunnerOptionNames = [
  "tasks",
  "store",
  "queue",
  "runTimeout",
  "onError",
  "maxAttempts",
  "firstDelay",
  "maxDelay",
  "memory",
] as const;

/** The options as a task runner uses them. Durations are milliseconds. */
export interface ResolvedTaskRunnerOptions {
  readonly tasks: DeferredTasks;
  readonly retries: ResolvedRetryOptions;
  readonly store: (env: object) => ResultStore;
  readonly queue: (env: object) => TaskQueueBinding | undefined;
  readonly runTimeout: number;
  readonly onError: (error: unknown) => void;
}

/** Throws `ConfigurationError` for an unknown option and for tasks that can't be deferred, `InvalidArgumentError` for other bad options. */
export function resolveTaskRunnerOptions<Bindings extends object>(
  options: TaskRunnerOptions<Bindings>,
): ResolvedTaskRunnerOptions {
  assertOptions("createTaskRunner", options, taskRunnerOptionNames);
  const { store = (env: EdgeEnv) => createResultStore({ env }), queue = taskQueueOf } = options;
  return {
    tasks: new DeferredTasks(options.tasks),
    retries: resolveRetryOptions(options),
    store: store as (env: object) => ResultStore,
    queue: queue as (env: object) => TaskQueueBinding | undefined,
    runTimeout: toMilliseconds(options.runTimeout ?? "15m", "runTimeout"),
    onError: options.onError ?? logError,
  };
}
