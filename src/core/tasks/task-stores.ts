import { NullStorage } from "../storages/null-storage.ts";
import { defaultCache } from "../cache/memory-cache.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultStore } from "../store/result-store.ts";
import { type RunStoreOptions, storeWith } from "./run-store.ts";

interface TaskStore {
  readonly base: ResultStore;
  readonly persists: boolean;
  readonly locks: ResultLockManager | undefined;
  readonly store: ResultStore;
}

/** The stores of a task's calls: the surrounding stores with the parts that the task names. Each is created once, so that its callers join. */
export class TaskStores {
  readonly #options: RunStoreOptions;
  readonly #made = new WeakMap<ResultStore, WeakMap<object, TaskStore>>();
  /** One for all calls of the task, so that a call inside of itself is recognised. */
  readonly #memory = new NullStorage();
  #last: TaskStore | undefined;

  constructor(options: RunStoreOptions) {
    this.#options = options;
  }

  /** `around`: the locks of a surrounding transaction, which replace the store's own. */
  of(base: ResultStore, persists: boolean, around: ResultLockManager | undefined): ResultStore {
    const locks =
      persists && this.#options.lockManager === undefined && around !== base.lockManager ? around : undefined;
    const fits = (made: TaskStore) => made.base === base && made.persists === persists && made.locks === locks;
    if (this.#last && fits(this.#last)) return this.#last.store;
    // weak, since locks may come and go with each request
    const ofBase = this.#made.get(base) ?? new WeakMap<object, TaskStore>();
    this.#made.set(base, ofBase);
    const key = persists ? (locks ?? this) : ofBase;
    this.#last = ofBase.get(key) ?? { base, persists, locks, store: this.#make(base, persists, locks) };
    ofBase.set(key, this.#last);
    return this.#last.store;
  }

  #make(base: ResultStore, persists: boolean, locks: ResultLockManager | undefined): ResultStore {
    const { cacheResultInMemory = base.cacheResultInMemory } = this.#options;
    // without a storage, callers that wait for a lock would find no record afterwards
    const memoryOnly = {
      resultStorage: this.#memory,
      lockManager: undefined,
      changes: undefined,
      cache: defaultCache(),
    };
    if (!persists) return base.withOptions({ ...memoryOnly, cacheResultInMemory });
    return storeWith(base, { ...this.#options, ...(locks && { lockManager: locks }) });
  }
}
