import { ConfigurationError } from "../../errors/index.ts";
import type { ResultLockManager } from "./result-lock-manager.ts";

/** Throws `ConfigurationError` unless it is a lock manager or undefined. */
export function assertLockManager(lockManager: ResultLockManager | undefined): void {
  if (lockManager === undefined || typeof lockManager?.acquireLock === "function") return;
  throw new ConfigurationError(
    "lockManager has to be an object with acquireLock and the other methods of a lock manager, such as new MemoryLockManager()",
  );
}
