import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createFlowFactory, type FlowFactory } from "../../../src/core/tasks/flow.ts";
import { ResultStore } from "../../../src/core/store/result-store.ts";
import { RuntimeDefaults } from "../../../src/core/runtime/runtime-defaults.ts";
import { createTaskFactory, type TaskFactory } from "../../../src/core/tasks/task.ts";
import { createTransactionFunction, type TransactionFunction } from "../../../src/core/transactions/transaction.ts";

/** A store in memory, a `task` for which it is the default, and what the store tells. */
export interface TaskWorld {
  readonly task: TaskFactory;
  readonly flow: FlowFactory;
  readonly transaction: TransactionFunction;
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
  const defaults = new RuntimeDefaults(() => store);
  const world: TaskWorld = {
    task: createTaskFactory(defaults),
    flow: createFlowFactory(defaults),
    transaction: createTransactionFunction(defaults),
    store,
    storage,
    events,
    now: 1_000,
  };
  return world;
}

/** The keys of all records. */
export async function keysOf(storage: MemoryStorage): Promise<string[]> {
  return (await storage.list()).records.map(({ storageKey }) => storageKey);
}
