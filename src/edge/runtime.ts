import { createFlowFactory } from "../core/flow.ts";
import {
  createGetDefaultResultStorage,
  createGetResultStore,
  createGetTaskSchedulingStorage,
  RuntimeDefaults,
} from "../core/runtime-defaults.ts";
import { createTaskFactory } from "../core/task.ts";
import { createTransactionFunction } from "../core/transaction-function.ts";
import { createResultStore } from "./create-result-store.ts";
import { loadPlatform } from "./find-bindings.ts";
import { followAwaitsInWorkers } from "./follow-awaits.ts";

const defaults = /* @__PURE__ */ new RuntimeDefaults(
  () => createResultStore(),
  () => {
    followAwaitsInWorkers();
    // no I/O either: the first request is to find the settings in `env`
    void loadPlatform();
  },
);

/**
 * Wraps a function so that its results are kept: in the Worker's R2 and KV (see `createResultStore`), for all isolates and regions, unless its options, or
 * the flow that it is called in, name another store. A call with the same inputs (see `INPUTS`) gives the kept result,
 * until the function's text or its `version` changes. Callers at the same time join. Options are checked at once
 * (`ConfigurationError`, `InvalidArgumentError`), registered names at the first call. What the function takes from
 * outside of its arguments is no part of the key.
 *
 * @example
 * ```ts
 * const isochrones = task(computeIsochrones, { name: "isochrones", version: "2", cacheExpiration: "30d" });
 * const map = await isochrones({ city: "Oslo", minutes: 15 });
 * ```
 */
export const task = /* @__PURE__ */ createTaskFactory(defaults);

/**
 * Wraps a function so that the tasks called in it share a store and settings, and know what run they are part of. Throws
 * `ConfigurationError` or `InvalidArgumentError` for options that can't be meant.
 *
 * @example
 * ```ts
 * const report = flow(
 *   async (year: number) => {
 *     const run = getRunContext();
 *     const rows = await loadRows(year);
 *     return run.run(summarize, rows);
 *   },
 *   { name: "report", resultSerializer: "json" },
 * );
 * ```
 */
export const flow = /* @__PURE__ */ createFlowFactory(defaults);

/** See `TransactionFunction`. */
export const transaction = /* @__PURE__ */ createTransactionFunction(defaults);

/** The store of the run around, else the default one, which is the same for the same settings. */
export const getResultStore = /* @__PURE__ */ createGetResultStore(defaults);

/** The storage that the settings name, else the runtime's own. Throws `ConfigurationError` for a name that isn't registered. */
export const getDefaultResultStorage = /* @__PURE__ */ createGetDefaultResultStorage(defaults);

/** Where parameters of deferred tasks are kept: the storage that the settings for tasks name, else the default one. */
export const getOrCreateDefaultTaskSchedulingStorage = /* @__PURE__ */ createGetTaskSchedulingStorage(defaults);
