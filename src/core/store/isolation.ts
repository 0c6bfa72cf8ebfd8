import { assertIsolationLevelName, IsolationLevel } from "../locks/isolation-level.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** Why a store doesn't support the level. `undefined` if it does. Throws `ConfigurationError` for an unknown level. */
export function whyUnsupported(
  level: IsolationLevel,
  { lockManager, resultStorage: storage }: Pick<ResolvedStoreOptions, "lockManager" | "resultStorage">,
): string | undefined {
  assertIsolationLevelName(level);
  if (level === IsolationLevel.READ_COMMITTED) return undefined;
  if (!lockManager) return "it has no lockManager";
  if (storage.capabilities.consistency === "strong") return undefined;
  return (
    `its storage "${storage.type}" is only eventually consistent: a read may miss what was just written. ` +
    "On Cloudflare, bind an R2 bucket as RESULTS_R2; in a browser, the database has not opened yet"
  );
}
