import type { LockLease } from "../../src/core/remote-locks/lock-service.ts";

/** What is stored of a lock: its last grant, and how that ended. Times are milliseconds since 1970 by the object's clock. */
export interface LockRow {
  readonly token: number;
  readonly holder: string;
  /** When the lease runs out unless renewed. */
  readonly expiresAt: number;
  /** Whether the holder has shown that it knows of its grant. */
  readonly isConfirmed: boolean;
  readonly takenOver: boolean;
  readonly unheldFor?: number | undefined;
  /** The etag that was written under the lock before this grant, and from its release on that of this one. */
  readonly committed?: string | undefined;
  /** Absent: it was not released. */
  readonly releasedAt?: number | undefined;
}

/** For how long a lock that was released is remembered, in milliseconds: longer than a caller's first look takes. */
export const freeMemory = 60_000;

/** For how long it is remembered whom to shut out: as long as a late writer may come. */
const abandonedMemory = 86_400_000;

/** For how long one who waited has the lock without having confirmed it: it may have vanished meanwhile. */
export const provisionalLease = 2_000;

export function isHeld({ releasedAt, expiresAt }: LockRow, now: number): boolean {
  return releasedAt === undefined && expiresAt > now;
}

/** Whether nobody has taken the lock since `holder` did, who has not released it either. Its lease may be over. */
export function isLastHolder(row: LockRow | undefined, holder: string | undefined): row is LockRow {
  return row !== undefined && row.releasedAt === undefined && row.holder === holder;
}

/** A lock for a caller who is there to hear of it. */
export function grant(row: LockRow | undefined, holder: string, holdTimeout: number, now: number): LockRow {
  const takenOver = row !== undefined && isToBeFenced(row);
  return {
    token: Math.max((row?.token ?? 0) + 1, Math.floor(now)),
    holder,
    expiresAt: now + holdTimeout,
    isConfirmed: true,
    takenOver,
    // who was taken over may write until it is shut out
    unheldFor: takenOver ? undefined : unheldFor(row, now),
    committed: row && lastCommitted(row),
  };
}

/** A lock for one who waited, and may have gone. */
export function grantProvisionally(row: LockRow | undefined, holder: string, now: number): LockRow {
  return { ...grant(row, holder, provisionalLease, now), isConfirmed: false };
}

/** For a holder that asks again. What one has confirmed it doesn't shorten. */
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
 * What the last who had the lock wrote under it, where that is known. What was written before it counts no more: since
 * then anyone may have written, or deleted, without a lock.
 */
export function lastCommitted({ releasedAt, isConfirmed, committed }: LockRow): string | undefined {
  return releasedAt !== undefined || !isConfirmed ? committed : undefined;
}

/** For a holder that did nothing with its lock: as if it had never heard of its grant. */
export function giveBack(row: LockRow, now: number): LockRow {
  return { ...row, releasedAt: now, isConfirmed: false };
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

/** From when on nothing has to be known of the lock unless it is held again. */
export function forgettableFrom(row: LockRow): number {
  if (row.releasedAt !== undefined && !isToBeFenced(row)) return row.releasedAt + freeMemory;
  return Math.max(row.expiresAt, row.releasedAt ?? 0) + abandonedMemory;
}

/**
 * Whether someone may still write under a lease that ran out, or ran out before. Who never heard of its own grant
 * can't have shut anyone out, and has written nothing.
 */
function isToBeFenced({ isConfirmed, releasedAt, takenOver }: LockRow): boolean {
  return isConfirmed ? releasedAt === undefined : takenOver;
}

function unheldFor(row: LockRow | undefined, now: number): number {
  // what is forgotten was free for as long
  if (row === undefined) return freeMemory;
  return Math.max(0, now - (row.releasedAt ?? row.expiresAt));
}
