import { RepriseError } from "./reprise-error.ts";

/** The storage is full: the platform refused the write for want of room. Nothing was written. */
export class StorageQuotaError extends RepriseError {
  override readonly name = "StorageQuotaError";
  override readonly code = "STORAGE_QUOTA";
}
