import { RepriseError } from "./reprise-error.ts";

/** The caller renews, releases or writes under a lock that it does not hold. Another holder may have it. */
export class LockNotHeldError extends RepriseError {
  override readonly name = "LockNotHeldError";
  override readonly code = "LOCK_NOT_HELD";
}
