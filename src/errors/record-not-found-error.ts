import { RepriseError } from "./reprise-error.ts";

/** A record that had to be there is not, or has expired. */
export class RecordNotFoundError extends RepriseError {
  override readonly name = "RecordNotFoundError";
  override readonly code = "RECORD_NOT_FOUND";
}
