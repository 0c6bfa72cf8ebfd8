import type { FreshnessDefaults } from "../context/freshness-defaults.ts";
import { freshnessNames } from "../options/call-option-names.ts";
import type { RunStoreOptions } from "./run-store.ts";
import type { ResultStore } from "../store/result-store.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStorageInput } from "../storages/storage-registry.ts";

/** The freshness options are defaults for the tasks in the flow. Those of an inner flow and of a task win. */
export interface FlowOptions extends FreshnessDefaults {
  /** The name of the flow. Default: the function's name. */
  name?: string | undefined;
  /** The store for tasks called in the flow. Default: that of the surrounding flow, else the runtime's default store. */
  store?: ResultStore | undefined;
  /**
   * Whether results of tasks called in the flow are kept, and its own result under `flows/<name>/<run id>`. A storage or a
   * serializer turns it on. Default: the choice of the surrounding flow. Without one, tasks follow the settings, and the
   * flow's own result, which nobody could find again, is not kept.
   */
  persistResult?: boolean | undefined;
  /** A storage, or the registered name of one. Default: the store's. */
  resultStorage?: ResultStorageInput | undefined;
  /** A serializer, or the registered name of one. Default: the store's. */
  resultSerializer?: Serializer | string | undefined;
  /** Whether results are kept in memory too. Default: the store's choice. */
  cacheResultInMemory?: boolean | undefined;
  /** The names of the arguments in order, for calls without a single object as argument. */
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
  ...freshnessNames,
] as const satisfies readonly (keyof FlowOptions)[];
