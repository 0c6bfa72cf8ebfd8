import { freshnessNames } from "../options/call-option-names.ts";
import { type FreshnessOptions, resolveFreshness } from "../freshness/freshness.ts";
import { type KeepingOptions, resolveKeeping } from "../freshness/keeping.ts";
import { timesOf } from "../support/duration.ts";
import { onlyGiven } from "../support/only-given.ts";

/** Defaults for the tasks in a flow, or for all tasks. They also stand in `TaskOptions`, and the nearest ones win. */
export interface FreshnessDefaults extends FreshnessOptions, Pick<KeepingOptions, "jitter" | "errorExpiresIn"> {}

/** The options that have no meaning for a task whose results don't expire. */
export const needExpiration = ["staleIfError", "refreshAhead", "jitter"] as const;

/** Those of the options that are given. */
export function freshnessIn(options: FreshnessDefaults): FreshnessDefaults {
  return onlyGiven(Object.fromEntries(freshnessNames.map((name) => [name, options[name]])));
}

/** Throws `InvalidArgumentError` for options that are invalid, or have no meaning together. */
export function assertFreshness(options: FreshnessDefaults): void {
  const given = { ...freshnessIn(options), expiresIn: 0 };
  resolveKeeping(given, resolveFreshness(given), Date.now);
}

/** Lays nearer options over others. Of two timeouts that exclude each other, the nearer one counts. */
export function layFreshness<T extends FreshnessDefaults>(far: T, near: FreshnessDefaults): T {
  const both: T = { ...far, ...onlyGiven(near) };
  const { softTimeout = 0, computeTimeout = 0 } = timesOf(both, "softTimeout", "computeTimeout");
  if (computeTimeout > 0 && softTimeout > computeTimeout)
    delete both[near.softTimeout === undefined ? "softTimeout" : "computeTimeout"];
  return both;
}
