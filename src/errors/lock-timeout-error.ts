import { RepriseError } from "./reprise-error.ts";

/** The lock was not free within `acquireTimeout`. */
export class LockTimeoutError extends RepriseError {
  override readonly name = "LockTimeoutError";
  override readonly code = "LOCK_TIMEOUT";
}
