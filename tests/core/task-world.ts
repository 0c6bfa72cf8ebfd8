import type { StoreEvent } from "../../src/core/events.ts";
import { MemoryLockManager } from "../../src/core/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/memory-storage.ts";
import { ResultStore } from "../../src/core/result-store.ts";
import { createTaskFactory, type TaskFactory } from "../../src/core/task.ts";

/** A store in memory, a `task` for which it is the default, and what the store tells. */
export interface TaskWorld {
  readonly task: TaskFactory;
  readonly store: ResultStore;
  readonly storage: MemoryStorage;
  readonly events: StoreEvent[];
  /** What the clock of the store says. */
  now: number;
}

export function createTaskWorld(): TaskWorld {
  const storage = new MemoryStorage();
  const events: StoreEvent[] = [];
  const store = new ResultStore({
    resultStorage: storage,
    lockManager: new MemoryLockManager(),
    onEvent: (event) => events.push(event),
    now: () => world.now,
  });
  const world: TaskWorld = { task: createTaskFactory(() => store), store, storage, events, now: 1_000 };
  return world;
}

/** The keys of all records. */
export async function keysOf(storage: MemoryStorage): Promise<string[]> {
  return (await storage.list()).records.map(({ storageKey }) => storageKey);
}
