import { describe, test } from "vitest";
import { env } from "cloudflare:workers";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { clearBindings, kv, newInvalidations, r2 } from "../bindings/storage-tools.ts";
import { createStore as createTestStore } from "../../stores.ts";

/** Stores with a storage and a lock manager each over the same bindings, in one isolate; they hear of one another's changes. */
function createEdgeWorld(): StoreWorld {
  const stores: ResultStore[] = [];
  const invalidations = newInvalidations();
  const channels = new Set<MemoryChannel>();
  return {
    createStore(options) {
      const store = createTestStore({
        resultStorage: new EdgeStorage({ kv, r2, invalidations }),
        lockManager: new DurableObjectLockManager({ namespace: env.RESULT_LOCKS }),
        changes: new MemoryChannel(channels),
        ...options,
      });
      stores.push(store);
      return store;
    },
    async putBytes(key, bytes) {
      await kv.delete(key);
      await new R2Storage({ bucket: r2 }).write(key, bytes, {
        metadata: { storageKey: key, createdAt: new Date(), serializer: { type: "devalue" }, libraryVersion: "0" },
      });
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await clearBindings();
    },
  };
}

describe("a store over KV, R2 and Durable Objects", () => {
  for (const { name, run } of storeContract(createEdgeWorld)) test(name, run);
});
