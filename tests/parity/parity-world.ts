import type { StoreEvent } from "../../src/core/events/store-event.ts";
import { createFlow, type FlowFactory } from "../../src/core/tasks/flow.ts";
import type { ResultLockManager } from "../../src/core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../src/core/storages/result-storage.ts";
import type { PartialStoreOptions } from "../../src/core/options/store-options.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import {
  createDefaultStore,
  createGetDefaultResultStorage,
  createGetResultStore,
  createGetTaskSchedulingStorage,
} from "../../src/core/runtime/runtime.ts";
import { registerStorage } from "../../src/core/storages/storage-registry.ts";
import { createTask, type TaskFactory } from "../../src/core/tasks/task.ts";
import { createTransaction, type TransactionFunction } from "../../src/core/transactions/transaction.ts";

/** Where results may be kept. */
export const places = ["memory", "IndexedDB", "R2", "KV", "R2 and KV"] as const;

export type Place = (typeof places)[number];

/** What a place brings along. */
export interface PlaceTools {
  readonly place: Place;
  /** Whether a read sees every write before it, wherever that was made. */
  readonly isStrong: boolean;
  /** Whether the runtime knows after an `await` where a call came from. */
  readonly followsAwaits: boolean;
  /** What the names of holders begin with. */
  readonly runtime: string;
  /** A store over the same records and locks as the others, as if in a context of its own. */
  createStore(options?: PartialStoreOptions): ResultStore;
  /** A storage over records of its own. */
  createOtherStorage(): ResultStorage;
  /** A lock manager over the same locks as that of the stores. */
  createLockManager(): ResultLockManager;
  /** Overwrites what the storage has under `key` behind the stores' backs. */
  putBytes(key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A place, and what an entry for it offers. Made for each case. */
export interface ParityWorld extends PlaceTools {
  /** The default store of `task`, `flow` and `transaction`. */
  readonly store: ResultStore;
  /** What the default store has told. */
  readonly events: StoreEvent[];
  readonly task: TaskFactory;
  readonly flow: FlowFactory;
  readonly transaction: TransactionFunction;
  readonly getResultStore: () => ResultStore;
  readonly getDefaultResultStorage: () => ResultStorage;
  readonly getOrCreateDefaultTaskSchedulingStorage: () => ResultStorage;
  /** What the clock of the stores says. */
  now: number;
  /** A name that no other world has, for keys, tasks and flows. */
  name(text: string): string;
  /** The keys of all records of this world, by what was given to `name`; those of another storage where one is given. */
  keys(storage?: ResultStorage): Promise<string[]>;
  /** What a new context finds under a key. */
  kept(key: string | undefined): Promise<unknown>;
  /** Registers a storage until the case is over. Gives its name. */
  register(storage: ResultStorage): string;
}

export function createParityWorld(createTools: () => PlaceTools): ParityWorld {
  const tools = createTools();
  const id = crypto.randomUUID().slice(0, 8);
  const events: StoreEvent[] = [];
  const undo: (() => void)[] = [];
  const createStore = (options: PartialStoreOptions = {}) => tools.createStore({ now: () => world.now, ...options });
  const store = createStore({ onEvent: (event) => events.push(event) });
  const defaultStore = createDefaultStore(() => store);
  const world: ParityWorld = {
    ...tools,
    createStore,
    store,
    events,
    task: createTask(defaultStore),
    flow: createFlow(defaultStore),
    transaction: createTransaction(defaultStore),
    getResultStore: createGetResultStore(defaultStore),
    getDefaultResultStorage: createGetDefaultResultStorage(defaultStore),
    getOrCreateDefaultTaskSchedulingStorage: createGetTaskSchedulingStorage(defaultStore),
    now: Date.now(),
    name: (text) => `${text}-${id}`,
    async keys(storage = store.resultStorage) {
      const keys: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await storage.list!({ cursor });
        keys.push(...page.records.map(({ storageKey }) => storageKey));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return keys.filter((key) => key.includes(`-${id}`)).map((key) => key.replace(`-${id}`, ""));
    },
    kept: async (key = "") => (await createStore().read(key))?.result,
    register(storage) {
      const name = `parity/${crypto.randomUUID()}`;
      undo.push(registerStorage(name, storage));
      return name;
    },
    async close() {
      for (const step of undo) step();
      await tools.close();
    },
  };
  return world;
}
