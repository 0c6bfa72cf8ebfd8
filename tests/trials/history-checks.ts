import {
  absent,
  computes,
  isLinearizable,
  type Operation,
  reads,
  replaces,
  updates,
  writes,
} from "./linearizability.ts";

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

const looks = new Set(["read", "look"]);
const transactions = new Set(["serializable", "readCommitted"]);
const byHand = new Set(["write", "delete", "deleteMany", "invalidate", "readCommitted"]);
const cached = new Set(["getOrCompute", "answer", "refresh"]);

/** What contradicts the promises of docs/freshness.md and docs/locks.md. */
export function checkHistory(calls: readonly Call[], keys: readonly string[], promises: Promises): string[] {
  const faults = calls.flatMap((call) => [
    ...uncommitted(call, calls),
    ...outdated(call, calls, promises),
    ...impatient(call, calls),
  ]);
  for (const key of keys) {
    const operations = calls
      .filter((call) => call.key === key || call.coversAll)
      .flatMap((call) => operationsOf(call, calls, promises));
    if (!isLinearizable(operations)) {
      faults.push(
        `no order explains ${key}: ${operations.map(({ name, invoked }) => `${name} ${invoked}`).join(", ")}`,
      );
    }
  }
  return faults;
}

function isRefused({ outcome }: Call): boolean {
  return outcome !== undefined;
}

/** A value that nobody wrote, or that was rolled back. */
function uncommitted({ name, invoked, seen }: Call, calls: readonly Call[]): string[] {
  if (!seen) return [];
  const writer = calls.find(({ wrote }) => wrote === seen);
  if (writer && !isRefused(writer)) return [];
  return [
    `${name} at ${invoked} saw ${seen}, ${writer ? `which was refused: ${writer.outcome}` : "which nobody wrote"}`,
  ];
}

/** What another call, which had the lock already, was about to replace: a read waits for it. */
function impatient({ name, key, invoked, seen }: Call, calls: readonly Call[]): string[] {
  if (name !== "read" || !seen) return [];
  const holder = calls.find(
    (each) =>
      ["withLock", "serializable"].includes(each.name) &&
      each.key === key &&
      each.seen === seen &&
      each.wrote !== undefined &&
      !isRefused(each) &&
      each.middle! < invoked &&
      invoked < each.returned,
  );
  return holder ? [`${name} at ${invoked} saw ${seen}, and did not wait for ${holder.name} at ${holder.invoked}`] : [];
}

/** A value that was replaced or deleted before the call began. */
function outdated(call: Call, calls: readonly Call[], promises: Promises): string[] {
  const { name, key, store, invoked, seen } = call;
  const isRead = looks.has(name) || cached.has(name);
  if (!seen || !isRead || promises === "committed") return [];
  const writer = calls.find(({ wrote }) => wrote === seen);
  const change = calls.find(
    (each) =>
      writer &&
      each !== writer &&
      isChange(each, key) &&
      !(transactions.has(each.name) && isDisturbed(each, key, calls, promises)) &&
      (promises !== "own" || each.store === store) &&
      !(promises === "linearizable" && hasJoinedEarlier(call, each, calls)) &&
      each.returned < invoked &&
      (each.refusesNothing ? writer.returned : originOf(writer)) < each.invoked,
  );
  return change ? [`${name} at ${invoked} saw ${seen}, though ${change.name} at ${change.invoked} came after it`] : [];
}

/** What began to be computed before a change is not kept after it; any other value is there once its call has returned. */
function originOf({ name, middle, returned }: Call): number {
  return cached.has(name) ? (middle ?? returned) : returned;
}

/**
 * Whether it got what another call of its store was finding when another store made the change. Stores without a
 * channel hear of it with their next look.
 */
function hasJoinedEarlier(call: Call, change: Call, calls: readonly Call[]): boolean {
  return calls.some(
    (each) =>
      each !== call &&
      cached.has(call.name) &&
      cached.has(each.name) &&
      each.key === call.key &&
      each.store === call.store &&
      each.store !== change.store &&
      each.seen === call.seen &&
      overlaps(each, call) &&
      each.invoked < change.returned,
  );
}

/** Deletions and invalidations that came after the value that is still there. */
export function gone(calls: readonly Call[], key: string, seen: number | undefined): string[] {
  const writer = seen === undefined ? undefined : calls.find(({ wrote }) => wrote === seen);
  return calls
    .filter((each) => writer && isChange(each, key) && each.wrote === 0 && writer.returned < each.invoked)
    .map((each) => `${key} has ${seen}, though ${each.name} at ${each.invoked} came after it`);
}

/** Whether the call took effect by hand, so that computations which it met are not kept. */
function isChange(call: Call, key: string): boolean {
  const { name, wrote } = call;
  if (isRefused(call) || wrote === undefined || (call.key !== key && !call.coversAll)) return false;
  return !cached.has(name);
}

/** A page deletes several keys one by one, so those that nobody has locked may be gone. */
function isPartial({ name, outcome }: Call, promises: Promises): boolean {
  return promises === "committed" && name === "deleteMany" && outcome !== undefined;
}

/**
 * Whether a change without a lock may come between a locked call's read and its write. Prefixes, tags, all and `clear` don't
 * ask for locks. Others look at the lock first, so they may land under a lock that was taken after that look, or whose lease is over.
 */
function mayComeBetween(change: Call, call: Call, key: string): boolean {
  if (!isChange(change, key) || !overlaps(change, call)) return false;
  const mayMissLock = change.invoked < call.middle! || call.name === "lateHolder";
  return change.isUnlocked === true || (byHand.has(change.name) && mayMissLock);
}

function overlaps(one: { invoked: number; returned: number }, other: { invoked: number; returned: number }): boolean {
  return one.invoked < other.returned && other.invoked < one.returned;
}

/**
 * Whether a change came between the beginning of its work and its end, so that its value may not be kept. Where news is late,
 * the message of an earlier change by another store may arrive only then, and counts too. An isolate that has not heard of an
 * invalidated prefix computes once more, as docs/edge.md says.
 */
function isDisturbed(call: Call, key: string, calls: readonly Call[], promises: Promises): boolean {
  const invoked = transactions.has(call.name) ? call.invoked : (call.middle ?? call.invoked);
  return calls.some((each) => {
    const isRefresh = each.key === key && each.name === "refresh";
    if (each === call || !(isChange(each, key) || isRefresh || isPartial(each, promises))) return false;
    const isLateNews = promises === "committed" ? each.isUnlocked : promises === "own" && each.store !== call.store;
    return each.invoked < call.returned && (isLateNews || each.returned > invoked);
  });
}

/** The operations on the register of a key that the call amounts to. */
function operationsOf(call: Call, calls: readonly Call[], promises: Promises): Operation[] {
  const { name, key, invoked, returned, middle = invoked, seen, wrote } = call;
  const span = { name, invoked, returned };
  if (looks.has(name)) return promises === "linearizable" ? [{ ...span, apply: reads(seen!) }] : [];
  if (isPartial(call, promises)) return [{ ...span, apply: (state) => [state, absent] }];
  if (seen === undefined) {
    if (wrote === undefined || isRefused(call)) return [];
    const mayBeLost = isDisturbed(call, key, calls, promises);
    if (cached.has(name)) {
      const changes = calls
        .filter((each) => isChange(each, key) && !each.refusesNothing && each.invoked > middle)
        .map((each) => each.invoked - 0.5);
      const apply = name === "refresh" ? replaces(wrote, mayBeLost) : computes(wrote, mayBeLost);
      return [{ ...span, returned: Math.min(returned, ...changes), apply }];
    }
    return [{ ...span, apply: name === "readCommitted" ? replaces(wrote, mayBeLost) : writes(wrote) }];
  }
  // a hit, or a computation that was joined
  if (cached.has(name)) return [];
  if (isRefused(call) || wrote === undefined) return [{ ...span, apply: reads(seen) }];
  const isLost = name === "serializable" && isDisturbed(call, key, calls, promises);
  const isSplit = isLost || calls.some((each) => mayComeBetween(each, call, key));
  if (!isSplit) return [{ ...span, apply: updates(seen, wrote) }];
  // the lock excludes no such change, so it may have come between
  return [
    { name, invoked, returned: middle, apply: reads(seen) },
    { name, invoked: middle, returned, apply: replaces(wrote, isLost) },
  ];
}
