/** Reprise for browsers: IndexedDB, Web Locks, and the exports of every runtime. */
export * from "../index.ts";
export { WebLockManager, type WebLockManagerOptions } from "./locks/web-lock-manager.ts";
export { IndexedDbStorage, type IndexedDbStorageOptions } from "./storage/indexed-db-storage.ts";
export { createResultStore, type CreateResultStoreOptions } from "./store/create-result-store.ts";
export {
  flow,
  getDefaultResultStorage,
  getOrCreateDefaultTaskSchedulingStorage,
  getResultStore,
  task,
  transaction,
} from "./store/runtime.ts";
export { TabChannel } from "./store/tab-channel.ts";
