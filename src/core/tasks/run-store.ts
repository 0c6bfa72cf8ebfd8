import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultSerializerInput } from "../serializers/registry.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import { SplitStorage } from "../storages/split-storage.ts";
import { resolveResultStorage, type ResultStorageInput } from "../storages/storage-registry.ts";
import { onlyGiven } from "../support/only-given.ts";
import type { ResultStore } from "../store/result-store.ts";

/** The parts of its store that a flow or a task names. */
export interface RunStoreOptions {
  resultStorage?: ResultStorageInput | undefined;
  readonly serializer?: ResultSerializerInput | undefined;
  readonly cacheResultInMemory?: boolean | undefined;
  readonly lockManager?: ResultLockManager | undefined;
  /** The storage for metadata, if it is kept apart from the results. */
  readonly keyStorage?: ResultStorageInput | undefined;
}

/** A store with the named parts; the same store if none is named. It keeps separate metadata in its own place. */
export function storeWith(base: ResultStore, { keyStorage, ...options }: RunStoreOptions): ResultStore {
  const given = onlyGiven(options);
  const around = base.resultStorage;
  const named = given.resultStorage === undefined ? undefined : resolveResultStorage(given.resultStorage);
  const isSplitAround = around instanceof SplitStorage && named !== undefined && !(named instanceof SplitStorage);
  const metadata = keyStorage ?? (isSplitAround ? around.metadata : undefined);
  if (metadata !== undefined) {
    const results = wholeStorage(named ?? around);
    given.resultStorage = SplitStorage.of({ metadata: resolveResultStorage(metadata), results });
  }
  return Object.keys(given).length === 0 ? base : base.withOptions(given);
}

/** A storage for whole records. For a storage that keeps metadata apart, this is the part for results. */
export function wholeStorage(storage: ResultStorage): ResultStorage {
  return storage instanceof SplitStorage ? storage.results : storage;
}
