/** For Workers: the HTTP API as a Hono app, the Durable Objects that keep locks and invalidations and run deferred calls, and tokens. */
import "./platform.ts";

export { createResultsApi } from "./api/create-results-api.ts";
export type { ResultsApiOptions } from "./api/api-options.ts";
export type { PublicResultsOptions } from "./access/public-results.ts";
export { cacheTagsOf } from "./routes/cache-headers.ts";
export { mintToken, type MintTokenOptions } from "./access/mint-token.ts";
export type { Operation } from "../src/http/requests/protocol.ts";
export { ResultInvalidations } from "./invalidations/result-invalidations.ts";
export { ResultLock } from "./locks/result-lock.ts";
export {
  createTaskConsumer,
  type QueuedTask,
  type TaskConsumerOptions,
  type TaskMessageBatch,
} from "./jobs/task-consumer.ts";
export { createTaskRunner, type TaskRunnerClass } from "./jobs/create-task-runner.ts";
export type { TaskMessage, TaskQueueBinding } from "./jobs/task-queue.ts";
export type { TaskRunnerOptions } from "./jobs/task-runner-options.ts";
export type { TaskRunner } from "./jobs/task-runner.ts";
