import { isRepriseError, StorageError, StorageQuotaError } from "../../errors/index.ts";

/** Browsers name a full disk differently, and some mention it only in the message. */
export function isQuotaError(error: unknown): boolean {
  const { name, message } = (error ?? {}) as Partial<Error>;
  return name === "QuotaExceededError" || (name !== undefined && /quota|full disk/i.test(message ?? ""));
}

/**
 * Whether the connection may be lost. Browsers don't agree on names for that, so every error of the platform counts that
 * is not about the disk or the data. An abort by the work itself has no error.
 */
export function isConnectionError(error: unknown): boolean {
  return (
    error instanceof DOMException && !isQuotaError(error) && !/^(Constraint|Data|DataClone|ReadOnly)E/.test(error.name)
  );
}

/** An error of IndexedDB as an error of this library. One that names no key yet gets it. */
export function toStorageError(error: unknown, databaseName: string, key?: string): Error {
  const isQuota = error instanceof StorageQuotaError || isQuotaError(error);
  const Kind = isQuota ? StorageQuotaError : StorageError;
  if (isRepriseError(error)) {
    const isNamed = error.key !== undefined || key === undefined || !(error instanceof Kind);
    return isNamed ? error : new Kind(error.message, { cause: error.cause, key });
  }
  const message = isQuota
    ? `No room left in the database "${databaseName}"`
    : `The database "${databaseName}" failed: ${String(error)}`;
  return new Kind(message, { cause: error, key });
}
