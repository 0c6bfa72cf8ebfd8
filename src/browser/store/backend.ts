import { guardListener, type StoreListener } from "../../core/events/store-event.ts";
import { MemoryLockManager } from "../../core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../core/storages/memory-storage.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { IndexedDbStorage, type IndexedDbStorageOptions } from "../storage/indexed-db-storage.ts";
import { ResultDatabase, scopes } from "../database/result-database.ts";
import { WebLockManager } from "../locks/web-lock-manager.ts";

/** What a browser's store stands on. */
export interface Backend {
  readonly storage: IndexedDbStorage | MemoryStorage;
  readonly locks: ResultLockManager;
}

export interface BackendOptions extends IndexedDbStorageOptions {
  name: string;
  onEvent?: StoreListener | undefined;
}

/**
 * Opens at first use: IndexedDB and Web Locks where they can be used; else memory, and an event that says so. Private
 * windows, blocked cookies and full disks refuse a database or leave its opening hanging; pages without https have
 * no Web Locks.
 */
export class LazyBackend {
  readonly #options: BackendOptions;
  readonly #storage: IndexedDbStorage;
  #backend: Promise<Backend> | undefined;
  #opened: Backend | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
    // opens nothing, but refuses options that can't be meant
    this.#storage = new IndexedDbStorage(options);
  }

  open(): Promise<Backend> {
    return (this.#backend ??= this.#choose());
  }

  /** What `open` gave before, at once. */
  get opened(): Backend | undefined {
    return this.#opened;
  }

  /** What was opened lets go of its connections, and opens them again at its next use; memory that had to take their place is given up. */
  async closeStorage(): Promise<void> {
    const storage = (await this.#backend)?.storage;
    if (storage && "close" in storage) await storage.close();
    else this.#backend = this.#opened = undefined;
  }

  async closeLocks(): Promise<void> {
    await (await this.#backend)?.locks.close?.();
  }

  async #choose(): Promise<Backend> {
    return (this.#opened = await chooseBackend(this.#options, this.#storage));
  }
}

async function chooseBackend(
  { name, openTimeout, onEvent }: BackendOptions,
  storage: IndexedDbStorage,
): Promise<Backend> {
  const tell = onEvent && guardListener(onEvent);
  try {
    await ResultDatabase.open(name, { openTimeout }).run(scopes.readRecords, () => {});
  } catch (error) {
    tell?.({ type: "fallback", from: "indexed-db", to: "memory", error });
    return { storage: new MemoryStorage(), locks: new MemoryLockManager() };
  }
  if ((globalThis.navigator as Partial<Navigator> | undefined)?.locks)
    return { storage, locks: new WebLockManager({ name }) };
  const error = new ConfigurationError(
    "Web Locks are missing here: only pages served over https or from localhost have them",
  );
  tell?.({ type: "fallback", from: "web-locks", to: "memory", error });
  return { storage, locks: new MemoryLockManager() };
}
