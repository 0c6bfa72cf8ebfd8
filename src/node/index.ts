/** Reprise for Node and any other runtime: memory, and the exports of every runtime. */
export * from "../index.ts";
export { createResultStore, type CreateResultStoreOptions } from "./create-result-store.ts";
export {
  flow,
  getDefaultResultStorage,
  getOrCreateDefaultTaskSchedulingStorage,
  getResultStore,
  task,
  transaction,
} from "./runtime.ts";
