import { describe, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { freshName } from "./indexed-db-tools.ts";
import { createMetadata } from "../store/store-tools.ts";

/** Stores of one name: metadata and leases in one database, results in another. */
function createSplitWorld(): StoreWorld {
  const [name, results] = [freshName(), freshName()];
  const stores: ReturnType<typeof createResultStore>[] = [];
  const parts = () => ({
    metadata: new IndexedDbStorage({ name }),
    results: new IndexedDbStorage({ name: results }),
  });
  return {
    createStore(options) {
      const store = createResultStore({ resultStorage: new SplitStorage(parts()), ...options, name });
      stores.push(store);
      return store;
    },
    async putBytes(key, bytes) {
      await new SplitStorage(parts()).write(key, bytes, { metadata: createMetadata(key) });
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      for (const each of [name, results]) indexedDB.deleteDatabase(each);
    },
  };
}

describe("a store with its metadata and its results in a database each", () => {
  for (const { name, run } of storeContract(createSplitWorld)) test(name, run);
});
