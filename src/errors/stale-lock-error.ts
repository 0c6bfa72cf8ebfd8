import { RepriseError } from "./reprise-error.ts";

/** A write under a lease that has ended and was taken over since: it comes too late and is refused. */
export class StaleLockError extends RepriseError {
  override readonly name = "StaleLockError";
  override readonly code = "STALE_LOCK";
}
