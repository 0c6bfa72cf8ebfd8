import { RepriseError } from "./reprise-error.ts";

/** The lease behind a write has ended and another holder has taken over, so the write is refused. */
export class StaleLockError extends RepriseError {
  override readonly name = "StaleLockError";
  override readonly code = "STALE_LOCK";
}
