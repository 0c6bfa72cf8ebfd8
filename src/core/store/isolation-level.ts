import { ConfigurationError } from "../../errors/index.ts";
import type { ResolvedStoreOptions } from "./result-store-options.ts";

/** What a transaction asks of its store. */
export const IsolationLevel = {
  /** Reads see what was committed. */
  READ_COMMITTED: "READ_COMMITTED",
  /** The key is locked from begin to end, and the storage shows every write to every reader. */
  SERIALIZABLE: "SERIALIZABLE",
} as const;

export type IsolationLevel = (typeof IsolationLevel)[keyof typeof IsolationLevel];

/** Throws `ConfigurationError` for an unknown level. */
export function assertIsolationLevelName(level: string): void {
  if (Object.hasOwn(IsolationLevel, level)) return;
  throw new ConfigurationError(
    `Unknown isolation level ${level}; known are ${Object.keys(IsolationLevel).join(" and ")}`,
  );
}

/** Why a store doesn't support the level; `undefined` where it does. Throws `ConfigurationError` for an unknown level. */
export function whyUnsupported(
  level: IsolationLevel,
  { lockManager, storage }: Pick<ResolvedStoreOptions, "lockManager" | "storage">,
): string | undefined {
  assertIsolationLevelName(level);
  if (level === IsolationLevel.READ_COMMITTED) return undefined;
  if (!lockManager) return "it has no lockManager, and so nothing that holds others off";
  if (storage.capabilities.consistency === "strong") return undefined;
  return (
    `its storage "${storage.type}" is only eventually consistent, so that a read may miss what was just written. ` +
    "Give it one that is strongly consistent: on Cloudflare an R2 bucket, bound as RESULTS_R2"
  );
}
