import { resolveTaskRunnerOptions, type TaskRunnerOptions } from "./task-runner-options.ts";
import { TaskRunner } from "./task-runner.ts";

/** A class to export from the Worker's main module and to bind as `TASK_RUNNER`. */
export type TaskRunnerClass = new (ctx: DurableObjectState, env: object) => TaskRunner;

/**
 * Creates the class of the Durable Objects that run deferred calls of `tasks`. An object retries with backoff after a
 * failure, and keeps the error of the last try. It never runs a key twice at the same time, not even after a crash. Throws
 * `ConfigurationError` for tasks that can't be deferred, `InvalidArgumentError` for other bad options.
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
  const resolved = resolveTaskRunnerOptions(options);
  return class extends TaskRunner {
    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env, resolved);
    }
  };
}
