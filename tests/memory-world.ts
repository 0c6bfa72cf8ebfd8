import type { ChangeChannel } from "../src/core/cache/change-channel.ts";
import type { ChangeKind, InvalidationTarget } from "../src/core/invalidation/invalidation.ts";
import { MemoryLockManager } from "../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../src/core/storages/memory-storage.ts";
import type { ResultStorage } from "../src/core/storages/result-storage.ts";
import type { StoreWorld } from "../src/testing/stores/store-world.ts";
import { createStore as createTestStore } from "./stores.ts";

/** Stores that share a storage in this context and its locks, and hear of one another's changes. */
export function createMemoryWorld(resultStorage: ResultStorage = new MemoryStorage()): StoreWorld {
  const lockManager = new MemoryLockManager();
  const channels = new Set<MemoryChannel>();
  return {
    createStore: (options) =>
      createTestStore({ resultStorage, lockManager, changes: new MemoryChannel(channels), ...options }),
    async putBytes(key, bytes) {
      await resultStorage.write(key, bytes, {
        metadata: { storageKey: key, createdAt: new Date(), serializer: { type: "devalue" }, libraryVersion: "0" },
      });
    },
    close: () => lockManager.close(),
  };
}

/** Tells all others of the same set at once. */
export class MemoryChannel implements ChangeChannel {
  readonly #all: Set<MemoryChannel>;
  #listener: Parameters<ChangeChannel["onChange"]>[0] | undefined;

  constructor(all: Set<MemoryChannel>) {
    this.#all = all.add(this);
  }

  get isOpen(): boolean {
    return this.#all.has(this);
  }

  post(kind: ChangeKind, target: InvalidationTarget): void {
    for (const channel of this.#all) if (channel !== this) channel.#listener?.(kind, target);
  }

  onChange(listener: (kind: ChangeKind, target: InvalidationTarget) => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = undefined);
  }

  close(): void {
    this.#all.delete(this);
  }
}
