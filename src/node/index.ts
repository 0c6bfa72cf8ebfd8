/** Reprise for Node and any other runtime: memory, and what every runtime gets. */
export * from "../index.ts";
export { createResultStore } from "./create-result-store.ts";
export {
  flow,
  getDefaultResultStorage,
  getOrCreateDefaultTaskSchedulingStorage,
  getResultStore,
  task,
  transaction,
} from "./runtime.ts";
