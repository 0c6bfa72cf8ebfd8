/** Reprise for Workers: KV and R2, locks kept by Durable Objects, and what every runtime gets. */
export * from "../index.ts";
export type * from "./bindings.ts";
export { createResultStore, type CreateResultStoreOptions } from "./create-result-store.ts";
export { DurableObjectLockManager, type DurableObjectLockManagerOptions } from "./durable-object-lock-manager.ts";
export { DurableObjectTaskScheduler } from "./durable-object-task-scheduler.ts";
export { EdgeStorage, type EdgeStorageOptions } from "./edge-storage.ts";
export type { EdgeBindings, EdgeEnv } from "./find-bindings.ts";
export { KvStorage, type KvStorageOptions } from "./kv-storage.ts";
export type { LockNamespaceBinding, LockStub } from "./lock-namespace.ts";
export type { SubmitAnswer, SubmitRefusal, TaskRunnerBinding, TaskRunnerStub } from "./task-runner-namespace.ts";
export { R2Storage, type R2StorageOptions } from "./r2-storage.ts";
export {
  flow,
  getDefaultResultStorage,
  getOrCreateDefaultTaskSchedulingStorage,
  getResultStore,
  task,
  transaction,
} from "./runtime.ts";
