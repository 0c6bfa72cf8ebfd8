import { RepriseError } from "./reprise-error.ts";

/** The storage or its locks can't be reached from here, or did not answer in time: offline, or a server that is down. `cause` tells. */
export class StorageUnreachableError extends RepriseError {
  override readonly name = "StorageUnreachableError";
  override readonly code = "STORAGE_UNREACHABLE";
}
