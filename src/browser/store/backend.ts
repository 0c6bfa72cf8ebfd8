import type { StoreListener } from "../../core/events/store-event.ts";
import type { InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import type { ResultStorage, ResultStorageCapabilities } from "../../core/storages/result-storage.ts";
import { deleteManyFrom } from "../../core/storages/storage-fallbacks.ts";
import { IndexedDbStorage } from "../storage/indexed-db-storage.ts";
import { type Backend, DatabaseOpening, type DatabaseOpeningOptions } from "./database-opening.ts";

export interface BackendOptions extends Omit<DatabaseOpeningOptions, "database" | "emit"> {
  readonly maxBytes: number | undefined;
  readonly onEvent: StoreListener;
  /** Called for every write. */
  readonly onWrite: () => void;
  readonly onClose: () => void;
}

export interface LocalBackend extends Backend {
  /** Drops records that another context has changed from the memory that stands in for the database. */
  forget(target: InvalidationTarget): void;
}

/**
 * Uses IndexedDB and Web Locks if they are available, or else memory until they are, with an event. The parts are opened at first use,
 * since opening takes time and may fail. Private windows, blocked cookies and full disks refuse a database or never finish
 * opening it, and pages without https have no Web Locks.
 */
export function createBackend({ onEvent: emit, onWrite, onClose, ...options }: BackendOptions): LocalBackend {
  // opens nothing yet, but refuses invalid options
  const database = new IndexedDbStorage(options);
  const opening = new DatabaseOpening({ ...options, database, emit });
  const open = async () => (opening.backend ?? (await opening.open())).storage;
  const storage = lazily<ResultStorage>(
    ["read", "head", "write", "begin", "invalidate", "lastInvalidation", "delete", "list", "sweep", "clear"],
    open,
  );
  const locks = lazily<ResultLockManager>(
    ["acquireLock", "releaseLock", "renewLock", "isLocked", "isLockHolder", "waitForLock"],
    async () => (opening.backend ?? (await opening.open())).locks,
  );
  return {
    storage: {
      ...storage,
      type: database.type,
      get leasePlace() {
        return opening.backend?.storage.leasePlace;
      },
      /** Memory doesn't see the writes of other contexts. */
      get capabilities(): ResultStorageCapabilities {
        return opening.standIn ? { ...database.capabilities, consistency: "eventual" } : database.capabilities;
      },
      write(key, bytes, writeOptions) {
        onWrite();
        return storage.write(key, bytes, writeOptions);
      },
      deleteMany: async (keys) => deleteManyFrom(await open(), keys),
      noteUse: (key) => opening.backend?.storage.noteUse?.(key),
      close() {
        onClose();
        return opening.close();
      },
    },
    locks: {
      ...locks,
      get leasePlace() {
        return opening.backend?.locks.leasePlace;
      },
      // nobody holds a lock before the database is open
      reportProgress: (...report) => opening.backend?.locks.reportProgress?.(...report),
      close: async () => (await opening.opened)?.locks.close?.(),
    },
    forget: (target) => void opening.standIn?.storage.forget(target),
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
