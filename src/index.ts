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
} from "./core/keys/cache-policy.ts";
export type { ChangeChannel } from "./core/store/change-channel.ts";
export { consoleReporter, type ConsoleReporterOptions } from "./core/events/console-reporter.ts";
export type { DeferredCall } from "./core/deferred/deferred-call.ts";
export type { RetryOptions } from "./core/deferred/retries.ts";
export type { DeferrableTask } from "./core/deferred/deferred-tasks.ts";
export type { AwaitDeferredOptions } from "./core/deferred/deferred-wait.ts";
export type { Duration } from "./core/support/duration.ts";
export type { MissReason, ResultSource, StoreEvent, StoreListener } from "./core/events/store-event.ts";
export type { ExpirationOptions } from "./core/record/expiration.ts";
export type { FlowOptions } from "./core/tasks/flow-options.ts";
export type { Flow, FlowFactory } from "./core/tasks/flow.ts";
export { hashValue } from "./core/keys/hash.ts";
export { IsolationLevel } from "./core/store/isolation-level.ts";
export { defaultCache, type DefaultCacheOptions, type ResultCache } from "./core/store/memory-cache.ts";
export { MemoryLockManager, type MemoryLockManagerOptions } from "./core/locks/memory-lock-manager.ts";
export { MemoryTaskScheduler, type MemoryTaskSchedulerOptions } from "./core/deferred/memory-task-scheduler.ts";
export { MemoryStorage } from "./core/storages/memory-storage.ts";
export { NullStorage } from "./core/storages/null-storage.ts";
export type * from "./core/remote-locks/lock-service.ts";
export { RemoteLockManager, type RemoteLockOptions } from "./core/remote-locks/remote-lock-manager.ts";
export type * from "./core/locks/result-lock-manager.ts";
export type { ResultRecordMetadata, SerializerDescription } from "./core/record/result-record-metadata.ts";
export { ResultRecord, type DeserializeRecordOptions } from "./core/record/result-record.ts";
export type * from "./core/storages/result-storage.ts";
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
} from "./core/store/result-store-options.ts";
export { ResultStore } from "./core/store/result-store.ts";
export { getRunContext, shouldPersistResult, type RunContext } from "./core/context/run-context.ts";
export type { LoadLimits, SerializedBody, Serializer } from "./core/serializers/serializer.ts";
export {
  registerSerializer,
  resolveSerializer,
  type ResultSerializerInput,
  type SerializerFactory,
} from "./core/serializers/serializer-registry.ts";
export { CompressedSerializer } from "./core/serializers/compressed-serializer.ts";
export { DevalueSerializer } from "./core/serializers/devalue/devalue-serializer.ts";
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
} from "./core/context/settings.ts";
export type { StandardSchema } from "./core/store/standard-schema.ts";
export { SplitStorage, type SplitStorageOptions } from "./core/storages/split-storage.ts";
export { defaultStorageKeyFn } from "./core/record/storage-key.ts";
export {
  registerStorage,
  resolveResultStorage,
  resultStorageDiscriminator,
  type ResultStorageInput,
} from "./core/storages/storage-registry.ts";
export { TieredLockManager, type TieredLockManagerOptions } from "./core/tiers/tiered-lock-manager.ts";
export { TieredStorage, type TieredStorageOptions } from "./core/tiers/tiered-storage.ts";
export type { TaskOptions } from "./core/tasks/task-options.ts";
export type * from "./core/deferred/task-scheduler.ts";
export type { Task, TaskFactory } from "./core/tasks/task.ts";
export { getTransaction, type TransactionFunction } from "./core/transactions/transaction-function.ts";
export {
  CommitMode,
  TransactionState,
  type HookOptions,
  type TransactionHook,
  type TransactionOptions,
} from "./core/transactions/transaction-options.ts";
export type { Transaction } from "./core/transactions/transaction.ts";
