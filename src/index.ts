/** The exports of every runtime. */
export * from "./core/index.ts";
// registers the built-in serializers, which `reprise/core` leaves to its users
export { ResultRecord, resolveSerializer } from "./core/context/built-in-serializers.ts";
export {
  configure,
  getDefaultPersistSetting,
  getDefaultPersistSettingForTasks,
  getSettings,
  withSettings,
} from "./core/context/configure.ts";
export { getDefaultResultSerializer } from "./core/context/default-serializer.ts";
export type { FreshnessDefaults } from "./core/context/freshness-defaults.ts";
export type { RunContext } from "./core/context/run-context.ts";
export { getRunContext, shouldPersistResult } from "./core/context/run.ts";
export type { PartialSettings, Settings, TaskSettings } from "./core/context/settings.ts";
export type { DeferrableTask } from "./core/deferred/deferred-tasks.ts";
export type { DeferredJob, InspectOptions, JobScheduler } from "./core/deferred/job-scheduler.ts";
export { MemoryTaskScheduler, type MemoryTaskSchedulerOptions } from "./core/deferred/memory-task-scheduler.ts";
export { readParameters, storeParameters } from "./core/deferred/parameters.ts";
export type { RetryOptions } from "./core/deferred/retries.ts";
export { TaskScheduler } from "./core/deferred/task-scheduler.ts";
export type { CachePolicyConfiguration } from "./core/keys/cache-policy-configuration.ts";
export {
  CachePolicy,
  DEFAULT_POLICY,
  FLOW_PARAMETERS,
  INPUTS,
  NO_CACHE,
  RUN_ID,
  TASK_SOURCE,
  type CacheKey,
  type CacheKeyContext,
  type CacheKeyFlow,
  type CacheKeyTask,
} from "./core/keys/cache-policy.ts";
export { hashValue } from "./core/keys/hash.ts";
export type { Explanation, NearRecord } from "./core/tasks/explain.ts";
export type { FlowOptions } from "./core/tasks/flow-options.ts";
export type { Flow, FlowFactory, FlowMembers, FlowOf, OverloadedFlow } from "./core/tasks/flow.ts";
export type { TaskOptions } from "./core/tasks/task-options.ts";
export type { OverloadedTask, Task, TaskFactory, TaskMembers, TaskOf } from "./core/tasks/task.ts";
export { updateForFlow, updateForTask } from "./core/tasks/update-store.ts";
export type { TransactionOptions } from "./core/transactions/transaction-options.ts";
export type { TransactionFunction } from "./core/transactions/transaction.ts";
export { getTransaction } from "./core/work/get-transaction.ts";
export {
  CommitMode,
  TransactionState,
  type HookOptions,
  type Transaction,
  type TransactionHook,
} from "./core/work/transaction.ts";
export { remote, type Remote, type RemoteOptions } from "./http/remote.ts";
