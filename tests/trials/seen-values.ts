import {
  cached,
  type Call,
  isChange,
  isDisturbed,
  isRefused,
  looks,
  originOf,
  overlaps,
  type Promises,
  transactions,
} from "./history-calls.ts";

/** A value that nobody wrote, or that was rolled back. */
export function uncommitted({ name, invoked, seen }: Call, calls: readonly Call[]): string[] {
  if (!seen) return [];
  const writer = calls.find(({ wrote }) => wrote === seen);
  if (writer && !isRefused(writer)) return [];
  return [
    `${name} at ${invoked} saw ${seen}, ${writer ? `which was refused: ${writer.outcome}` : "which nobody wrote"}`,
  ];
}

/**
 * A read waits for another call that has the lock already, and does not see the value that this call replaces. Where news or copies
 * lag, or a store hears no news, it may look just before the release, ask just after it, and see an old one.
 */
export function impatient({ name, key, invoked, seen }: Call, calls: readonly Call[], promises: Promises): string[] {
  if (name !== "read" || !seen || promises !== "fresh") return [];
  const holder = calls.find(
    (each) =>
      ["withLock", "serializable"].includes(each.name) &&
      each.key === key &&
      each.seen === seen &&
      each.wrote !== undefined &&
      !isRefused(each) &&
      !(each.name === "serializable" && isDisturbed(each, key, calls, promises)) &&
      each.middle! < invoked &&
      invoked < each.returned,
  );
  return holder ? [`${name} at ${invoked} saw ${seen}, and did not wait for ${holder.name} at ${holder.invoked}`] : [];
}

/** A value that was replaced or deleted before the call began. */
export function outdated(call: Call, calls: readonly Call[], promises: Promises): string[] {
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
      originOf(writer, calls) < each.invoked,
  );
  return change ? [`${name} at ${invoked} saw ${seen}, though ${change.name} at ${change.invoked} came after it`] : [];
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
