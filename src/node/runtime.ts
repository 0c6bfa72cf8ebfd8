import * as runtime from "../core/runtime/runtime.ts";
import { createResultStore } from "./create-result-store.ts";

const defaultStore = /* @__PURE__ */ runtime.createDefaultStore(createResultStore);

/** Wraps a function so that its results are kept: see `TaskFactory`. */
export const task = /* @__PURE__ */ runtime.createTask(defaultStore);
/** Wraps a function so that the tasks called in it share a store and settings: see `FlowFactory`. */
export const flow = /* @__PURE__ */ runtime.createFlow(defaultStore);
/** Keeps the results of some work together, or none of them: see `TransactionFunction`. */
export const transaction = /* @__PURE__ */ runtime.createTransaction(defaultStore);
/**
 * The store of the surrounding run, else the default store of this runtime. Throws `ConfigurationError` if the settings name
 * a storage that is not registered.
 */
export const getResultStore = /* @__PURE__ */ runtime.createGetResultStore(defaultStore);
/** The storage that the settings name, else that of this runtime. Throws `ConfigurationError` for a name that is not registered. */
export const getDefaultResultStorage = /* @__PURE__ */ runtime.createGetDefaultResultStorage(defaultStore);
/**
 * The storage for the parameters of deferred tasks: the one that the settings name for tasks, else the default storage.
 * Throws `ConfigurationError` for a name that is not registered.
 */
export const getOrCreateDefaultTaskSchedulingStorage =
  /* @__PURE__ */ runtime.createGetTaskSchedulingStorage(defaultStore);
