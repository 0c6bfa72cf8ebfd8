import { getRunContext } from "../context/run.ts";
import { currentScope } from "../context/scope.ts";
import { parseStorageKeyTemplate } from "../keys/storage-key-template.ts";
import { resolveResultStorage } from "../storages/storage-registry.ts";
import type { ResultStore } from "../store/result-store.ts";
import { onlyGiven } from "../support/only-given.ts";
import { currentWork } from "../work/unit-of-work.ts";
import type { Flow } from "./flow.ts";
import { flowStoreOptions } from "./flow-options.ts";
import { storeWith, wholeStorage } from "./run-store.ts";
import { taskStoreOptions } from "./task-options.ts";
import type { Task } from "./task.ts";

/**
 * The store for tasks called in a flow: a variant with the parts that the flow names. Its records are whole. Of a storage
 * that keeps metadata apart, it uses the part for results.
 *
 * @example
 * ```ts
 * const report = flow(async (year: number) => year, { resultSerializer: "json" });
 * (await updateForFlow(store, report)).serializer.type; // "json"
 * ```
 */
export async function updateForFlow(
  store: ResultStore,
  { options }: Pick<Flow<never, unknown>, "options">,
): Promise<ResultStore> {
  const named = flowStoreOptions(options);
  const resultStorage = wholeStorage(resolveResultStorage(named.resultStorage ?? store.resultStorage));
  return store.withOptions({ ...onlyGiven(named), resultStorage });
}

/**
 * The store for calls of a task: a variant with the parts that the task and its policy name, and with the locks of the
 * surrounding transaction, unless the policy names some. A `storageKeyFn` from its `resultStorageKey` takes names and
 * parameters from the surrounding run, and throws `MissingContextError` if there is none.
 *
 * @example
 * ```ts
 * const map = task(({ city }: { city: string }) => draw(city), { name: "map", resultSerializer: "json" });
 * (await updateForTask(store, map)).serializer.type; // "json"
 * ```
 */
export async function updateForTask(
  store: ResultStore,
  { options, name }: Pick<Task<never, unknown>, "options" | "name">,
): Promise<ResultStore> {
  const { resultStorageKey } = options;
  const lockManager = currentWork(currentScope())?.store?.lockManager ?? store.lockManager;
  const storageKeyFn = resultStorageKey === undefined ? store.storageKeyFn : storageKeyFnForRun(resultStorageKey, name);
  const named = taskStoreOptions(options);
  return storeWith(store.withOptions({ lockManager, storageKeyFn }), named);
}

function storageKeyFnForRun(template: string, taskName: string): () => string {
  const fill = parseStorageKeyTemplate(template);
  return () => {
    const { flow, id: taskRunId, parameters: inputs } = getRunContext();
    const task = { name: taskName, fn: () => undefined };
    return fill({ task, args: [], inputs, isSpread: true, flow, taskRunId, runId: flow?.id ?? taskRunId });
  };
}
