import { getSettings } from "../context/configure.ts";
import { currentScope } from "../context/scope.ts";
import type { Settings } from "../context/settings.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import { resolveResultStorage } from "../storages/storage-registry.ts";
import type { ResultStore } from "../store/result-store.ts";

export { createFlow } from "../tasks/flow.ts";
export { createTask } from "../tasks/task.ts";
export { createTransaction } from "../transactions/transaction.ts";

let used: ResultStore | undefined;

/** The default store that was used last, whichever entry created it. `undefined`: none was used yet. */
export function usedDefaultStore(): ResultStore | undefined {
  return used;
}

/**
 * Returns a function for a runtime's default store, which is the same for the same settings. `createStore` creates the
 * runtime's own store and is called once, at first use. The returned function throws `ConfigurationError` if the settings
 * name a part that isn't registered.
 */
export function createDefaultStore(createStore: () => ResultStore): () => ResultStore {
  let own: ResultStore | undefined;
  let last: { readonly settings: Settings; readonly store: ResultStore } | undefined;
  const variants = new StoreVariants();
  return () => {
    const settings = getSettings();
    if (last?.settings !== settings) last = { settings, store: variants.of((own ??= createStore()), settings) };
    return (used = last.store);
  };
}

/** A runtime's own store with another storage or serializer. Each variant is created once. */
class StoreVariants {
  /** By storage and serializer. Variants of a serializer that is garbage-collected are collected with it. */
  readonly #made = new WeakMap<ResultStorage, WeakMap<object, ResultStore>>();
  /** Objects that represent the names of serializers in `#made`. */
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

/** The store of the surrounding run, else the default store, which is the same for the same settings. */
export function createGetResultStore(defaultStore: () => ResultStore): () => ResultStore {
  return () => currentScope().run?.store ?? defaultStore();
}

/** The storage named in the settings, else the runtime's own. Throws `ConfigurationError` for a name that isn't registered. */
export function createGetDefaultResultStorage(defaultStore: () => ResultStore): () => ResultStorage {
  return () => defaultStore().resultStorage;
}

/** The storage for parameters of deferred tasks: the one named in the settings for tasks, else the default storage. */
export function createGetTaskSchedulingStorage(defaultStore: () => ResultStore): () => ResultStorage {
  return () => {
    const { schedulingStorage } = getSettings().tasks;
    return schedulingStorage === undefined ? defaultStore().resultStorage : resolveResultStorage(schedulingStorage);
  };
}
