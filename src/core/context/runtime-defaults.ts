import type { ResultStorage } from "../storages/result-storage.ts";
import type { ResultStore } from "../store/result-store.ts";
import { currentScope } from "./scope.ts";
import { getSettings, type Settings } from "./settings.ts";
import { resolveResultStorage } from "../storages/storage-registry.ts";

/** What a runtime gives those who name no store, as the settings say. */
export class RuntimeDefaults {
  readonly #createStore: () => ResultStore;
  /** By storage and serializer: those of serializers that nobody has any more go with them. */
  readonly #made = new WeakMap<ResultStorage, WeakMap<object, ResultStore>>();
  /** What stands for the name of a serializer there. */
  readonly #names = new Map<string, object>();
  #last: { readonly settings: Settings; readonly store: ResultStore } | undefined;
  #own: ResultStore | undefined;

  /** `createStore` makes the runtime's own store; called once, at first use. `prepare` is called at once. */
  constructor(createStore: () => ResultStore, prepare?: () => void) {
    this.#createStore = createStore;
    prepare?.();
  }

  /** The same for the same settings. Throws `ConfigurationError` where they name what isn't registered. */
  store(): ResultStore {
    const settings = getSettings();
    if (this.#last?.settings !== settings) this.#last = { settings, store: this.#storeFor(settings) };
    return this.#last.store;
  }

  #storeFor({ defaultStorage, defaultSerializer }: Settings): ResultStore {
    const own = (this.#own ??= this.#createStore());
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

/** The functions of an entry that give what is kept by default. */
export function createGetResultStore(defaults: RuntimeDefaults): () => ResultStore {
  return () => currentScope().run?.store ?? defaults.store();
}

export function createGetDefaultResultStorage(defaults: RuntimeDefaults): () => ResultStorage {
  return () => defaults.store().resultStorage;
}

export function createGetTaskSchedulingStorage(defaults: RuntimeDefaults): () => ResultStorage {
  return () => {
    const { schedulingStorage } = getSettings().tasks;
    return schedulingStorage === undefined ? defaults.store().resultStorage : resolveResultStorage(schedulingStorage);
  };
}
