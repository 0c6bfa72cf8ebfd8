import { test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { storeContract } from "../../../src/testing/store.contract.ts";
import type { StoreWorld } from "../../../src/testing/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { someMetadata } from "../record/record-tools.ts";

/** Stores over the same two storages, one of which has the metadata. */
function createSplitWorld(): StoreWorld {
  const [resultStorage, metadataStorage] = [new MemoryStorage(), new MemoryStorage()];
  const lockManager = new MemoryLockManager();
  const channels = new Set<MemoryChannel>();
  const shared = { resultStorage, metadataStorage, lockManager };
  return {
    createStore: (options) => new ResultStore({ ...shared, changes: new MemoryChannel(channels), ...options }),
    async putBytes(key, bytes) {
      const whole = new SplitStorage({ metadata: metadataStorage, results: resultStorage });
      await whole.write(key, bytes, { metadata: { ...someMetadata, storageKey: key } });
    },
    close: () => lockManager.close(),
  };
}

for (const { name, run } of storeContract(createSplitWorld)) test(name, run);
