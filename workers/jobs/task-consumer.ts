import { assertStorageKey } from "../../src/core/record/storage-key.ts";
import { taskRunnerOf } from "../../src/edge/bindings/find-bindings.ts";
import type { TaskRunnerBinding } from "../../src/edge/bindings/task-runner-namespace.ts";
import type { TaskMessage } from "./task-queue.ts";

/** The options of `createTaskConsumer`. */
export interface TaskConsumerOptions<Bindings extends object = object> {
  /** The Durable Objects that run the calls. Default: those that are bound as `TASK_RUNNER`. */
  runner?: ((env: Bindings) => TaskRunnerBinding) | undefined;
}

/** The part of a `MessageBatch` that the consumer uses. */
export interface TaskMessageBatch {
  /** The messages of the batch, whose bodies are `TaskMessage`s. */
  readonly messages: readonly QueuedTask[];
}

/** The part of a `Message` that the consumer uses. */
export interface QueuedTask {
  /** The message, a `TaskMessage`. */
  readonly body: unknown;
  /** Takes the message off the queue. */
  ack(): void;
  /** Lets the queue deliver the message again, after this many seconds. */
  retry(options?: { delaySeconds?: number }): void;
}

/** Seconds until the queue delivers a message again whose object can't be reached. A foreign message ends as a dead letter. */
const retryDelay = 30;

/**
 * Creates the `queue` handler of a Worker that has a queue for deferred calls. It runs all calls of a batch at once, each
 * in its Durable Object. The object itself sends a failed call again when it is due. The queue retries only a call whose
 * object can't be reached.
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
