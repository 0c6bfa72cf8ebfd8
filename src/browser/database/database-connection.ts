import { promisifyRequest } from "idb-keyval";
import { later } from "../../core/concurrency/settle-within.ts";
import { StorageError } from "../../errors/index.ts";
import { isConnectionError } from "./database-error.ts";
import type { InvalidationRow } from "./invalidation-row.ts";
import { headIndex, tagIndex } from "./record-row.ts";

/** Increase it with every change of `upgrade`. */
const databaseVersion = 2;

/** An open connection. */
export interface Connection {
  readonly database: IDBDatabase;
  /** Makes the next use open another connection. Transactions that have begun still finish, if they can. */
  drop(): void;
}

/** One connection. It opens at first use, and again after it was lost or dropped. */
export class DatabaseConnection {
  readonly name: string;
  /** Milliseconds. */
  openTimeout = 5_000;
  #opened: Promise<Connection> | undefined;
  #wasOpen = false;

  constructor(name: string) {
    this.name = name;
  }

  get(): Promise<Connection> {
    if (this.#opened) return this.#opened;
    const forget = () => {
      if (this.#opened === opened) this.#opened = undefined;
    };
    const open = () => openDatabase(this.name, this.openTimeout);
    // the browser may still be closing the connections of the origin, this one included
    const again = (error: unknown) => {
      if (this.#wasOpen && isConnectionError(error)) return open();
      throw error;
    };
    const opened = open()
      .catch(again)
      .then(
        (database) => {
          this.#wasOpen = true;
          return connect(database, forget);
        },
        (error: unknown) => {
          forget();
          throw openError(this.name, error);
        },
      );
    return (this.#opened = opened);
  }

  /** Lets transactions that have begun finish. */
  close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    return Promise.resolve(opened).then(
      (connection) => connection?.drop(),
      () => {},
    );
  }
}

function openDatabase(name: string, timeout: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, databaseVersion);
    const opening = promisifyRequest(request);
    let obstacle = "";
    // in private modes, or behind a blocked upgrade, the request may never get an answer
    const cancel = later(timeout, () => {
      reject(new StorageError(`The database "${name}" did not open within ${timeout} ms${obstacle}`));
      opening.then(
        (database) => database.close(),
        () => {},
      );
    });
    request.onupgradeneeded = () => {
      const { result, transaction } = request;
      if (result.objectStoreNames.length === 0 || has(result, firstStores)) return upgrade(result, transaction!);
      reject(foreign(name));
      transaction!.abort();
    };
    request.onblocked = () => (obstacle = ": another tab keeps an older version open");
    const check = (database: IDBDatabase) => {
      if (has(database, [...firstStores, "invalidations"])) return resolve(database);
      database.close();
      reject(foreign(name));
    };
    void opening.then(check, reject).finally(cancel);
  });
}

/** Those of version 1. */
const firstStores = ["records", "uses", "leases"];

function has({ objectStoreNames }: IDBDatabase, stores: readonly string[]): boolean {
  return stores.every((store) => objectStoreNames.contains(store));
}

function foreign(name: string): StorageError {
  return new StorageError(`The database "${name}" is of other code: give the store another name`);
}

/** Drops on `versionchange`. Otherwise an upgrade or deletion by another tab hangs, and so does every later opening. */
function connect(database: IDBDatabase, forget: () => void): Connection {
  const drop = () => {
    forget();
    database.close();
  };
  database.onclose = database.onversionchange = drop;
  return { database, drop };
}

function openError(name: string, error: unknown): unknown {
  if (typeof indexedDB === "undefined")
    return new StorageError("There is no IndexedDB here: it needs a browser. MemoryStorage works everywhere", {
      cause: error,
    });
  return (error as DOMException | null)?.name === "VersionError"
    ? new StorageError(`The database "${name}" was upgraded by a later version of this library: reload the page`, {
        cause: error,
      })
    : error;
}

function upgrade(database: IDBDatabase, transaction: IDBTransaction): void {
  // another script, or the browser's tools, may have opened it first, without a version, and so made an empty one
  if (database.objectStoreNames.length === 0) {
    database.createObjectStore("records").createIndex(headIndex.name, headIndex.keyPath);
    database.createObjectStore("uses");
    database.createObjectStore("leases");
  }
  transaction.objectStore("records").createIndex(tagIndex.name, tagIndex.keyPath, { multiEntry: true });
  // places go on from the time, so that they are larger than those of a database that was deleted
  const row: InvalidationRow = { target: "all", at: 0 };
  database.createObjectStore("invalidations", { autoIncrement: true }).put(row, Date.now());
}
