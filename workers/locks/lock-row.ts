import type { LockLease } from "../../src/core/remote-locks/lock-service.ts";

/** The stored state of a lock: its last grant, and how that ended. Times are milliseconds since 1970 by the object's clock. */
export interface LockRow {
  readonly token: number;
  readonly holder: string;
  /** The time at which the lease runs out, unless the holder renews it. */
  readonly expiresAt: number;
  /** Whether the holder has called since it got the grant, so that it surely knows of it. */
  readonly isConfirmed: boolean;
  /** Whether a lease before this grant ran out and nobody has fenced its holder yet. */
  readonly takenOver: boolean;
  /** Milliseconds for which the lock was free before this grant. Absent after a takeover. */
  readonly unheldFor?: number | undefined;
  /** The etag of the last write under an earlier grant. The release replaces it by that of this grant. */
  readonly committed?: string | undefined;
  /** The time of the release. Absent: the holder has not released the lock. */
  readonly releasedAt?: number | undefined;
}

/** Milliseconds for which the object remembers a released lock: longer than a caller needs to look up a record. */
export const freeRetention = 60_000;

/** Milliseconds for which the object remembers a holder to fence: a late writer may come for as long. */
const abandonedRetention = 86_400_000;

/** Milliseconds for which a waiting caller gets the lock before it confirms: it may have vanished meanwhile. */
export const provisionalLease = 2_000;

export function isHeld({ releasedAt, expiresAt }: LockRow, now: number): boolean {
  return releasedAt === undefined && expiresAt > now;
}

/** Whether `holder` was the last to take the lock, and has not released it. Its lease may be over. */
export function isLastHolder(row: LockRow | undefined, holder: string | undefined): row is LockRow {
  return row !== undefined && row.releasedAt === undefined && row.holder === holder;
}

/** Grants the lock to a caller that gets the answer at once. */
export function grant(row: LockRow | undefined, holder: string, holdTimeout: number, now: number): LockRow {
  const takenOver = row !== undefined && needsFence(row);
  return {
    token: nextToken(row, now),
    holder,
    expiresAt: now + holdTimeout,
    isConfirmed: true,
    takenOver,
    // the previous holder may write until the new one has fenced it
    unheldFor: takenOver ? undefined : unheldFor(row, now),
    committed: row && lastCommitted(row),
  };
}

/** Grants the lock to a caller that waited and may have vanished. */
export function grantProvisionally(row: LockRow | undefined, holder: string, now: number): LockRow {
  return { ...grant(row, holder, provisionalLease, now), isConfirmed: false };
}

/** Extends the lease of a holder that asks again. A confirmed lease never gets shorter. */
export function extend(row: LockRow, holdTimeout: number, now: number): LockRow {
  const confirmed = renew(row, holdTimeout, now);
  return row.isConfirmed ? { ...confirmed, expiresAt: Math.max(row.expiresAt, confirmed.expiresAt) } : confirmed;
}

export function renew(row: LockRow, holdTimeout: number, now: number): LockRow {
  return { ...row, expiresAt: now + holdTimeout, isConfirmed: true };
}

export function release(row: LockRow, committed: string | undefined, now: number): LockRow {
  return { ...row, releasedAt: now, committed };
}

/**
 * The etag that the last holder wrote under the lock, if it is known. An etag from before that holder no longer counts:
 * anyone may have written or deleted without a lock since.
 */
export function lastCommitted({ releasedAt, isConfirmed, committed }: LockRow): string | undefined {
  return releasedAt !== undefined || !isConfirmed ? committed : undefined;
}

/** Releases the lock of a holder that did nothing under it. It counts as a grant that was never confirmed. */
export function releaseUnused(row: LockRow, now: number): LockRow {
  return { ...row, releasedAt: now, isConfirmed: false };
}

/**
 * Ends the grants before a change without a lock, so that the change has the larger token. `undefined` if nobody may write under
 * them any more. The change may fail, so the next holder has to fence too.
 */
export function endGrants(row: LockRow | undefined, now: number): LockRow | undefined {
  if (!row || !needsFence(row)) return undefined;
  if (row.releasedAt !== undefined) return row;
  const ended = { token: nextToken(row, now), releasedAt: now, committed: undefined };
  return { ...row, ...ended, isConfirmed: false, takenOver: true };
}

export function leaseOf(row: LockRow, now: number): LockLease {
  const { token, expiresAt, isConfirmed, takenOver, committed } = row;
  return {
    token,
    expiresIn: Math.max(0, expiresAt - now),
    isConfirmed,
    takenOver,
    committed,
    unheldFor: row.unheldFor,
  };
}

/** The time from which the object may delete the row, unless somebody takes the lock again. */
export function deletableFrom(row: LockRow): number {
  if (row.releasedAt !== undefined && !needsFence(row)) return row.releasedAt + freeRetention;
  return Math.max(row.expiresAt, row.releasedAt ?? 0) + abandonedRetention;
}

/**
 * Whether someone may still write under this lease or an earlier one that ran out. A holder that never confirmed its
 * grant has fenced nobody and has written nothing.
 */
function needsFence({ isConfirmed, releasedAt, takenOver }: LockRow): boolean {
  return isConfirmed ? releasedAt === undefined : takenOver;
}

function nextToken(row: LockRow | undefined, now: number): number {
  return Math.max((row?.token ?? 0) + 1, Math.floor(now));
}

function unheldFor(row: LockRow | undefined, now: number): number {
  // a lock without a row was free for at least as long
  if (row === undefined) return freeRetention;
  return Math.max(0, now - (row.releasedAt ?? row.expiresAt));
}
