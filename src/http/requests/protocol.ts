/** The contract between client and Worker: paths, headers, and the form of errors. The OpenAPI document describes all of it. */
import type { Progress } from "../../core/concurrency/progress.ts";
import { decodeHeadFields, encodeHeadText } from "../../core/record/record-head.ts";
import type { InvalidationMode, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import {
  AccessDeniedError,
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  InvalidatedError,
  LockNotHeldError,
  LockTimeoutError,
  PreconditionFailedError,
  RecordNotFoundError,
  StaleLockError,
  StorageError,
  StorageQuotaError,
  StorageUnreachableError,
  UnsupportedRecordError,
  type RepriseError,
  type RepriseErrorOptions,
} from "../../errors/index.ts";

/** The start of every path. A version may gain fields; a change of meaning needs a new version. */
export const apiRoot = "/v1";

/** The media type of a record's bytes. */
export const recordMediaType = "application/vnd.reprise.record";

export const headers = {
  /** With a write or a deletion: the holder of the lock that covers it, percent-encoded. */
  lockHolder: "Reprise-Lock-Holder",
  /** With a write or a deletion: the token of the holder's grant. */
  lockToken: "Reprise-Lock-Token",
  /** With a write of a computed value: where it began, percent-encoded, see `Beginning`. Absent: the write is made by hand. */
  since: "Reprise-Since",
  /** With every answer about results: the number of the last invalidation that the server knows. Absent: it numbers none. */
  generation: "Reprise-Generation",
  /** With the answer to a write: the generation in the head of the record as it was kept, if the server has changed it. */
  recordGeneration: "Reprise-Record-Generation",
  /** With a write and with every answer: the clock of the sender, in milliseconds since 1970. */
  now: "Reprise-Now",
  /** With an answer to `HEAD`: the record's metadata as JSON, percent-encoded. Absent if they are longer than `maxMetadataHeader`. */
  metadata: "Reprise-Metadata",
  /** With a record: `copy` if it may lag behind. Absent: the record was current when it was read. */
  source: "Reprise-Source",
  /** With every answer about results: the consistency of the storage, `strong` or `eventual`. */
  consistency: "Reprise-Consistency",
} as const;

/** The longest metadata that `HEAD` sends, in characters. Many clients refuse an answer with more than 16 KiB of headers. */
export const maxMetadataHeader = 8_192;

/** An operation that a token may allow. `defer` runs tasks that the Worker registers, without the right to write. */
export type Operation = "read" | "write" | "delete" | "list" | "lock" | "defer";

export const operations: readonly Operation[] = ["read", "write", "delete", "list", "lock", "defer"];

/** `GET`, `HEAD`, `PUT` and `DELETE`. */
export function resultPath(key: string): string {
  return `${apiRoot}/results/${toSegment(key)}`;
}

/** `POST`: the place of a computation that takes no lock, as a `PlaceJson`. */
export function beginPath(key: string): string {
  return `${resultPath(key)}/begin`;
}

/** `POST` of an `InvalidateJson`: invalidates. `GET` with `since`: the invalidations after that number, as an `InvalidationsSince`. */
export const invalidationsPath = `${apiRoot}/invalidations`;

/** `GET`: one page of metadata. */
export const resultsPath = `${apiRoot}/results`;

/** The start of a lock's path. */
export const locksPath = `${apiRoot}/locks`;

/** The start of a deferred call's path. */
export const deferredPath = `${apiRoot}/deferred`;

/** The maximum size of a deferred call's parameters, in bytes of their record. */
export const maxParameterBytes = 4 * 1_024 * 1_024;

/** `POST`: submits the call. */
export function deferPath(key: string, task: string): string {
  return `${deferredPath}/${toSegment(key)}?task=${encodeURIComponent(task)}`;
}

/** `GET`: the status of the call, after at most `wait` milliseconds. */
export function deferredStatusPath(key: string, wait: number): string {
  return `${deferredPath}/${toSegment(key)}?wait=${wait}`;
}

/** `GET`: the description of this API. It needs no token. */
export const openApiPath = `${apiRoot}/openapi.json`;

export type LockAction = "acquire" | "renew" | "release" | "progress";

/** `GET` without an action and for `wait`; `POST` for the other actions. */
export function lockPath(key: string, action?: LockAction | "wait"): string {
  return `${locksPath}/${toSegment(key)}${action ? `/${action}` : ""}`;
}

/**
 * A key as one path segment. URLs drop the segments `.` and `..` even if they are percent-encoded
 * (https://url.spec.whatwg.org/#double-dot-path-segment). So those two keys, and keys that begin with `~`, get a leading `~`.
 */
export function toSegment(key: string): string {
  const mark = key === "." || key === ".." || key.startsWith("~") ? "~" : "";
  return mark + encodeURIComponent(key);
}

/** The reverse of `toSegment`. Throws `InvalidArgumentError` unless the segment is percent-encoded UTF-8. */
export function fromSegment(segment: string): string {
  try {
    return decodeURIComponent(segment.startsWith("~") ? segment.slice(1) : segment);
  } catch (cause) {
    throw new InvalidArgumentError(`The path has a segment that is not percent-encoded UTF-8: ${segment}`, { cause });
  }
}

/** An etag in the form of `ETag`, `If-Match` and `If-None-Match`. */
export function quoteEtag(etag: string): string {
  return `"${encodeURIComponent(etag)}"`;
}

/** The reverse of `quoteEtag`, also for etags that a proxy made weak; `undefined` if `text` is no quoted etag. */
export function unquoteEtag(text: string | null | undefined): string | undefined {
  const quoted = text?.match(/^(?:W\/)?"([^"]*)"$/)?.[1];
  try {
    return quoted === undefined ? undefined : decodeURIComponent(quoted);
  } catch {
    return undefined;
  }
}

const underLock = "lock";

/** The place of a computation under the lock that its write names. `found`: the etag of the record there; `null`: none; absent: not known. */
export function placeUnderLock(found?: string | null): string {
  return found === undefined ? underLock : `${underLock} ${found ?? ""}`;
}

/** The reverse of `placeUnderLock`; `undefined` for other places. */
export function foundUnderLock(place: string): { readonly found?: string | null } | undefined {
  if (place === underLock) return {};
  return place.startsWith(`${underLock} `) ? { found: place.slice(underLock.length + 1) || null } : undefined;
}
/** The place of a computation that began while the server could not be asked. It replaces no record. */
export const unknownPlace = "?";

/** Where a computation began. */
export interface Beginning {
  /** The last invalidation that the client knew. */
  readonly generation: number | undefined;
  /** That of `placeUnderLock`, `unknownPlace` or the place that the server gave. */
  readonly place: string;
}

export function encodeBeginning({ generation, place }: Beginning): string {
  return `${generation ?? ""} ${place}`;
}

/** The reverse of `encodeBeginning`. Throws `InvalidArgumentError` for other texts. */
export function decodeBeginning(text: string): Beginning {
  const [, generation, place] = /^(\d{0,15}) (.*)$/s.exec(text) ?? [];
  if (place === undefined) throw new InvalidArgumentError(`${headers.since} has to be a number, a space and a place`);
  return { generation: generation ? Number(generation) : undefined, place };
}

/** The body of a post to `beginPath`, and its answer. */
export interface BeginJson {
  readonly replaces?: boolean;
  /** The etag of the record that the caller found; `null`: it found none. */
  readonly found?: string | null;
}

export interface PlaceJson {
  readonly place: string;
}

/** The body of a post to `invalidationsPath`. */
export interface InvalidateJson {
  readonly target: InvalidationTarget;
  readonly mode?: InvalidationMode;
}

/** The body of a page of `resultsPath`. */
export interface ListPageJson {
  readonly records: readonly unknown[];
  readonly cursor?: string;
}

/** Metadata as JSON: the content of a record's head, and the etag. */
export function metadataToJson(metadata: ResultRecordMetadata): object {
  const { etag } = metadata;
  return { ...(JSON.parse(encodeHeadText(metadata)) as object), ...(etag !== undefined && { etag }) };
}

/** The reverse of `metadataToJson`. Throws `CorruptRecordError` if a field is missing or has the wrong type. */
export function metadataFromJson(json: unknown): ResultRecordMetadata {
  const { metadata, unknownFields } = decodeHeadFields(json);
  const etag = unknownFields?.["etag"];
  return typeof etag === "string" ? { ...metadata, etag } : metadata;
}

/**
 * The bodies of posts about locks. `acquire` sends a `LockRequest` of which only `holder` is required; the others send
 * these. Answers are a `LockLease` or a `LockState`, and empty for `release` and `progress`.
 */
export interface RenewLockJson {
  readonly holder: string;
  readonly holdTimeout: number;
}

export interface ReleaseLockJson {
  readonly holder: string;
  readonly committed?: string;
}

export interface ReportProgressJson extends Progress {
  readonly holder: string;
}

/** An error in transit (RFC 9457). `code` identifies the error class of this library. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly key?: string;
}

export const problemMediaType = "application/problem+json";

/**
 * The media type of an outcome: a problem that has the status 200. Browsers print every answer with a 4xx as an error. So a client that
 * accepts this type gets a miss or a busy lock in it. No preflight is needed for `Accept`.
 */
export const outcomeMediaType = "application/vnd.reprise.outcome+json";

/** No record, a conflict with another caller, or a request that the storage doesn't support. */
const outcomes: readonly number[] = [404, 409, 412, 423, 501];

/** Whether the problem is an ordinary outcome of a request, and no mistake in it. */
export function isOutcome({ code, status }: Problem): boolean {
  return Object.hasOwn(kinds, code) && outcomes.includes(status);
}

type ErrorClass = new (message: string, options?: RepriseErrorOptions) => RepriseError;

/** The errors that the API sends: class, status, and a title that is the same for every occurrence. */
const kinds = {
  INVALID_ARGUMENT: [InvalidArgumentError, 400, "The request is not valid"],
  ACCESS_DENIED: [AccessDeniedError, 403, "Access is denied"],
  RECORD_NOT_FOUND: [RecordNotFoundError, 404, "There is no such record"],
  LOCK_NOT_HELD: [LockNotHeldError, 409, "The lock is not held by this holder"],
  STALE_LOCK: [StaleLockError, 409, "The lock was taken over"],
  INVALIDATED: [InvalidatedError, 409, "The record was invalidated or changed since its value began to be computed"],
  PRECONDITION_FAILED: [PreconditionFailedError, 412, "The record is not the one that the request asked for"],
  CORRUPT_RECORD: [CorruptRecordError, 422, "The body is no record"],
  UNSUPPORTED_RECORD: [UnsupportedRecordError, 422, "The record is of a version that is not known here"],
  LOCK_TIMEOUT: [LockTimeoutError, 423, "The lock is held by another"],
  CONFIGURATION: [ConfigurationError, 500, "The server is not set up for this"],
  STORAGE: [StorageError, 502, "The storage failed"],
  STORAGE_UNREACHABLE: [StorageUnreachableError, 503, "The storage can't be reached"],
  STORAGE_QUOTA: [StorageQuotaError, 507, "The storage is full"],
} as const satisfies Record<string, readonly [ErrorClass, number, string]>;

/** Codes for requests that the HTTP layer refuses and for internal errors. Clients turn these into a `StorageError`. */
const serverCodes = ["UNKNOWN_ROUTE", "METHOD_NOT_ALLOWED", "TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "INTERNAL"] as const;

/** The possible values of a problem's `code`. */
export function problemCodes(): string[] {
  return [...Object.keys(kinds), ...serverCodes];
}

/** An error as a problem. `status` overrides the status of its kind. */
export function toProblem({ code, message, key }: RepriseError, status?: number): Problem {
  const kind = Object.hasOwn(kinds, code) ? kinds[code as keyof typeof kinds] : undefined;
  return {
    type: "about:blank",
    title: kind?.[2] ?? "The request failed",
    status: status ?? kind?.[1] ?? 500,
    detail: message,
    code,
    ...(key !== undefined && { key }),
  };
}

/** The error that a problem describes; a `StorageError` if this version doesn't know its code. */
export function fromProblem({ code, detail, key }: Problem): RepriseError {
  const kind = Object.hasOwn(kinds, code) ? kinds[code as keyof typeof kinds] : undefined;
  return new (kind?.[0] ?? StorageError)(detail, { key });
}
