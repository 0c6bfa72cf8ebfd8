import {
  cached,
  type Call,
  isChange,
  isDisturbed,
  isPartial,
  isRefused,
  looks,
  mayComeBetween,
  originOf,
  type Promises,
} from "./history-calls.ts";
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
import { impatient, outdated, uncommitted } from "./seen-values.ts";

/** What contradicts the promises of docs/freshness.md, docs/invalidation.md and docs/locks.md. */
export function checkHistory(calls: readonly Call[], keys: readonly string[], promises: Promises): string[] {
  const faults = calls.flatMap((call) => [
    ...uncommitted(call, calls),
    ...outdated(call, calls, promises),
    ...impatient(call, calls, promises),
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
        .filter((each) => isChange(each, key) && each.invoked > originOf(call, calls))
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
