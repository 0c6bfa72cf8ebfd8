import { raceSignal } from "../../core/concurrency/race-signal.ts";
import { type Connection, DatabaseConnection } from "./database-connection.ts";
import { toStorageError } from "./database-error.ts";
import { runBatch, type Task, type Unsettled } from "./transaction-batch.ts";

/** The stores and mode of an operation. All that only read share transactions, and so do those that write in the same scope. */
export interface DatabaseScope {
  readonly stores: readonly ("records" | "uses" | "leases" | "invalidations")[];
  readonly mode: "readonly" | "readwrite";
}

export const scopes = {
  readRecords: { stores: ["records"], mode: "readonly" },
  /** Writes and deletes records, and checks leases with that. All shares one scope, so that it happens in the order of the calls. */
  writeRecords: { stores: ["records", "invalidations", "leases"], mode: "readwrite" },
  leases: { stores: ["leases"], mode: "readwrite" },
  /** Apart from changes of locks, which may end their transaction early. */
  sweepLeases: { stores: ["leases"], mode: "readwrite" },
  readLeases: { stores: ["leases"], mode: "readonly" },
  uses: { stores: ["uses"], mode: "readwrite" },
  /** Walks over records request by request. Chromium ends only transactions that may write, if they are of a stopped tab. */
  walkRecords: { stores: ["records", "uses"], mode: "readwrite" },
  readInvalidations: { stores: ["records", "invalidations"], mode: "readonly" },
  /** Changes many records at once. */
  changeAll: { stores: ["records", "uses", "invalidations"], mode: "readwrite" },
} as const satisfies Record<string, DatabaseScope>;

export interface DatabaseOptions {
  /** Milliseconds that opening may take. Default: 5,000. The last value given applies to all users of the database. */
  openTimeout?: number | undefined;
}

export interface RunOptions {
  /** Ends the caller's wait. A write that has begun may still complete. */
  signal?: AbortSignal | undefined;
  /** `"strict"` waits for the disk. One strict operation makes its whole transaction strict. */
  durability?: "relaxed" | "strict" | undefined;
  /** The storage key for error messages. */
  key?: string | undefined;
}

type Opening = Connection | { readonly error: unknown };

interface ScopedTask extends Task {
  readonly scope: DatabaseScope;
}

interface Queue {
  tasks: ScopedTask[];
  /** Whether a worker is about to take `tasks`. */
  gathering: boolean;
  running: number;
  /** How many transactions run at once. */
  readonly most: number;
}

/** Readers don't block each other in the browser, so up to this many transactions run at once. Further reads are batched. */
const maxReaders = 4;

/** The browser ends a transaction of a stopped tab after a minute. Several would hold up the other tabs for a minute each. */
const maxWriters = 1;

/**
 * The database of one name, shared by all users in this context. It opens at first use and reopens after it was closed
 * or lost. It batches operations that are requested together into one transaction.
 */
export class ResultDatabase {
  static readonly #shared = new Map<string, ResultDatabase>();

  readonly name: string;
  readonly #connection: DatabaseConnection;
  readonly #readers: Queue = { tasks: [], gathering: false, running: 0, most: maxReaders };
  readonly #writers: Queue = { tasks: [], gathering: false, running: 0, most: maxWriters };

  private constructor(name: string) {
    this.name = name;
    this.#connection = new DatabaseConnection(name);
  }

  /** Does not open the database yet. */
  static open(name: string, { openTimeout }: DatabaseOptions = {}): ResultDatabase {
    let database = ResultDatabase.#shared.get(name);
    if (!database) ResultDatabase.#shared.set(name, (database = new ResultDatabase(name)));
    if (openTimeout !== undefined) database.#connection.openTimeout = openTimeout;
    return database;
  }

  /**
   * Runs `work` in a transaction that it shares with others. `work` may await only requests of that transaction, and in a
   * readonly scope it makes them all at once: if it needs further ones, it is called again, with care. If it has written before it rejects, it rejects with `wroteTooSoon`. It is called again then, with care, or if the transaction was
   * too large for the disk, or if the connection was lost: an earlier try may then have been kept all the same. In a readwrite
   * scope the promise resolves once the transaction is complete. Errors of the platform become `StorageError` or
   * `StorageQuotaError`. Other errors of `work` are passed on, and don't affect other tasks.
   */
  run<T>(
    scope: DatabaseScope,
    work: (transaction: IDBTransaction, isCareful: boolean) => T | Promise<T>,
    { signal, durability, key }: RunOptions = {},
  ): Promise<T> {
    const isAbandoned = () => signal?.aborted === true;
    const running = new Promise<unknown>((resolve, reject) => {
      this.#enqueue({ scope, work, strict: durability === "strict", key, isAbandoned, resolve, reject });
    });
    return raceSignal(running as Promise<T>, signal);
  }

  /** Opens the database now. Rejects with `StorageError` if it can't be opened. */
  async connect(): Promise<void> {
    try {
      await this.#connection.get();
    } catch (error) {
      throw toStorageError(error, this.name);
    }
  }

  /** Closes the connection; the next `run` opens it again. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  #enqueue(task: ScopedTask): void {
    const queue = task.scope.mode === "readonly" ? this.#readers : this.#writers;
    queue.tasks.push(task);
    if (!queue.gathering && queue.running < queue.most) void this.#drain(queue);
  }

  /** Never rejects: each task receives its own failure. */
  async #drain(queue: Queue): Promise<void> {
    queue.running++;
    while (queue.tasks.length > 0) {
      queue.gathering = true;
      const opening = await this.#open();
      queue.gathering = false;
      const all = queue.tasks.splice(0);
      const isAlike = ({ scope }: ScopedTask) => queue === this.#readers || scope === all[0]!.scope;
      queue.tasks.push(...all.filter((task) => !isAlike(task)));
      await this.#runBatch(all.filter(isAlike), opening);
    }
    queue.running--;
  }

  /** Never rejects. */
  #open(): Promise<Opening> {
    return this.#connection.get().catch((error: unknown) => ({ error }));
  }

  /**
   * Runs one transaction for all tasks. If that is too large for the disk, each task gets one of its own, which may fit.
   * Tasks that lose their connection are repeated once on a new one.
   */
  async #runBatch(
    all: readonly ScopedTask[],
    opening: Opening,
    { isRepeat = false, isCareful = false } = {},
  ): Promise<void> {
    const tasks = all.filter((task) => !task.isAbandoned());
    if (tasks.length === 0) return;
    const reject = (some: readonly ScopedTask[], reason: unknown) => {
      for (const task of some) task.reject(toStorageError(reason, this.name, task.key));
    };
    if ("error" in opening) return reject(tasks, opening.error);
    const { tooLarge, undone, lost, error } = await this.#attempt(tasks, opening, isCareful);
    // the others may be on their way to the same connection
    if (lost.length > 0) opening.drop();
    if (isRepeat) reject(lost, error);
    else if (lost.length > 0) await this.#runBatch(lost, await this.#open(), { isRepeat: true, isCareful });
    await this.#runBatch(undone, opening, { isRepeat, isCareful: true });
    for (const task of tooLarge) await this.#runBatch([task], await this.#open());
  }

  async #attempt(
    tasks: readonly ScopedTask[],
    { database }: Connection,
    isCareful: boolean,
  ): Promise<Unsettled<ScopedTask>> {
    const stores = new Set(tasks.flatMap(({ scope }) => scope.stores));
    const durability = tasks.some(({ strict }) => strict) ? "strict" : "relaxed";
    let transaction: IDBTransaction;
    try {
      transaction = database.transaction([...stores], tasks[0]!.scope.mode, { durability });
    } catch (error) {
      // the browser may close the database without an event
      return { tooLarge: [], undone: [], lost: tasks, error };
    }
    return runBatch(transaction, tasks, { name: this.name, isCareful });
  }
}
