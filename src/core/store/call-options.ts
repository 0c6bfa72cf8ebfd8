import type { ExpirationOptions } from "../record/expiration.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { Duration } from "../support/duration.ts";
import type { StandardSchema } from "./standard-schema.ts";

export interface ReadManyOptions extends WaitOptions {
  /** The holder of the lock on the key. The read doesn't wait for it. */
  holder?: string | undefined;
}

export interface ReadOptions extends ReadManyOptions {
  /** Returns expired records too, if they still exist. */
  allowExpired?: boolean | undefined;
  /** Checks the result. A mismatch is a `SchemaMismatchError`. */
  schema?: StandardSchema | undefined;
}

export interface PersistOptions {
  /** The holder of the lock for this write. */
  holder?: string | undefined;
  /** Writes only over the record with this etag. */
  ifMatch?: string | undefined;
  /** Writes only if there is no record yet. */
  ifNoneMatch?: "*" | undefined;
  signal?: AbortSignal | undefined;
}

export interface WriteOptions extends ExpirationOptions, PersistOptions {}

export interface WriteEntry extends WriteOptions {
  key: string;
  result: unknown;
}

export interface CreateRecordOptions extends ExpirationOptions {
  key?: string | undefined;
}

export interface ListOptions {
  /** Lists only keys that begin with this text. */
  prefix?: string | undefined;
  /** The cursor of the previous page. */
  cursor?: string | undefined;
  /** Records per page, 1 to 1,000. A page may hold fewer and still have a cursor. */
  limit?: number | undefined;
  /** Lists expired records too, if they still exist. */
  allowExpired?: boolean | undefined;
}

/** One page of `list`. */
export interface ListPage {
  records: ResultRecordMetadata[];
  /** The start of the next page. Absent on the last page. */
  cursor?: string;
}

export interface HolderOptions {
  holder: string;
}

export interface WaitOptions {
  /** How long to wait for another holder's lock. Absent: no limit. */
  timeout?: Duration | undefined;
  signal?: AbortSignal | undefined;
}

export interface StoreLockOptions {
  /** The name of the holder. Default: a fresh one, returned in the grant. */
  holder?: string | undefined;
  /** How long to wait. 0: one try. Absent: no limit. */
  acquireTimeout?: Duration | undefined;
  /** How long the lease lasts if nobody renews it. */
  holdTimeout?: Duration | undefined;
  signal?: AbortSignal | undefined;
}

export interface GetOrComputeOptions extends ExpirationOptions, StoreLockOptions {
  /** Computes even if there is a record, and overwrites it. */
  refresh?: boolean | undefined;
  /** A kept result that doesn't match counts as a miss. */
  schema?: StandardSchema | undefined;
}

/** The argument of a computation. */
export interface ComputeContext {
  readonly key: string;
  /** The holder of the computation's lock, for reads and writes under it. */
  readonly holder: string;
  /** Aborts when no caller waits for the result any more. */
  readonly signal: AbortSignal;
}
