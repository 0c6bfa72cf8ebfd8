import { cdp } from "vitest/browser";
import { vi } from "vitest";

/** What WebKit says once the process of its databases is gone. */
export const lost = () =>
  new DOMException("Connection to Indexed Database server lost. Refresh the page", "UnknownError");

/** Chromium closes every connection of the origin by force, as for "clear site data". The records are gone too. */
export async function closeByForce(): Promise<void> {
  const session = cdp() as unknown as { send(method: string, options: object): Promise<unknown> };
  await session.send("Storage.clearDataForOrigin", { origin: location.origin, storageTypes: "indexeddb" });
}

type Begin = IDBDatabase["transaction"];

/** Runs `change` over every transaction that begins, with the original function to begin it. */
function onBegin(change: (database: IDBDatabase, begin: () => IDBTransaction) => IDBTransaction) {
  const original = IDBDatabase.prototype.transaction;
  return vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (
    this: IDBDatabase,
    ...args: Parameters<Begin>
  ) {
    return change(this, () => original.apply(this, args));
  });
}

/** Kills the connections that `isDead` names: their `transaction` throws. */
export function killConnections(isDead: (database: IDBDatabase) => boolean, error: () => Error = lost): void {
  onBegin((database, begin) => {
    if (isDead(database)) throw error();
    return begin();
  });
}

/** The next transactions, `times` of them, abort with `error` once they have begun. */
export function abortTransactions(times: number, error: () => Error = lost): void {
  let left = times;
  onBegin((_, begin) => {
    const transaction = begin();
    if (left-- <= 0) return transaction;
    Object.defineProperty(transaction, "error", { value: error() });
    abortOnceAsked(transaction);
    return transaction;
  });
}

/** Aborts a transaction after it has got its requests, though it was asked to complete with them. */
export function abortOnceAsked(transaction: IDBTransaction): void {
  transaction.commit = () => {};
  queueMicrotask(() => transaction.abort());
}

const full = () => new DOMException("full", "QuotaExceededError");

/** The next transactions that change leases, `times` of them, abort with `error` at their end. */
export function refuseLeases(times: number, error: () => Error = full): void {
  let left = times;
  onBegin((_, begin) => {
    const transaction = begin();
    const changesLeases = transaction.mode === "readwrite" && transaction.objectStoreNames[0] === "leases";
    if (!changesLeases || left-- <= 0) return transaction;
    transaction.commit = () => {
      Object.defineProperty(transaction, "error", { value: error() });
      transaction.abort();
    };
    return transaction;
  });
}

/** The next transaction that writes is over by the time that somebody aborts it. */
export function abortTooLate(): void {
  let left = 1;
  onBegin((_, begin) => {
    const transaction = begin();
    if (transaction.mode === "readonly" || left-- <= 0) return transaction;
    const abort = transaction.abort.bind(transaction);
    transaction.abort = () => {
      abort();
      throw new DOMException("It is over", "InvalidStateError");
    };
    return transaction;
  });
}

/**
 * The next write transaction, or one that begins `after` some others, is kept, but its answer is lost with the connection. `meanwhile`
 * runs in between.
 */
export function loseAnswer(meanwhile: () => Promise<unknown> = async () => {}, after = 0): void {
  let number = 0;
  onBegin((_, begin) => {
    const transaction = begin();
    if (transaction.mode === "readonly" || number++ !== after) return transaction;
    Object.defineProperty(transaction, "oncomplete", { set: () => {} });
    const answer = async () => {
      await meanwhile();
      Object.defineProperty(transaction, "error", { value: lost() });
      transaction.dispatchEvent(new Event("abort"));
    };
    transaction.addEventListener("complete", () => void answer());
    return transaction;
  });
}

/** The connection is closed by force as the next transaction begins. Chromium then ends the requests, and not the transaction. */
export function closeAsOneBegins(): void {
  let left = 1;
  onBegin((database, begin) => {
    const transaction = begin();
    if (left-- <= 0) return transaction;
    for (const end of ["onabort", "oncomplete"]) Object.defineProperty(transaction, end, { set: () => {} });
    abortOnceAsked(transaction);
    queueMicrotask(() => {
      database.close();
      database.dispatchEvent(new Event("close"));
    });
    return transaction;
  });
}
