import { promisifyRequest } from "idb-keyval";
import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import type { StorageWriteOptions } from "../../core/storages/result-storage.ts";
import { PreconditionFailedError, StaleLockError } from "../../errors/index.ts";
import type { LeaseRow } from "../database/lease-row.ts";
import { findHead } from "./record-heads.ts";

interface KnownHead {
  etag: string;
  token?: number | undefined;
}

/**
 * The changes that earlier operations made in a shared transaction. Requests run in the order in which they were made, so
 * an operation that reads first and writes later must not miss requests made in between.
 */
const left = new WeakMap<IDBTransaction, Map<string, KnownHead | undefined>>();

/** Call it with every write (`head`) and deletion (no `head`), at the time of its request. */
export function noteChange(transaction: IDBTransaction, key: string, head?: KnownHead): void {
  let changes = left.get(transaction);
  if (!changes) left.set(transaction, (changes = new Map<string, KnownHead | undefined>()));
  changes.set(key, head);
}

/** The head under the key after all requests made so far. Reads no body. */
export async function currentHead(transaction: IDBTransaction, key: string): Promise<KnownHead | undefined> {
  // read in any case: answers come in order, so the second of two readers sees the change of the first
  const found = await findHead(transaction, key);
  const changes = left.get(transaction);
  return changes?.has(key) ? changes.get(key) : found;
}

/** The conditions of a write, besides its own success. */
export interface WriteConditions extends Pick<StorageWriteOptions, "ifMatch" | "ifNoneMatch"> {
  grant?: LockGrant | undefined;
  /** Whether the grant's lease is a row of this database. The transaction then covers leases. */
  leaseIsHere: boolean;
}

/** Rejects with `StaleLockError` or `PreconditionFailedError` unless the write is allowed. */
export async function checkWrite(
  transaction: IDBTransaction,
  key: string,
  { grant, ifMatch, ifNoneMatch, leaseIsHere }: WriteConditions,
): Promise<void> {
  if (grant?.signal.aborted) throw staleLock(key);
  if (grant && leaseIsHere) {
    const leases = transaction.objectStore("leases");
    const lease = await promisifyRequest(leases.get(key) as IDBRequest<LeaseRow | undefined>);
    if (lease?.token !== grant.token) throw staleLock(key);
    if (ifMatch === undefined && !ifNoneMatch) return;
  }
  const head = await currentHead(transaction, key);
  if (grant && !leaseIsHere && (head?.token ?? 0) > grant.token) throw staleLock(key);
  if ((ifNoneMatch && head) || (ifMatch !== undefined && ifMatch !== head?.etag)) {
    throw new PreconditionFailedError(`The record "${key}" is not the one that the write asked for`, { key });
  }
}

function staleLock(key: string): StaleLockError {
  return new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
}
