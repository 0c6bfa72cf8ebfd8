import { test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/stores/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { someMetadata } from "../record/record-tools.ts";
import { createStore as createTestStore } from "../../stores.ts";

/** Stores over the same two storages, one of which has the metadata. */
function createSplitWorld(): StoreWorld {
  const [results, metadata] = [new MemoryStorage(), new MemoryStorage()];
  const lockManager = new MemoryLockManager();
  const channels = new Set<MemoryChannel>();
  const shared = { resultStorage: new SplitStorage({ metadata, results }), lockManager };
  return {
    createStore: (options) => createTestStore({ ...shared, changes: new MemoryChannel(channels), ...options }),
    async putBytes(key, bytes) {
      const whole = new SplitStorage({ metadata, results });
      await whole.write(key, bytes, { metadata: { ...someMetadata, storageKey: key } });
    },
    close: () => lockManager.close(),
  };
}

for (const { name, run } of storeContract(createSplitWorld)) test(name, run);
