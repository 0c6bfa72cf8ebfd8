import { createResultStore } from "../../src/browser/create-result-store.ts";
import { IndexedDbStorage } from "../../src/browser/indexed-db-storage.ts";
import { WebLockManager } from "../../src/browser/web-lock-manager.ts";
import type { ResultStore } from "../../src/core/result-store.ts";
import { runParity } from "../parity/run-parity.ts";
import { deleteDatabase, freshName } from "./indexed-db-tools.ts";
import { createMetadata } from "./store-tools.ts";

runParity("IndexedDB", () => {
  const [name, otherName] = [freshName(), freshName()];
  const stores: ResultStore[] = [];
  const closable: { close(): Promise<void> }[] = [];
  const note = <T extends { close(): Promise<void> }>(made: T): T => {
    closable.push(made);
    return made;
  };
  return {
    place: "IndexedDB",
    isStrong: true,
    followsAwaits: false,
    runtime: "page",
    createStore(options) {
      const store = createResultStore({ name, ...options });
      stores.push(store);
      return store;
    },
    createOtherStorage: () => note(new IndexedDbStorage({ name: otherName })),
    createLockManager: () => note(new WebLockManager({ name })),
    async putBytes(key, bytes) {
      await note(new IndexedDbStorage({ name })).write(key, bytes, { metadata: createMetadata(key) });
    },
    async close() {
      await Promise.all([...stores, ...closable].map((each) => each.close()));
      await Promise.all([name, otherName].map(deleteDatabase));
    },
  };
});
