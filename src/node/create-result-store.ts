import { MemoryLockManager } from "../core/memory-lock-manager.ts";
import type { ResultStoreOptions } from "../core/result-store-options.ts";
import { ResultStore } from "../core/result-store.ts";

/**
 * A store for Node and other runtimes: records and locks in this process's memory unless other ones are given.
 * Throws `ConfigurationError` for options that name nothing known.
 *
 * @example
 * ```ts
 * const store = createResultStore({ onEvent: consoleReporter() });
 * ```
 */
export function createResultStore(options: ResultStoreOptions = {}): ResultStore {
  return new ResultStore({ ...options, lockManager: options.lockManager ?? new MemoryLockManager() });
}
