import { describe, driversOf, type UnstorageDriver } from "./driver.ts";

/** Drivers that always list nothing. */
const withoutLists = new Set(["vercel-runtime-cache", "cloudflare-cache-binding", "null"]);

const noConditions =
  "it has no conditional writes. If two processes compute a key at once, the later record stays. Only keys can be invalidated, " +
  "not prefixes or tags. Pass exclusive: true if this process alone writes to it, and exclusive: false to accept this.";
const noLists = "it can't list its items. So list, clear, sweep and invalidations of prefixes and tags are refused.";

/** Writes the limits of the driver to the console, unless the caller has accepted them. Returns whether it can list. */
export function warnOfLimits({
  driver,
  exclusive,
}: {
  driver: UnstorageDriver;
  exclusive?: boolean | undefined;
}): boolean {
  const canList = driversOf(driver).some(({ name = "", getKeys }) => getKeys !== undefined && !withoutLists.has(name));
  const limits = [...(exclusive === undefined ? [noConditions] : []), ...(canList ? [] : [noLists])];
  const { console } = globalThis as { console?: { warn(text: string): void } };
  if (limits.length > 0) console?.warn(`[reprise] ${describe(driver)} has limits: ${limits.join(" Also, ")}`);
  return canList;
}
