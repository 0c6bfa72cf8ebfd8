import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import type { StoreListener } from "../../src/core/events/store-event.ts";
import { internals } from "../../src/core/store/store-internals.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { HttpStorage, HttpLockManager, HttpTaskScheduler, remote, type HttpOptions } from "../../src/http/index.ts";
import { task } from "../../src/node/index.ts";
import { createStore } from "../stores.ts";

export interface ClientOptions extends HttpOptions {
  readonly onEvent?: StoreListener;
}

/** A store as a browser has it, with its own storage and locks before those of the Worker. */
export function openRemote({ onEvent = () => {}, ...options }: ClientOptions): ResultStore {
  const local = { storage: new MemoryStorage(), locks: new MemoryLockManager() };
  const parts = remote(options).attach(
    local,
    () => onEvent,
    (target) => store[internals].noteInvalidation(target),
  );
  const { storage: resultStorage, locks: lockManager, scheduler } = parts;
  const store = createStore({ resultStorage, lockManager, scheduler, onEvent, cacheResultInMemory: false });
  return store;
}

/** A store with nothing of its own: each of its calls asks the Worker. */
export function openDirect({ onEvent = () => {}, ...options }: ClientOptions): ResultStore {
  return createStore({
    resultStorage: new HttpStorage(options),
    lockManager: new HttpLockManager(options),
    scheduler: new HttpTaskScheduler(options),
    onEvent,
    cacheResultInMemory: false,
  });
}

/** The task of tests/tasks/load, for calls that are handed over. */
export const notedTask = task(
  (_: { name: string; lasts: number }): Promise<string> => Promise.reject(new Error("the Worker was to compute it")),
  { name: "noted", version: "1" },
);
