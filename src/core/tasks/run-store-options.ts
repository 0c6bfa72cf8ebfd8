import type { FlowOptions } from "./flow-options.ts";
import type { ResultStoreOptions } from "../store/result-store-options.ts";
import type { TaskOptions } from "./task-options.ts";

/** What a store is to have for a flow, of what the flow names. */
export function flowStoreOptions(options: FlowOptions): ResultStoreOptions {
  const { resultStorage, resultSerializer: serializer, cacheResultInMemory } = options;
  return onlyGiven({ resultStorage, serializer, cacheResultInMemory });
}

/** What a store is to have for a task, of what the task and its policy name. */
export function taskStoreOptions(options: TaskOptions<never>): ResultStoreOptions {
  const { resultStorage, resultSerializer: serializer, cacheResultInMemory, cachePolicy } = options;
  const { keyStorage: metadataStorage, lockManager } = cachePolicy ?? {};
  return onlyGiven({ resultStorage, serializer, cacheResultInMemory, metadataStorage, lockManager });
}

/** What is left undefined would take away what the store has. */
function onlyGiven(options: ResultStoreOptions): ResultStoreOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
