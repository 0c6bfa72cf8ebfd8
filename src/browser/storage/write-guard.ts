import { promisifyRequest } from "idb-keyval";
import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import { invalidated } from "../../core/storages/invalidation-log.ts";
import type { StorageWriteOptions } from "../../core/storages/result-storage.ts";
import { PreconditionFailedError, StaleLockError } from "../../errors/index.ts";
import type { LeaseRow } from "../database/lease-row.ts";
import { type ResultDatabase, type RunOptions, scopes } from "../database/result-database.ts";
import { isOutdated, parseBeginning } from "./invalidation-table.ts";
import { findHead } from "./record-heads.ts";

/** The last operation on each key in a shared transaction. */
const lastTurns = new WeakMap<IDBTransaction, Map<string, Promise<unknown>>>();

/**
 * Runs `work` after earlier operations on the key in the same transaction: an operation that reads first and writes later must
 * not miss what others do in between. The first one runs at once.
 */
export function inTurn<T>(transaction: IDBTransaction, key: string, work: () => Promise<T>): Promise<T> {
  const turns = lastTurns.get(transaction) ?? new Map<string, Promise<unknown>>();
  lastTurns.set(transaction, turns);
  const turn = turns.get(key)?.then(work, work) ?? work();
  turns.set(key, turn);
  return turn;
}

/** Runs `work`, which changes many records, in a transaction that it may share with others of its kind, and after them. */
export function changeAll<T>(
  database: ResultDatabase,
  work: (transaction: IDBTransaction) => Promise<T>,
  options?: RunOptions,
): Promise<T> {
  return database.run(scopes.changeAll, (transaction) => inTurn(transaction, "", () => work(transaction)), options);
}

/** The conditions of a write, besides its own success. */
export interface WriteConditions extends Pick<StorageWriteOptions, "ifMatch" | "ifNoneMatch" | "since"> {
  grant?: LockGrant | undefined;
  /** Whether the grant's lease is a row of this database. The transaction then covers leases. */
  leaseIsHere: boolean;
  tags: readonly string[] | undefined;
}

/** Rejects with `StaleLockError`, `PreconditionFailedError` or `InvalidatedError` unless the write is allowed. */
export async function checkWrite(
  transaction: IDBTransaction,
  key: string,
  { grant, ifMatch, ifNoneMatch, leaseIsHere, since, tags }: WriteConditions,
): Promise<void> {
  if (grant?.signal.aborted) throw staleLock(key);
  if (grant && leaseIsHere) {
    const leases = transaction.objectStore("leases");
    const lease = await promisifyRequest(leases.get(key) as IDBRequest<LeaseRow | undefined>);
    if (lease?.token !== grant.token) throw staleLock(key);
  }
  if ((grant && !leaseIsHere) || ifMatch !== undefined || ifNoneMatch) {
    const head = await findHead(transaction, key);
    if (grant && !leaseIsHere && (head?.token ?? 0) > grant.token) throw staleLock(key);
    if ((ifNoneMatch && head) || (ifMatch !== undefined && ifMatch !== head?.etag)) {
      throw new PreconditionFailedError(`The record "${key}" is not the one that the write asked for`, { key });
    }
  }
  if (since !== undefined && (await isOutdated(transaction, key, parseBeginning(since), tags))) throw invalidated(key);
}

function staleLock(key: string): StaleLockError {
  return new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
}
