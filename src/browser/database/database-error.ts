import { StorageError, StorageQuotaError } from "../../errors/index.ts";

/** Browsers name a full disk differently, and some say it in the message alone. */
export function isQuotaError(error: unknown): boolean {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return name === "QuotaExceededError" || (name !== undefined && /quota|full disk/i.test(message ?? ""));
}

/** What IndexedDB fails with, as an error of this library; what else was thrown stays as it is. */
export function toStorageError(error: unknown, databaseName: string, key?: string): Error {
  if (error instanceof Error && !(error instanceof DOMException)) return error;
  const options = { cause: error, key };
  return isQuotaError(error)
    ? new StorageQuotaError(`No room left in the database "${databaseName}"`, options)
    : new StorageError(`The database "${databaseName}" failed: ${String(error)}`, options);
}
