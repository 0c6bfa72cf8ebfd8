import type { ResultStore } from "../core/result-store.ts";
import { createTaskFactory } from "../core/task.ts";
import { createResultStore } from "./create-result-store.ts";

let store: ResultStore | undefined;

/**
 * Wraps a function so that its results are kept: in the Worker's R2 and KV (see `createResultStore`), for all isolates
 * and regions, unless its options name another store. A call with the same inputs (see `INPUTS`) gives the kept result,
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
export const task = /* @__PURE__ */ createTaskFactory(() => (store ??= createResultStore()));
