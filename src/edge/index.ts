/** Reprise for Workers: KV and R2, locks in Durable Objects, and the exports of every runtime. */
export * from "../index.ts";
export type * from "./bindings/bindings.ts";
export { createResultStore, type CreateResultStoreOptions } from "./store/create-result-store.ts";
export {
  DurableObjectLockManager,
  type DurableObjectLockManagerOptions,
} from "./durable-objects/durable-object-lock-manager.ts";
export { DurableObjectTaskScheduler } from "./durable-objects/durable-object-task-scheduler.ts";
export { EdgeStorage, type EdgeStorageOptions } from "./store/edge-storage.ts";
export type { EdgeBindings, EdgeEnv } from "./bindings/find-bindings.ts";
export { CacheApiStorage, type CacheApiStorageOptions } from "./cache-api/cache-api-storage.ts";
export { KvStorage, type KvStorageOptions } from "./kv/kv-storage.ts";
export type {
  InvalidationNamespaceBinding,
  InvalidationNews,
  InvalidationStub,
} from "./bindings/invalidation-namespace.ts";
export type { LockNamespaceBinding, LockStub } from "./bindings/lock-namespace.ts";
export type {
  SubmitAnswer,
  SubmitRefusal,
  TaskRunnerBinding,
  TaskRunnerStub,
} from "./bindings/task-runner-namespace.ts";
export { R2Storage, type R2StorageOptions } from "./r2/r2-storage.ts";
export {
  flow,
  getDefaultResultStorage,
  getOrCreateDefaultTaskSchedulingStorage,
  getResultStore,
  task,
  transaction,
} from "./store/runtime.ts";
