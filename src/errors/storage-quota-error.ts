import { RepriseError } from "./reprise-error.ts";

/** The storage is full, so the platform refused the write. Nothing was written. */
export class StorageQuotaError extends RepriseError {
  override readonly name = "StorageQuotaError";
  override readonly code = "STORAGE_QUOTA";
}
