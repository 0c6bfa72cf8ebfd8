import { defaultParts } from "../src/core/context/default-parts.ts";
import { MemoryStorage } from "../src/core/storages/memory-storage.ts";
import { ResultStore } from "../src/core/store/result-store.ts";
import { createTransaction } from "../src/core/transactions/transaction.ts";
import type { PartialStoreOptions } from "../src/core/options/store-options.ts";

/** A store with the defaults that all runtimes share, in memory unless another storage is given. Without locks. */
export function createStore(options: PartialStoreOptions = {}): ResultStore {
  return new ResultStore({
    ...defaultParts(options),
    resultStorage: options.resultStorage ?? new MemoryStorage(),
  });
}

/** `transaction` of a runtime whose default store is in memory. */
export const transaction = createTransaction(() => createStore());
