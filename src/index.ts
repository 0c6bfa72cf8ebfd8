/** What every runtime gets. */
export * from "./errors/index.ts";
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
  type CachePolicyConfiguration,
  type CacheKeyTask,
} from "./core/cache-policy.ts";
export type { ChangeChannel } from "./core/change-channel.ts";
export { consoleReporter, type ConsoleReporterOptions } from "./core/console-reporter.ts";
export type { DeferredCall } from "./core/deferred-call.ts";
export type { RetryOptions } from "./core/deferred-retries.ts";
export type { DeferrableTask } from "./core/deferred-tasks.ts";
export type { AwaitDeferredOptions } from "./core/deferred-wait.ts";
export type { Duration } from "./core/duration.ts";
export type { MissReason, ResultSource, StoreEvent, StoreListener } from "./core/events.ts";
export type { ExpirationOptions } from "./core/expiration.ts";
export type { FlowOptions } from "./core/flow-options.ts";
export type { Flow, FlowFactory } from "./core/flow.ts";
export { hashValue } from "./core/hash.ts";
export { IsolationLevel } from "./core/isolation-level.ts";
export { defaultCache, type DefaultCacheOptions, type ResultCache } from "./core/memory-cache.ts";
export { MemoryLockManager, type MemoryLockManagerOptions } from "./core/memory-lock-manager.ts";
export { MemoryTaskScheduler, type MemoryTaskSchedulerOptions } from "./core/memory-task-scheduler.ts";
export { MemoryStorage } from "./core/memory-storage.ts";
export { NullStorage } from "./core/null-storage.ts";
export type * from "./core/lock-service.ts";
export { RemoteLockManager, type RemoteLockOptions } from "./core/remote-lock-manager.ts";
export type * from "./core/result-lock-manager.ts";
export type { ResultRecordMetadata, SerializerDescription } from "./core/result-record-metadata.ts";
export { ResultRecord, type DeserializeRecordOptions } from "./core/result-record.ts";
export type * from "./core/result-storage.ts";
export type {
  ComputeContext,
  CreateRecordOptions,
  GetOrComputeOptions,
  HolderOptions,
  ListOptions,
  ListPage,
  PersistOptions,
  ReadManyOptions,
  ReadOptions,
  ResultStoreOptions,
  StoreLockOptions,
  WaitOptions,
  WriteEntry,
  WriteOptions,
} from "./core/result-store-options.ts";
export { ResultStore } from "./core/result-store.ts";
export { getRunContext, shouldPersistResult, type RunContext } from "./core/run-context.ts";
export type { LoadLimits, SerializedBody, Serializer } from "./core/serializer.ts";
export {
  registerSerializer,
  resolveSerializer,
  type ResultSerializerInput,
  type SerializerFactory,
} from "./core/serializer-registry.ts";
export { CompressedSerializer } from "./core/serializers/compressed-serializer.ts";
export { DevalueSerializer } from "./core/serializers/devalue-serializer.ts";
export { JsonSerializer } from "./core/serializers/json-serializer.ts";
export { UnknownSerializer } from "./core/serializers/unknown-serializer.ts";
export {
  configure,
  getDefaultPersistSetting,
  getDefaultPersistSettingForTasks,
  getDefaultResultSerializer,
  getSettings,
  withSettings,
  type PartialSettings,
  type Settings,
  type TaskSettings,
} from "./core/settings.ts";
export type { StandardSchema } from "./core/standard-schema.ts";
export { SplitStorage, type SplitStorageOptions } from "./core/split-storage.ts";
export { defaultStorageKeyFn } from "./core/storage-key.ts";
export {
  registerStorage,
  resolveResultStorage,
  resultStorageDiscriminator,
  type ResultStorageInput,
} from "./core/storage-registry.ts";
export { TieredLockManager, type TieredLockManagerOptions } from "./core/tiered-lock-manager.ts";
export { TieredStorage, type TieredStorageOptions } from "./core/tiered-storage.ts";
export type { TaskOptions } from "./core/task-options.ts";
export type * from "./core/task-scheduler.ts";
export type { Task, TaskFactory } from "./core/task.ts";
export { getTransaction, type TransactionFunction } from "./core/transaction-function.ts";
export {
  CommitMode,
  TransactionState,
  type HookOptions,
  type TransactionHook,
  type TransactionOptions,
} from "./core/transaction-options.ts";
export type { Transaction } from "./core/transaction.ts";
