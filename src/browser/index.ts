/** Reprise for browsers: IndexedDB, Web Locks, and what every runtime gets. */
export * from "../index.ts";
export { createResultStore, type CreateResultStoreOptions } from "./create-result-store.ts";
export { IndexedDbStorage, type IndexedDbStorageOptions } from "./indexed-db-storage.ts";
export type { RemoteOptions } from "./remote.ts";
export { TabChannel } from "./tab-channel.ts";
export { WebLockManager, type WebLockManagerOptions } from "./web-lock-manager.ts";
export {
  flow,
  getDefaultResultStorage,
  getOrCreateDefaultTaskSchedulingStorage,
  getResultStore,
  task,
  transaction,
} from "./runtime.ts";
