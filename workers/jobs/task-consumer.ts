import { assertStorageKey } from "../../src/core/record/storage-key.ts";
import { taskRunnerOf } from "../../src/edge/bindings/find-bindings.ts";
import type { TaskRunnerBinding } from "../../src/edge/bindings/task-runner-namespace.ts";
import type { TaskMessage } from "./task-runner.ts";

export interface TaskConsumerOptions<Bindings extends object = object> {
  /** The objects that run the calls; at first what is bound as `TASK_RUNNER`. */
  runner?: ((env: Bindings) => TaskRunnerBinding) | undefined;
}

/** What is used of a `MessageBatch`. */
export interface TaskMessageBatch {
  readonly messages: readonly QueuedTask[];
}

interface QueuedTask {
  readonly body: unknown;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** Seconds until a message comes again whose object could not be reached, or that is none of ours and goes to the dead letters in the end. */
const retryDelay = 30;

/**
 * The `queue` handler of a Worker with a queue for deferred calls: has each run by its object, as many at once as the batch
 * has. The object itself sends a call that failed again when it is due, so the queue's own retries are for lost objects only.
 *
 * @example
 * ```ts
 * const api = createResultsApi();
 *
 * export default { fetch: api.fetch, queue: createTaskConsumer() };
 * ```
 */
export function createTaskConsumer<Bindings extends object = object>({ runner }: TaskConsumerOptions<Bindings> = {}): (
  batch: TaskMessageBatch,
  env: Bindings,
) => Promise<void> {
  return async ({ messages }, env) => {
    const runners = runner ? runner(env) : taskRunnerOf(env);
    await Promise.all(messages.map((message) => deliver(message, runners)));
  };
}

async function deliver(message: QueuedTask, runners: TaskRunnerBinding): Promise<void> {
  try {
    const { key } = message.body as TaskMessage;
    assertStorageKey(key);
    await runners.getByName(key).run();
    message.ack();
  } catch {
    message.retry({ delaySeconds: retryDelay });
  }
}
