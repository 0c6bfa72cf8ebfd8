/** A call of a history. Times are counted by one clock. */
export interface Call {
  readonly name: string;
  readonly store: number;
  readonly key: string;
  readonly invoked: number;
  returned: number;
  /** When its computation began, or between its read and its write. */
  middle?: number;
  /** The value that it saw; 0: none. */
  seen?: number;
  /** The value that it wrote, staged or computed; 0: none. */
  wrote?: number;
  /** Changes all keys. */
  coversAll?: boolean;
  /** Changes keys whose locks are held, too. */
  isUnlocked?: boolean;
  /** Deletes what is there, and refuses no computation that has begun. */
  refusesNothing?: boolean;
  /** Why it rejected. */
  outcome?: string;
}

/**
 * Which reads without a lock are promised to be in order. Those under `withLock` and in a `SERIALIZABLE` transaction always
 * are, and so are all writes.
 *
 * - `linearizable`: the storage is strongly consistent, and the store keeps nothing in memory.
 * - `fresh`: memory answers, and changes are told at once. No value is served that was replaced or deleted before the call began.
 * - `own`: as `fresh`, after changes by the same store alone. The others hear of them later.
 * - `committed`: copies lag, as those of KV do. A value was written or computed under this key, and never rolled back.
 */
export type Promises = "linearizable" | "fresh" | "own" | "committed";

export const looks = new Set(["read", "look"]);
export const transactions = new Set(["serializable", "readCommitted"]);
export const byHand = new Set(["write", "delete", "deleteMany", "invalidate", "readCommitted"]);
export const cached = new Set(["getOrCompute", "answer", "refresh"]);

export function isRefused({ outcome }: Call): boolean {
  return outcome !== undefined;
}

/** Whether the call took effect by hand, so that computations which it met are not kept. */
export function isChange(call: Call, key: string): boolean {
  const { name, wrote } = call;
  if (isRefused(call) || wrote === undefined || (call.key !== key && !call.coversAll)) return false;
  return !cached.has(name);
}

/** A page deletes several keys one by one, so those that nobody has locked may be gone. */
export function isPartial({ name, outcome }: Call, promises: Promises): boolean {
  return promises === "committed" && name === "deleteMany" && outcome !== undefined;
}

/**
 * Whether a change without a lock may come between a locked call's read and its write. Prefixes, tags, all and `clear` don't
 * ask for locks. Others look at the lock first, so they may land under a lock that was taken after that look, or whose lease is over.
 */
export function mayComeBetween(change: Call, call: Call, key: string): boolean {
  if (!isChange(change, key) || !overlaps(change, call)) return false;
  const mayMissLock = (change.middle ?? change.invoked) < call.middle! || call.name === "lateHolder";
  return change.isUnlocked === true || (byHand.has(change.name) && mayMissLock);
}

export function overlaps(
  one: { invoked: number; returned: number },
  other: { invoked: number; returned: number },
): boolean {
  return one.invoked < other.returned && other.invoked < one.returned;
}

/**
 * Whether a change came between the beginning of its work and its end, so that its value may not be kept. Where news is late,
 * the message of an earlier change by another store may arrive only then, and counts too. An isolate that has not heard of an
 * invalidated prefix computes once more, as docs/edge-consistency.md says.
 */
export function isDisturbed(call: Call, key: string, calls: readonly Call[], promises: Promises): boolean {
  const invoked = transactions.has(call.name) ? call.invoked : (call.middle ?? call.invoked);
  return calls.some((each) => {
    const isRefresh = each.key === key && each.name === "refresh";
    if (each === call || !(isChange(each, key) || isRefresh || isPartial(each, promises))) return false;
    const isLateNews = promises === "committed" ? each.isUnlocked : promises === "own" && each.store !== call.store;
    return each.invoked < call.returned && (isLateNews || each.returned > invoked);
  });
}

/**
 * What began to be computed before a change is not kept after it, unless a deletion that refuses nothing has wiped out the
 * traces of the change. Any other value is there once its call has returned.
 */
export function originOf({ name, middle, returned }: Call, calls: readonly Call[]): number {
  if (!cached.has(name) || middle === undefined) return returned;
  const computation = { invoked: middle, returned };
  return calls.some((each) => each.refusesNothing && overlaps(each, computation)) ? returned : middle;
}
