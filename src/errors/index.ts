/** Every error of this library: one class a file, one base class, `cause` kept. */
export { isRepriseError, RepriseError, type RepriseErrorOptions } from "./reprise-error.ts";
export { AccessDeniedError } from "./access-denied-error.ts";
export { ConfigurationError } from "./configuration-error.ts";
export { CorruptRecordError } from "./corrupt-record-error.ts";
export { HashError } from "./hash-error.ts";
export { InvalidArgumentError } from "./invalid-argument-error.ts";
export { LockNotHeldError } from "./lock-not-held-error.ts";
export { LockTimeoutError } from "./lock-timeout-error.ts";
export { MissingContextError } from "./missing-context-error.ts";
export { PreconditionFailedError } from "./precondition-failed-error.ts";
export { RecordNotFoundError } from "./record-not-found-error.ts";
export { SchemaMismatchError } from "./schema-mismatch-error.ts";
export { SerializationError } from "./serialization-error.ts";
export { StaleLockError } from "./stale-lock-error.ts";
export { StorageError } from "./storage-error.ts";
export { StorageQuotaError } from "./storage-quota-error.ts";
export { StorageUnreachableError } from "./storage-unreachable-error.ts";
export { UnsupportedRecordError } from "./unsupported-record-error.ts";
