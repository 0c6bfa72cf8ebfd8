import { createDefaultStore } from "../../../src/core/runtime/runtime.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createFlow, type FlowFactory } from "../../../src/core/tasks/flow.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { createTask, type TaskFactory } from "../../../src/core/tasks/task.ts";
import { createTransaction, type TransactionFunction } from "../../../src/core/transactions/transaction.ts";
import { createStore } from "../../stores.ts";

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
  const store = createStore({
    resultStorage: storage,
    lockManager: new MemoryLockManager(),
    onEvent: (event) => events.push(event),
    now: () => world.now,
  });
  const defaultStore = createDefaultStore(() => store);
  const world: TaskWorld = {
    task: createTask(defaultStore),
    flow: createFlow(defaultStore),
    transaction: createTransaction(defaultStore),
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
