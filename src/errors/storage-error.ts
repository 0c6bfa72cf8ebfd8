import { RepriseError } from "./reprise-error.ts";

/** A storage failed or did not answer. `cause` is the platform's error. */
export class StorageError extends RepriseError {
  override readonly name = "StorageError";
  override readonly code = "STORAGE";
}
