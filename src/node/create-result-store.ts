import { getSettings } from "../core/context/configure.ts";
import { assertRemote, defaultParts } from "../core/context/default-parts.ts";
import type { InvalidationTarget } from "../core/invalidation/invalidation.ts";
import { MemoryLockManager } from "../core/locks/memory-lock-manager.ts";
import type { PartialStoreOptions } from "../core/options/store-options.ts";
import { MemoryStorage } from "../core/storages/memory-storage.ts";
import { ResultStore } from "../core/store/result-store.ts";
import { internals } from "../core/store/store-internals.ts";
import type { Remote, StoreParts } from "../http/remote.ts";

/** The options of `createResultStore` in Node. */
export interface CreateResultStoreOptions extends PartialStoreOptions {
  /** A Worker with the HTTP API, for sharing results and locks beyond this process: `remote({ url, token })`. */
  remote?: Remote | undefined;
}

/**
 * A store for Node and other runtimes. Records and locks live in this process's memory unless the options name others. With
 * `remote` the process shares its results with a Worker and all its other clients, as browsers do. Throws
 * `ConfigurationError` for invalid options.
 *
 * @example
 * ```ts
 * const store = createResultStore({ onEvent: consoleReporter() });
 * ```
 */
export function createResultStore(options: CreateResultStoreOptions = {}): ResultStore {
  const parts = defaultParts(options);
  const { remote } = options;
  assertRemote(remote);
  const local: StoreParts = { storage: new MemoryStorage(), locks: new MemoryLockManager() };
  const onInvalidate = (target: InvalidationTarget) => store[internals].noteInvalidation(target);
  const { storage, locks, scheduler } = remote ? remote.attach(local, () => store.onEvent, onInvalidate) : local;
  const store: ResultStore = new ResultStore({
    ...parts,
    resultStorage: parts.resultStorage ?? getSettings().defaultStorage ?? storage,
    lockManager: parts.lockManager ?? locks,
    scheduler: parts.scheduler ?? scheduler,
  });
  return store;
}
