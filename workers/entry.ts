/** For Workers: the HTTP API as a Hono app to mount, the Durable Objects that keep locks and run deferred calls, and the making of tokens. */
export { createResultsApi } from "./api/api.ts";
export type { ResultsApiOptions } from "./api/api-options.ts";
export { mintToken, type MintTokenOptions } from "./access/auth.ts";
export { ResultLock } from "./locks/result-lock.ts";
export { createTaskConsumer, type TaskConsumerOptions, type TaskMessageBatch } from "./jobs/task-consumer.ts";
export {
  createTaskRunner,
  type TaskMessage,
  type TaskQueueBinding,
  type TaskRunner,
  type TaskRunnerClass,
  type TaskRunnerOptions,
} from "./jobs/task-runner.ts";
