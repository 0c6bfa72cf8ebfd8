import { isComputation } from "../../core/locks/holder.ts";
import { lockedByHand } from "../../core/locks/lock-grant.ts";
import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import { invalidated } from "../../core/storages/invalidation-log.ts";
import type { StorageWriteOptions } from "../../core/storages/result-storage.ts";
import { PreconditionFailedError, StaleLockError } from "../../errors/index.ts";
import { readLease } from "../database/lease-row.ts";
import { wroteTooSoon } from "../database/transaction-batch.ts";
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
export interface WriteConditions extends Pick<StorageWriteOptions, "ifMatch" | "ifNoneMatch" | "since" | "unlessHeld"> {
  grant?: LockGrant | undefined;
  /** Whether the grant's lease is a row of this database. */
  leaseIsHere: boolean;
  tags: readonly string[] | undefined;
}

/**
 * Resolves to the reason to refuse the write, if there is one: a `StaleLockError`, `LockNotHeldError`, `PreconditionFailedError` or
 * `InvalidatedError`. Makes all of its requests at once. `undefined` if it has none to make. Throws `StaleLockError` for a grant that
 * is known to be lost.
 */
export function checkWrite(
  transaction: IDBTransaction,
  key: string,
  { grant, ifMatch, ifNoneMatch, leaseIsHere, since, tags, unlessHeld }: WriteConditions,
): Promise<Error | undefined> | undefined {
  if (grant?.signal.aborted) throw staleLock(key);
  const hasLease = grant && leaseIsHere;
  const asksForRecord = ifMatch !== undefined || ifNoneMatch !== undefined;
  const checks = [
    hasLease && isLeaseOf(transaction, key, grant).then((isHeld) => isHeld || staleLock(key)),
    unlessHeld && isHeldByHand(transaction, key).then((isHeld) => isHeld && lockedByHand(key)),
    ((grant && !hasLease) || asksForRecord) &&
      findHead(transaction, key).then((head) => {
        if (grant && !hasLease && (head?.token ?? 0) > grant.token) return staleLock(key);
        const isOther = (ifNoneMatch && head) || (ifMatch !== undefined && ifMatch !== head?.etag);
        return (
          isOther && new PreconditionFailedError(`The record "${key}" is not the one that the write asked for`, { key })
        );
      }),
    since !== undefined &&
      isOutdated(transaction, key, parseBeginning(since), tags).then((isOld) => isOld && invalidated(key)),
  ].filter((check) => typeof check === "object");
  if (checks.length === 0) return undefined;
  const checking = Promise.all(checks).then((answers) => answers.find((answer) => answer instanceof Error));
  // also if nobody waits for them
  checking.catch(() => {});
  return checking;
}

/** Writes unless there is a reason to refuse that. A refusal is rare, so at first the write does not wait for the checks: see `wroteTooSoon`. */
export async function writeIf(
  checking: Promise<Error | undefined> | undefined,
  write: () => void,
  isCareful: boolean,
): Promise<void> {
  if (!isCareful) write();
  const refusal = await checking;
  if (refusal) throw isCareful ? refusal : wroteTooSoon;
  if (isCareful) write();
}

async function isLeaseOf(transaction: IDBTransaction, key: string, { token }: LockGrant): Promise<boolean> {
  return (await readLease(transaction, key))?.token === token;
}

/** Its holder may be gone: only the browser knows. */
async function isHeldByHand(transaction: IDBTransaction, key: string): Promise<boolean> {
  const lease = await readLease(transaction, key);
  return lease !== undefined && !isComputation(lease.holder);
}

function staleLock(key: string): StaleLockError {
  return new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
}
