import { MemoryLockManager } from "../../core/locks/memory-lock-manager.ts";
import type { ResultLockManager } from "../../core/locks/result-lock-manager.ts";
import type { ResultStorage } from "../../core/storages/result-storage.ts";
import type { StoreListener } from "../../core/events/store-event.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import { ConfigurationError } from "../../errors/index.ts";
import { ResultDatabase } from "../database/result-database.ts";
import { WebLockManager } from "../locks/web-lock-manager.ts";
import { adoptWrite } from "../storage/adopt-write.ts";
import { invalidateRecords } from "../storage/invalidate-records.ts";
import type { IndexedDbStorage } from "../storage/indexed-db-storage.ts";
import { handOverLocks } from "./hand-over-locks.ts";
import { type MoveOptions, StandInStorage } from "./stand-in-storage.ts";

/** Milliseconds until the database is tried again. The pause doubles from the first to the longest. */
const firstPause = 250;
const longestPause = 300_000;

/** The parts of a browser's store. */
export interface Backend {
  readonly storage: ResultStorage;
  readonly locks: ResultLockManager;
}

export interface DatabaseOpeningOptions {
  readonly database: IndexedDbStorage;
  readonly name: string;
  readonly durability: "relaxed" | "strict" | undefined;
  readonly openTimeout: number | undefined;
  readonly emit: StoreListener;
  readonly now: () => number;
  readonly onMove: MoveOptions["onMove"];
}

interface StandIn extends Backend {
  readonly storage: StandInStorage;
  readonly locks: MemoryLockManager;
}

/**
 * Opens the database at first use. If that fails, memory stands in for it. The database is then tried again, in growing
 * intervals, until it opens and takes over what memory holds.
 */
export class DatabaseOpening {
  readonly #options: DatabaseOpeningOptions;
  readonly #database: ResultDatabase;
  #pause = firstPause;
  #cancelRetry: (() => void) | undefined;
  /** Absent until the first use. */
  opened: Promise<Backend> | undefined;
  /** In use, instead of the database. */
  standIn: StandIn | undefined;
  /** Absent while the database opens. */
  backend: Backend | undefined;

  constructor(options: DatabaseOpeningOptions) {
    this.#options = options;
    const { name, openTimeout } = options;
    this.#database = ResultDatabase.open(name, { openTimeout });
  }

  open(): Promise<Backend> {
    return (this.opened ??= this.#open());
  }

  async close(): Promise<void> {
    this.#cancelRetry?.();
    await this.opened;
    // the next use tries the database at once
    if (this.standIn) this.opened = this.backend = undefined;
    else await this.#options.database.close();
  }

  async #open(): Promise<Backend> {
    try {
      await this.#database.connect();
      this.backend = { storage: this.#options.database, locks: await this.#takeOver() };
      this.standIn = undefined;
    } catch (error) {
      this.backend = this.#standIn(error);
    }
    return this.backend;
  }

  #standIn(error: unknown): Backend {
    const { emit, now } = this.#options;
    if (!this.standIn) {
      this.standIn = { storage: new StandInStorage(now), locks: new MemoryLockManager() };
      emit({ type: "fallback", from: "indexed-db", to: "memory", error });
    }
    this.#retryLater();
    return this.standIn;
  }

  #retryLater(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = later(this.#pause, () => void this.#retry(), { idle: true });
    this.#pause = Math.min(2 * this.#pause, longestPause);
  }

  async #retry(): Promise<void> {
    const { backend } = this;
    const isOpen = await this.#database.connect().then(
      () => true,
      () => false,
    );
    // closed in the meantime
    if (!backend || backend !== this.backend) return;
    if (!isOpen) return this.#retryLater();
    // calls wait from here until the database has all records
    this.backend = undefined;
    await (this.opened = this.#open());
  }

  /** Moves what memory holds into the database. Resolves to the locks to use from now on. */
  async #takeOver(): Promise<ResultLockManager> {
    const { database, name, durability, emit, onMove } = this.#options;
    const { standIn } = this;
    if (standIn) {
      await standIn.storage.moveTo({
        invalidate: (late) => invalidateRecords(this.#database, { ...late, until: late.at }, { durability }),
        adopt: (write) => adoptWrite(this.#database, write, { durability }),
        sweep: (options) => database.sweep(options),
        onMove,
        onError: (key, error) => emit({ type: "write-error", key, error }),
      });
      emit({ type: "online", from: "indexed-db" });
    }
    if ((globalThis.navigator as Partial<Navigator> | undefined)?.locks) {
      const locks = new WebLockManager({ name });
      return standIn ? handOverLocks(standIn.locks, locks) : locks;
    }
    const message = "Web Locks are missing here: only pages served over https or from localhost have them";
    emit({ type: "fallback", from: "web-locks", to: "memory", error: new ConfigurationError(message) });
    return standIn?.locks ?? new MemoryLockManager();
  }
}
