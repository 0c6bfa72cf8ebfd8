import { describe, test } from "vitest";
import { MemoryLockManager } from "../../src/core/memory-lock-manager.ts";
import { ResultStore } from "../../src/core/result-store.ts";
import { EdgeStorage } from "../../src/edge/edge-storage.ts";
import { R2Storage } from "../../src/edge/r2-storage.ts";
import { storageContract } from "../../src/testing/storage.contract.ts";
import { storeContract } from "../../src/testing/store.contract.ts";
import type { StoreWorld } from "../../src/testing/store-world.ts";
import { MemoryChannel } from "../memory-world.ts";
import { clearBindings, kv, r2 } from "./storage-tools.ts";

const cases = storageContract({
  async create() {
    await clearBindings();
    return new EdgeStorage({ kv, r2 });
  },
  another: async () => new EdgeStorage({ kv, r2 }),
});
describe("a storage", () => {
  for (const { name, run } of cases) test(name, run);
});

/** Stores over the same bindings and locks, that hear of one another's changes. */
function createEdgeWorld(): StoreWorld {
  const lockManager = new MemoryLockManager();
  const resultStorage = new EdgeStorage({ kv, r2 });
  const channels = new Set<MemoryChannel>();
  return {
    createStore: (options) =>
      new ResultStore({ resultStorage, lockManager, changes: new MemoryChannel(channels), ...options }),
    async putBytes(key, bytes) {
      await kv.delete(key);
      await new R2Storage({ bucket: r2 }).write(key, bytes, {
        metadata: { storageKey: key, createdAt: new Date(), serializer: { type: "devalue" }, libraryVersion: "0" },
      });
    },
    async close() {
      await lockManager.close();
      await clearBindings();
    },
  };
}

describe("a store", () => {
  for (const { name, run } of storeContract(createEdgeWorld)) test(name, run);
});
