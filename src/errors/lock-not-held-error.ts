import { RepriseError } from "./reprise-error.ts";

/** The caller does not hold the lock that it renews, releases or writes under, or another holder has it. */
export class LockNotHeldError extends RepriseError {
  override readonly name = "LockNotHeldError";
  override readonly code = "LOCK_NOT_HELD";
}
