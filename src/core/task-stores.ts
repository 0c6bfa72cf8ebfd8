import { NullStorage } from "./null-storage.ts";
import type { ResultLockManager } from "./result-lock-manager.ts";
import type { ResultStoreOptions } from "./result-store-options.ts";
import type { ResultStore } from "./result-store.ts";

interface TaskStore {
  readonly base: ResultStore;
  readonly persists: boolean;
  readonly locks: ResultLockManager | undefined;
  readonly store: ResultStore;
}

/** The stores of a task's calls: those around the calls, with what the task asks for. Each is made once, so that its callers join. */
export class TaskStores {
  readonly #options: ResultStoreOptions;
  readonly #made = new WeakMap<ResultStore, TaskStore[]>();
  #last: TaskStore | undefined;

  constructor(options: ResultStoreOptions) {
    this.#options = options;
  }

  /** `locks`: those of a transaction around, which take the place of the store's. */
  of(base: ResultStore, persists: boolean, locks: ResultLockManager | undefined): ResultStore {
    const fits = (made: TaskStore) => made.base === base && made.persists === persists && made.locks === locks;
    if (this.#last && fits(this.#last)) return this.#last.store;
    const ofBase = this.#made.get(base) ?? [];
    const found = ofBase.find(fits);
    this.#last = found ?? { base, persists, locks, store: this.#make(base, persists, locks) };
    if (!found) this.#made.set(base, [...ofBase, this.#last]);
    return this.#last.store;
  }

  #make(base: ResultStore, persists: boolean, locks: ResultLockManager | undefined): ResultStore {
    const { cacheResultInMemory } = this.#options;
    if (!persists) {
      // without a storage those who wait for a lock find nothing after it
      const nowhere = { resultStorage: new NullStorage(), metadataStorage: undefined, lockManager: undefined };
      return base.withOptions({ ...nowhere, changes: undefined, cacheResultInMemory });
    }
    const around = locks === undefined || locks === base.lockManager ? {} : { lockManager: locks };
    const options = { ...around, ...this.#options };
    return Object.keys(options).length === 0 ? base : base.withOptions(options);
  }
}
