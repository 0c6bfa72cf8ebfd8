import { RepriseError } from "./reprise-error.ts";

/** A record that is required does not exist, or has expired. */
export class RecordNotFoundError extends RepriseError {
  override readonly name = "RecordNotFoundError";
  override readonly code = "RECORD_NOT_FOUND";
}
