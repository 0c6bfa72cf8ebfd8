import type { RunStoreOptions } from "./run-store.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStorageInput } from "../storages/storage-registry.ts";

export interface FlowOptions {
  /** The function's own name at first. */
  name?: string | undefined;
  /** Where tasks called in it keep their results; at first that of the flow around, else the runtime's default store. */
  store?: ResultStore | undefined;
  /**
   * Whether results of tasks called in it are kept, and its own under `flows/<name>/<run id>`; naming a storage or a serializer turns it on. Absent:
   * as the flow around, and where there is none, tasks as the settings say, and its own result, which nobody could find again, not.
   */
  persistResult?: boolean | undefined;
  /** Another storage, or the registered name of one, than the store's. */
  resultStorage?: ResultStorageInput | undefined;
  /** Another serializer, or the registered name of one, than the store's. */
  resultSerializer?: Serializer | string | undefined;
  /** Whether results are kept at hand too; as the store does it at first. */
  cacheResultInMemory?: boolean | undefined;
  /** The names of the arguments in their order, for calls that have no single object as argument. */
  parameters?: readonly string[] | undefined;
}

export function flowStoreOptions(options: FlowOptions): RunStoreOptions {
  const { resultStorage, resultSerializer: serializer, cacheResultInMemory } = options;
  return { resultStorage, serializer, cacheResultInMemory };
}

export const flowOptionNames = [
  "name",
  "store",
  "persistResult",
  "resultStorage",
  "resultSerializer",
  "cacheResultInMemory",
  "parameters",
] as const satisfies readonly (keyof FlowOptions)[];
