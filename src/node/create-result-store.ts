import { getSettings } from "../core/context/configure.ts";
import { defaultParts } from "../core/context/default-parts.ts";
import { MemoryLockManager } from "../core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../core/storages/memory-storage.ts";
import { ResultStore } from "../core/store/result-store.ts";
import type { PartialStoreOptions } from "../core/options/store-options.ts";
import { ConfigurationError } from "../errors/index.ts";

/**
 * A store for Node and other runtimes. Records and locks live in this process's memory unless the options name others.
 * Throws `ConfigurationError` for unknown options, and for a `remote`, which only browsers support.
 *
 * @example
 * ```ts
 * const store = createResultStore({ onEvent: consoleReporter() });
 * ```
 */
export function createResultStore(options: PartialStoreOptions = {}): ResultStore {
  const parts = defaultParts(options);
  // a bundler may use the browser's types, so the compiler may not report this
  if ("remote" in options && options.remote !== undefined) {
    throw new ConfigurationError(
      'In Node createResultStore has no remote: import it from "reprise/browser", or give it storages and locks of "reprise/http"',
    );
  }
  return new ResultStore({
    ...parts,
    resultStorage: parts.resultStorage ?? getSettings().defaultStorage ?? new MemoryStorage(),
    lockManager: parts.lockManager ?? new MemoryLockManager(),
  });
}
