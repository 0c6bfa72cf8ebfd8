import { StorageError } from "../errors/index.ts";
import { toStorageError } from "./database-error.ts";
import { headIndex } from "./record-row.ts";

/** Raise it with every change of `createStores`. */
const databaseVersion = 1;

/** One connection, opened at first use and again after the browser or another tab made it close. */
export class DatabaseConnection {
  readonly name: string;
  /** Milliseconds. */
  openTimeout = 5_000;
  #opened: Promise<IDBDatabase> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get(): Promise<IDBDatabase> {
    if (this.#opened) return this.#opened;
    const forget = () => {
      if (this.#opened === opened) this.#opened = undefined;
    };
    const opened = openDatabase(this.name, this.openTimeout, forget);
    opened.catch(forget);
    return (this.#opened = opened);
  }

  /** Lets transactions that have begun finish. */
  close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    return Promise.resolve(opened).then(
      (database) => database?.close(),
      () => {},
    );
  }
}

/** `gone` is called once the connection can't be used any longer. */
function openDatabase(name: string, timeout: number, gone: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let reason = "did not open";
    let late = false;
    const fail = (error: Error) => {
      late = true;
      clearTimeout(timer);
      reject(error);
    };
    // private modes and a blocked upgrade can leave an open request without any answer
    const timer = setTimeout(
      () => fail(new StorageError(`The database "${name}" ${reason} within ${timeout} ms`)),
      timeout,
    );
    try {
      const request = indexedDB.open(name, databaseVersion);
      request.onupgradeneeded = () => createStores(request.result);
      request.onblocked = () => (reason = "is kept open by another tab with an older version, and did not open");
      request.onerror = () => fail(openError(name, request.error));
      request.onsuccess = () => {
        const database = request.result;
        if (late) return database.close();
        clearTimeout(timer);
        database.onclose = gone;
        // without closing, an upgrade or a deletion by another tab hangs, and every opening behind it
        database.onversionchange = () => {
          gone();
          database.close();
        };
        resolve(database);
      };
    } catch (error) {
      fail(openError(name, error));
    }
  });
}

function openError(name: string, error: unknown): Error {
  if (typeof indexedDB === "undefined") return new StorageError("There is no IndexedDB here", { cause: error });
  return (error as DOMException | null)?.name === "VersionError"
    ? new StorageError(`The database "${name}" was upgraded by a later version of this library: reload the page`, {
        cause: error,
      })
    : toStorageError(error, name);
}

function createStores(database: IDBDatabase): void {
  database.createObjectStore("records").createIndex(headIndex.name, headIndex.keyPath);
  database.createObjectStore("uses");
  database.createObjectStore("leases");
}
