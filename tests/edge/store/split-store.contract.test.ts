import { env } from "cloudflare:workers";
import { describe, test } from "vitest";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { R2Storage } from "../../../src/edge/r2/r2-storage.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { someMetadata } from "../../core/record/record-tools.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { clearBindings, kv, r2 } from "../bindings/storage-tools.ts";
import { createStore as createTestStore } from "../../stores.ts";

const metadata = () => new EdgeStorage({ kv, r2 });
const results = () => new R2Storage({ bucket: r2 });

/** Stores as isolates have them: metadata in R2 with copies in KV, results in R2 alone. */
function createSplitWorld(): StoreWorld {
  const stores: ResultStore[] = [];
  const channels = new Set<MemoryChannel>();
  return {
    createStore(options) {
      const store = createTestStore({
        resultStorage: new SplitStorage({ metadata: metadata(), results: results() }),
        lockManager: new DurableObjectLockManager({ namespace: env.RESULT_LOCKS }),
        changes: new MemoryChannel(channels),
        ...options,
      });
      stores.push(store);
      return store;
    },
    async putBytes(key, bytes) {
      const whole = new SplitStorage({ metadata: metadata(), results: results() });
      await whole.write(key, bytes, { metadata: { ...someMetadata, storageKey: key } });
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await clearBindings();
    },
  };
}

describe("a store with its metadata in KV over R2 and its results in R2", () => {
  for (const { name, run } of storeContract(createSplitWorld)) test(name, run);
});
