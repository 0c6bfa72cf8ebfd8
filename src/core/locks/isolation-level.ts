import { ConfigurationError } from "../../errors/index.ts";

/** The isolation that a transaction requires of its store. */
export const IsolationLevel = {
  /** Reads see committed records. */
  READ_COMMITTED: "READ_COMMITTED",
  /** The key is locked from begin to end, and the storage shows every write to every reader. */
  SERIALIZABLE: "SERIALIZABLE",
} as const;

export type IsolationLevel = (typeof IsolationLevel)[keyof typeof IsolationLevel];

/** Throws `ConfigurationError` for an unknown level. */
export function assertIsolationLevelName(level: string): void {
  if (Object.hasOwn(IsolationLevel, level)) return;
  throw new ConfigurationError(`Unknown isolation level ${level}; known are ${Object.keys(IsolationLevel).join(", ")}`);
}
