import { createFlowFactory } from "../core/tasks/flow.ts";
import {
  createGetDefaultResultStorage,
  createGetResultStore,
  createGetTaskSchedulingStorage,
  RuntimeDefaults,
} from "../core/context/runtime-defaults.ts";
import { createTaskFactory } from "../core/tasks/task.ts";
import { createTransactionFunction } from "../core/transactions/transaction-function.ts";
import { createResultStore } from "./create-result-store.ts";

const defaults = /* @__PURE__ */ new RuntimeDefaults(() => createResultStore());

/** A function whose results are kept, in this process's memory: see `TaskFactory`. */
export const task = /* @__PURE__ */ createTaskFactory(defaults);

/** A function whose runs give the tasks in it a store: see `FlowFactory`. */
export const flow = /* @__PURE__ */ createFlowFactory(defaults);

/** Results that are kept together, or not at all: see `TransactionFunction`. */
export const transaction = /* @__PURE__ */ createTransactionFunction(defaults);

/** The store of the run around, else the default one, which is the same for the same settings. */
export const getResultStore = /* @__PURE__ */ createGetResultStore(defaults);

/** The storage that the settings name, else the runtime's own. Throws `ConfigurationError` for a name that isn't registered. */
export const getDefaultResultStorage = /* @__PURE__ */ createGetDefaultResultStorage(defaults);

/** Where parameters of deferred tasks are kept: the storage that the settings for tasks name, else the default one. */
export const getOrCreateDefaultTaskSchedulingStorage = /* @__PURE__ */ createGetTaskSchedulingStorage(defaults);
