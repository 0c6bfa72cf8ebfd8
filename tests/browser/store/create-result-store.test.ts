import { describe, expect, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { freshName } from "../storage/indexed-db-tools.ts";
import { createMetadata } from "./store-tools.ts";

/** Stores of one name: records, locks and leases in IndexedDB, changes over the channel. */
function createBrowserWorld(): StoreWorld {
  const name = freshName();
  const stores: ReturnType<typeof createResultStore>[] = [];
  return {
    createStore(options) {
      const store = createResultStore({ ...options, name });
      stores.push(store);
      return store;
    },
    async putBytes(key, bytes) {
      await new IndexedDbStorage({ name }).write(key, bytes, { metadata: createMetadata(key) });
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      indexedDB.deleteDatabase(name);
    },
  };
}

describe("a store over IndexedDB and Web Locks", () => {
  for (const { name, run } of storeContract(createBrowserWorld)) test(name, run);
});

test("a misspelt option names the one that was meant, and one that moved the new line", () => {
  const create = (options: object) => () => createResultStore(options);
  expect(create({ sweepIntervall: "1m" })).toThrow(
    'createResultStore has no option "sweepIntervall": did you mean "sweepInterval"?',
  );
  expect(create({ metadataStorage: new IndexedDbStorage() })).toThrow(
    'createResultStore has no option "metadataStorage": write resultStorage: new SplitStorage({ metadata, results })',
  );
  expect(create({ remote: { url: "https://edge.example" } })).toThrow(
    'remote has to carry the code that reaches the Worker: remote: remote({ url, token }), with import { remote } from "reprise"',
  );
});
