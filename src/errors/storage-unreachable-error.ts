import { RepriseError } from "./reprise-error.ts";

/** The storage or its locks can't be reached or did not answer in time: offline, or a server is down. `cause` says which. */
export class StorageUnreachableError extends RepriseError {
  override readonly name = "StorageUnreachableError";
  override readonly code = "STORAGE_UNREACHABLE";
}
