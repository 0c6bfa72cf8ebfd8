import { guardListener, type StoreListener } from "../../core/events/store-event.ts";
import { MemoryLockManager } from "../../core/locks/memory-lock-manager.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { MemoryStorage } from "../../core/storages/memory-storage.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { ResultDatabase, scopes } from "../database/result-database.ts";
import { WebLockManager } from "../locks/web-lock-manager.ts";
import { IndexedDbStorage, type IndexedDbStorageOptions } from "../storage/indexed-db-storage.ts";

/** The parts of a browser's store. */
export interface Backend {
  readonly storage: ResultStorage;
  readonly locks: ResultLockManager;
}

export interface BackendOptions extends IndexedDbStorageOptions {
  name: string;
  onEvent: StoreListener | undefined;
  /** Called for every write. */
  onWrite: () => void;
  onClose: () => void;
}

/**
 * Uses IndexedDB and Web Locks if they are available, or else memory, with an event. The parts are opened at first use,
 * since opening takes time and may fail. Private windows, blocked cookies and full disks refuse a database or never finish
 * opening it, and pages without https have no Web Locks.
 */
export function createBackend(options: BackendOptions): Backend {
  // opens nothing yet, but refuses invalid options
  const database = new IndexedDbStorage(options);
  let opening: Promise<Backend> | undefined;
  let opened: Backend | undefined;
  const open = async () => {
    const chosen = (opening ??= chooseBackend(options, database));
    const made = await chosen;
    // a backend that was given up in the meantime is not used again
    if (opening === chosen) opened = made;
    return made;
  };
  const storage = lazily<ResultStorage>(
    ["read", "head", "write", "delete", "list", "sweep", "clear"],
    async () => (opened ?? (await open())).storage,
  );
  const locks = lazily<ResultLockManager>(
    ["acquireLock", "releaseLock", "renewLock", "isLocked", "isLockHolder", "waitForLock"],
    async () => (opened ?? (await open())).locks,
  );
  return {
    storage: {
      ...storage,
      type: database.type,
      capabilities: database.capabilities,
      write(key, bytes, writeOptions) {
        options.onWrite();
        return storage.write(key, bytes, writeOptions);
      },
      noteUse: (key) => opened?.storage.noteUse?.(key),
      // the next use opens the database again and drops the memory that replaced it
      async close() {
        options.onClose();
        const { storage: current } = (await opening) ?? {};
        if (current?.close) await current.close();
        else opening = opened = undefined;
      },
    },
    locks: { ...locks, close: async () => (await opening)?.locks.close?.() },
  };
}

/** An object whose methods call the object that `open` returns. Each call asks `open` again. */
function lazily<T extends object>(names: readonly (keyof T)[], open: () => Promise<T>): T {
  const call =
    (name: keyof T) =>
    async (...args: unknown[]) =>
      ((await open()) as Record<keyof T, (...args: unknown[]) => unknown>)[name](...args);
  return Object.fromEntries(names.map((name) => [name, call(name)])) as T;
}

async function chooseBackend(
  { name, openTimeout, onEvent }: BackendOptions,
  storage: IndexedDbStorage,
): Promise<Backend> {
  const emitFallback = (from: string, error: unknown) =>
    onEvent && guardListener(onEvent)({ type: "fallback", from, to: "memory", error });
  try {
    await ResultDatabase.open(name, { openTimeout }).run(scopes.readRecords, () => {});
  } catch (error) {
    emitFallback("indexed-db", error);
    return { storage: new MemoryStorage(), locks: new MemoryLockManager() };
  }
  if ((globalThis.navigator as Partial<Navigator> | undefined)?.locks) {
    return { storage, locks: new WebLockManager({ name }) };
  }
  const message = "Web Locks are missing here: only pages served over https or from localhost have them";
  emitFallback("web-locks", new ConfigurationError(message));
  return { storage, locks: new MemoryLockManager() };
}
