/** What the client and the Worker agree on: paths, headers, and how errors travel. The whole of it is described by the OpenAPI document. */
import { decodeHeadText, encodeHeadText } from "../core/record/record-head.ts";
import type { ResultRecordMetadata } from "../core/record/result-record-metadata.ts";
import {
  AccessDeniedError,
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
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
} from "../errors/index.ts";

/** What every path begins with. Within a version fields may be added; what changes a meaning gets another one. */
export const apiRoot = "/v1";

/** Of a record's bytes. */
export const recordMediaType = "application/vnd.reprise.record";

export const headers = {
  /** With a write or a deletion: who holds the lock that it is made under, percent-encoded. */
  lockHolder: "Reprise-Lock-Holder",
  /** With a write or a deletion: the token of its grant. */
  lockToken: "Reprise-Lock-Token",
  /** With a write of a copy: the etag that it is to be read with, percent-encoded. */
  copyEtag: "Reprise-Copy-Etag",
  /** With an answer: the record's metadata as JSON, percent-encoded. */
  metadata: "Reprise-Metadata",
  /** With a record: `copy` where it may lag behind. Absent: it is the record as it was when it was read. */
  source: "Reprise-Source",
  /** With every answer about results: `strong` or `eventual`, of the storage behind. */
  consistency: "Reprise-Consistency",
} as const;

/** What a token may allow. `defer`: to have computed what the Worker knows to compute, without the right to write. */
export type Operation = "read" | "write" | "delete" | "list" | "lock" | "defer";

export const operations: readonly Operation[] = ["read", "write", "delete", "list", "lock", "defer"];

/** `GET`, `HEAD`, `PUT` and `DELETE`. */
export function resultPath(key: string): string {
  return `${apiRoot}/results/${toSegment(key)}`;
}

/** `GET`: a page of metadata. */
export const resultsPath = `${apiRoot}/results`;

/** What the path of a lock begins with. */
export const locksPath = `${apiRoot}/locks`;

/** What the path of a deferred call begins with. */
export const deferredPath = `${apiRoot}/deferred`;

/** The longest parameters of a deferred call, in bytes of their record. */
export const maxParameterBytes = 4 * 1_024 * 1_024;

/** `POST`: hands it over. */
export function deferPath(key: string, task: string): string {
  return `${deferredPath}/${toSegment(key)}?task=${encodeURIComponent(task)}`;
}

/** `GET`: how far it is, after `wait` milliseconds at most. */
export function deferredStatusPath(key: string, wait: number): string {
  return `${deferredPath}/${toSegment(key)}?wait=${wait}`;
}

/** `GET`: the description of all of this, readable without a token. */
export const openApiPath = `${apiRoot}/openapi.json`;

/** `GET` without an action, and for `wait`; `POST` for the others. */
export function lockPath(key: string, action?: "acquire" | "renew" | "release" | "wait"): string {
  return `${locksPath}/${toSegment(key)}${action ? `/${action}` : ""}`;
}

/**
 * A key as one segment of a path. URLs drop the segments `.` and `..` even where they are percent-encoded
 * (https://url.spec.whatwg.org/#double-dot-path-segment), so those two, and keys that begin with `~`, get a `~` in front.
 */
export function toSegment(key: string): string {
  const mark = key === "." || key === ".." || key.startsWith("~") ? "~" : "";
  return mark + encodeURIComponent(key);
}

/** The reverse of `toSegment`. Throws `InvalidArgumentError` for what is not percent-encoded UTF-8. */
export function fromSegment(segment: string): string {
  try {
    return decodeURIComponent(segment.startsWith("~") ? segment.slice(1) : segment);
  } catch (cause) {
    throw new InvalidArgumentError(`The path has a segment that is not percent-encoded UTF-8: ${segment}`, { cause });
  }
}

/** An etag as `ETag`, `If-Match` and `If-None-Match` carry it. */
export function quoteEtag(etag: string): string {
  return `"${encodeURIComponent(etag)}"`;
}

/** The reverse of `quoteEtag`, also of one that a proxy has made weak; `undefined` for what is no quoted etag. */
export function unquoteEtag(text: string | null | undefined): string | undefined {
  const quoted = text?.match(/^(?:W\/)?"([^"]*)"$/)?.[1];
  try {
    return quoted === undefined ? undefined : decodeURIComponent(quoted);
  } catch {
    return undefined;
  }
}

/** Of a page of `resultsPath`. */
export interface ListPageJson {
  readonly records: readonly unknown[];
  readonly cursor?: string;
}

/** Metadata as it travels: what a record's head says, and the etag. */
export function metadataToJson(metadata: ResultRecordMetadata): object {
  const { etag } = metadata;
  return { ...(JSON.parse(encodeHeadText(metadata)) as object), ...(etag !== undefined && { etag }) };
}

/** The reverse of `metadataToJson`. Throws `CorruptRecordError` where a field is missing or of the wrong kind. */
export function metadataFromJson(json: unknown): ResultRecordMetadata {
  const { metadata, unknownFields } = decodeHeadText(JSON.stringify(json));
  const etag = unknownFields?.["etag"];
  return typeof etag === "string" ? { ...metadata, etag } : metadata;
}

/**
 * What the posts about locks carry: `acquire` a `LockRequest` of which only `holder` is required, `renew` and `release`
 * these. Answers are a `LockLease` or a `LockState`, and nothing for `release`.
 */
export interface RenewLockJson {
  readonly holder: string;
  readonly holdTimeout: number;
}

export interface ReleaseLockJson {
  readonly holder: string;
  readonly committed?: string;
}

/** An error as it travels (RFC 9457). `code` says which class of this library's errors it is. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly key?: string;
}

export const problemMediaType = "application/problem+json";

type ErrorClass = new (message: string, options?: RepriseErrorOptions) => RepriseError;

/** Each error that travels: its class, its status, and a title that is the same for every occurrence. */
const kinds = {
  INVALID_ARGUMENT: [InvalidArgumentError, 400, "The request can't be meant"],
  ACCESS_DENIED: [AccessDeniedError, 403, "Access is denied"],
  RECORD_NOT_FOUND: [RecordNotFoundError, 404, "There is no such record"],
  LOCK_NOT_HELD: [LockNotHeldError, 409, "The lock is not held by this holder"],
  STALE_LOCK: [StaleLockError, 409, "The lock was taken over"],
  PRECONDITION_FAILED: [PreconditionFailedError, 412, "The record is not the one that the request asked for"],
  CORRUPT_RECORD: [CorruptRecordError, 422, "The body is no record"],
  UNSUPPORTED_RECORD: [UnsupportedRecordError, 422, "The record is of a version that is not known here"],
  LOCK_TIMEOUT: [LockTimeoutError, 423, "The lock is held by another"],
  CONFIGURATION: [ConfigurationError, 500, "The server is not set up for this"],
  STORAGE: [StorageError, 502, "The storage failed"],
  STORAGE_UNREACHABLE: [StorageUnreachableError, 503, "The storage can't be reached"],
  STORAGE_QUOTA: [StorageQuotaError, 507, "The storage is full"],
} as const satisfies Record<string, readonly [ErrorClass, number, string]>;

/** What the HTTP of it refuses, and what the server tells nothing of. Clients take these for a `StorageError`. */
const serverCodes = ["UNKNOWN_ROUTE", "METHOD_NOT_ALLOWED", "TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "INTERNAL"] as const;

/** What a `Problem` has as its `code`. */
export function problemCodes(): string[] {
  return [...Object.keys(kinds), ...serverCodes];
}

/** An error as a problem, with another status than its kind's where `status` is given. */
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

/** The error that a problem tells of; a `StorageError` for what this version doesn't know. */
export function fromProblem({ code, detail, key }: Problem): RepriseError {
  const kind = Object.hasOwn(kinds, code) ? kinds[code as keyof typeof kinds] : undefined;
  return new (kind?.[0] ?? StorageError)(detail, { key });
}
