/** Reprise for browsers: IndexedDB, Web Locks, and what every runtime gets. */
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
