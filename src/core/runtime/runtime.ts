import { getSettings } from "../context/configure.ts";
import { currentScope } from "../context/scope.ts";
import type { Settings } from "../context/settings.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import { resolveResultStorage } from "../storages/storage-registry.ts";
import type { ResultStore } from "../store/result-store.ts";

export { createFlow } from "../tasks/flow.ts";
export { createTask } from "../tasks/task.ts";
export { createTransaction } from "../transactions/transaction.ts";

/**
 * The store of a runtime for those who name none: the same for the same settings. `createStore` makes the runtime's own;
 * it is called once, at first use. The function that is returned throws `ConfigurationError`
 * where the settings name what isn't registered.
 */
export function createDefaultStore(createStore: () => ResultStore): () => ResultStore {
  let own: ResultStore | undefined;
  let last: { readonly settings: Settings; readonly store: ResultStore } | undefined;
  const variants = new StoreVariants();
  return () => {
    const settings = getSettings();
    if (last?.settings !== settings) last = { settings, store: variants.of((own ??= createStore()), settings) };
    return last.store;
  };
}

/** A runtime's own store with another storage or serializer, each made once. */
class StoreVariants {
  /** By storage and serializer: those of serializers that nobody has any more go with them. */
  readonly #made = new WeakMap<ResultStorage, WeakMap<object, ResultStore>>();
  /** What stands for the name of a serializer there. */
  readonly #names = new Map<string, object>();

  of(own: ResultStore, { defaultStorage, defaultSerializer }: Settings): ResultStore {
    if (defaultStorage === undefined && defaultSerializer === own.serializer.type) return own;
    const resultStorage = defaultStorage === undefined ? own.resultStorage : resolveResultStorage(defaultStorage);
    const made = this.#made.get(resultStorage) ?? new WeakMap<object, ResultStore>();
    this.#made.set(resultStorage, made);
    const serializer = typeof defaultSerializer === "string" ? this.#standIn(defaultSerializer) : defaultSerializer;
    const store = made.get(serializer) ?? own.withOptions({ resultStorage, serializer: defaultSerializer });
    made.set(serializer, store);
    return store;
  }

  #standIn(name: string): object {
    const standIn = this.#names.get(name) ?? {};
    this.#names.set(name, standIn);
    return standIn;
  }
}

/** The store of the run around, else the default one, which is the same for the same settings. */
export function createGetResultStore(defaultStore: () => ResultStore): () => ResultStore {
  return () => currentScope().run?.store ?? defaultStore();
}

/** The storage that the settings name, else the runtime's own. Throws `ConfigurationError` for a name that isn't registered. */
export function createGetDefaultResultStorage(defaultStore: () => ResultStore): () => ResultStorage {
  return () => defaultStore().resultStorage;
}

/** Where parameters of deferred tasks are kept: the storage that the settings for tasks name, else the default one. */
export function createGetTaskSchedulingStorage(defaultStore: () => ResultStore): () => ResultStorage {
  return () => {
    const { schedulingStorage } = getSettings().tasks;
    return schedulingStorage === undefined ? defaultStore().resultStorage : resolveResultStorage(schedulingStorage);
  };
}
