import { InvalidArgumentError } from "../../errors/index.ts";
import { settingsIn } from "../context/configure.ts";
import type { Scope } from "../context/scope.ts";
import type { CacheKey } from "../keys/cache-policy.ts";
import type { ResultStore } from "../store/result-store.ts";
import { currentWork } from "../work/unit-of-work.ts";
import { type CallDescription, describeCall } from "./task-inputs.ts";
import type { ResolvedTaskOptions } from "./task-options.ts";
import { TaskStores } from "./task-stores.ts";

/** Finds the key and the store of a task's calls, which depend on the place of the call. */
export class TaskPlace {
  readonly resolved: ResolvedTaskOptions;
  readonly #defaultStore: () => ResultStore;
  readonly #stores: TaskStores;
  #sole: ResultStore | undefined;

  constructor(resolved: ResolvedTaskOptions, defaultStore: () => ResultStore) {
    this.resolved = resolved;
    this.#defaultStore = defaultStore;
    this.#stores = new TaskStores(resolved.storeOptions);
  }

  describe(args: readonly unknown[], { run }: Scope): CallDescription {
    return describeCall(this.resolved.task, args, this.resolved.parameters, run?.flow);
  }

  /** `undefined` if a call made here would not be cached. */
  keyOf(description: CallDescription, scope: Scope): CacheKey {
    return this.#keeps(scope) ? this.resolved.computeKey?.(description) : undefined;
  }

  /** Whether results of calls made here are kept in a storage. */
  persists(scope: Scope): boolean {
    const { persistResult } = this.resolved;
    if (persistResult !== undefined) return persistResult;
    const { tasks, persistByDefault } = settingsIn(scope);
    return tasks.defaultPersistResult ?? scope.run?.flow?.persistResult ?? persistByDefault;
  }

  /** Whether they are kept at all, even if in memory only. */
  #keeps(scope: Scope): boolean {
    const { disableCaching, defaultNoCache } = settingsIn(scope).tasks;
    if (disableCaching || (defaultNoCache && !this.resolved.namesKeys)) return false;
    return this.resolved.cacheResultInMemory === true || this.persists(scope);
  }

  /** Whether an existing result is computed again. */
  refreshes(scope: Scope): boolean {
    return this.resolved.refresh ?? settingsIn(scope).tasks.refreshCache ?? false;
  }

  baseStore({ run }: Scope): ResultStore {
    return this.resolved.store ?? run?.store ?? this.#defaultStore();
  }

  store(scope: Scope, persists: boolean, around = currentWork(scope)): ResultStore {
    return this.#stores.of(this.baseStore(scope), persists, around?.store?.lockManager);
  }

  /** The store whose records an invalidation changes, even if a call made here would not be cached. */
  storeOfRecords(scope: Scope): ResultStore {
    return this.store(scope, this.persists(scope) || this.resolved.cacheResultInMemory !== true);
  }

  /** Throws `ConfigurationError` if another task keeps results under the same keys. */
  assertSole(store: ResultStore): void {
    if (store !== this.#sole) this.resolved.assertSole?.(store.resultStorage);
    this.#sole = store;
  }
}

/** Throws `InvalidArgumentError` unless the arguments are in an array. */
export function assertArguments(method: string, args: unknown): void {
  if (Array.isArray(args)) return;
  throw new InvalidArgumentError(`${method} takes the arguments of the call as an array: ${method}([argument])`);
}
