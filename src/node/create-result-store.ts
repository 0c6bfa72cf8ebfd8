import { MemoryLockManager } from "../core/locks/memory-lock-manager.ts";
import type { ResultStoreOptions } from "../core/store/result-store-options.ts";
import { ResultStore } from "../core/store/result-store.ts";
import { ConfigurationError } from "../errors/index.ts";

/**
 * A store for Node and other runtimes: records and locks in this process's memory unless other ones are given.
 * Throws `ConfigurationError` for options that name nothing known, and for a `remote`, which browsers have.
 *
 * @example
 * ```ts
 * const store = createResultStore({ onEvent: consoleReporter() });
 * ```
 */
export function createResultStore(options: ResultStoreOptions = {}): ResultStore {
  // where a bundler's types are the browser's, the compiler doesn't tell
  if ("remote" in options && options.remote !== undefined) {
    throw new ConfigurationError(
      'In Node createResultStore has no remote: import it from "reprise/browser", or give it storages and locks of "reprise/http"',
    );
  }
  return new ResultStore({ ...options, lockManager: options.lockManager ?? new MemoryLockManager() });
}
