import type { InvalidationMode } from "../invalidation/invalidation.ts";
import type { ProgressListener, ReportProgress } from "../concurrency/progress.ts";
import type { ExpirationOptions } from "../record/expiration.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { Duration } from "../support/duration.ts";
import type { FreshnessOptions } from "../freshness/freshness.ts";
import type { KeepingOptions } from "../freshness/keeping.ts";
import type { ResultSource } from "../events/store-event.ts";
import type { StandardSchema } from "../freshness/standard-schema.ts";

/** The options of `ResultStore.readMany`. */
export interface ReadManyOptions extends WaitOptions {
  /** The holder of the lock on the key. The read doesn't wait for it. */
  holder?: string | undefined;
}

/** The options of `ResultStore.read`. */
export interface ReadOptions<T = unknown> extends ReadManyOptions {
  /** Returns expired records too, if they still exist. */
  allowExpired?: boolean | undefined;
  /** Checks the result, and may change it. The record then has the schema's output. A mismatch is a `SchemaMismatchError`. */
  schema?: StandardSchema<T> | undefined;
  /** `false`: doesn't wait while another holder has the lock, and returns the record as it is. Default: true. */
  wait?: boolean | undefined;
}

/**
 * The options of `ResultStore.persistResultRecord`. The conditions are those of HTTP (RFC 9110, 13.1): a write that fails
 * them rejects with `PreconditionFailedError`.
 */
export interface PersistOptions {
  /** The holder of the lock for this write. */
  holder?: string | undefined;
  /** Writes only over the record with this etag. */
  ifMatch?: string | undefined;
  /** Writes only if there is no record yet. */
  ifNoneMatch?: "*" | undefined;
  /** Ends the call with the signal's reason. The write may have been carried out. */
  signal?: AbortSignal | undefined;
}

/** The options of `ResultStore.write`. */
export interface WriteOptions extends RecordOptions, PersistOptions {}

interface RecordOptions extends ExpirationOptions {
  /** Names by which `invalidate({ tags })` finds the record: at most 64, of 1 to 256 characters. */
  tags?: readonly string[] | undefined;
}

/** A record to write, for `ResultStore.writeMany`. */
export interface WriteEntry extends WriteOptions {
  /** The key of the record: a string of 1 to 1,024 bytes of UTF-8. */
  key: string;
  /** The value to keep. */
  result: unknown;
}

/** The options of `ResultStore.createResultRecord`. */
export interface CreateRecordOptions extends RecordOptions {
  /** The key of the record. Default: a new one of the store's `storageKeyFn`. */
  key?: string | undefined;
}

/** The part of a storage that a call is about. */
export interface ScopeOptions {
  /** `"local"`: only the copies in this browser, for a store with a `remote`. It needs no token. Default: all. */
  scope?: "local" | undefined;
}

export interface DeleteOptions extends ScopeOptions {
  /** The holder of the lock on the key. */
  holder?: string | undefined;
}

export interface InvalidateOptions extends ScopeOptions {
  /**
   * `"delete"` (default): the records are gone. `"expire"`: they are stale, and still served where `staleWhileRevalidate` or
   * `staleIfError` allows it.
   */
  mode?: InvalidationMode | undefined;
}

export interface ListOptions extends ScopeOptions {
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
  /** The metadata of each record, in the order of their keys. */
  records: ResultRecordMetadata[];
  /** The start of the next page. Absent on the last page. */
  cursor?: string;
}

/** The option of calls that only the holder of a lock may make. */
export interface HolderOptions {
  /** The name of the holder, as in the grant of the lock. */
  holder: string;
}

/** The options of calls that wait for a lock. */
export interface WaitOptions {
  /** How long to wait for another holder's lock. Absent: no limit. */
  timeout?: Duration | undefined;
  /** Ends the wait with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The options of calls that take a lock. */
export interface StoreLockOptions {
  /** The name of the holder. Default: a fresh one, returned in the grant. */
  holder?: string | undefined;
  /** How long to wait. 0: one try. Absent: no limit. */
  acquireTimeout?: Duration | undefined;
  /** How long the lease lasts if nobody renews it. */
  holdTimeout?: Duration | undefined;
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The options of `ResultStore.getOrCompute`. */
export interface GetOrComputeOptions<T = unknown, Output = unknown>
  extends FreshnessOptions<T>, KeepingOptions<T>, StoreLockOptions {
  /**
   * Computes even if there is a record, and overwrites it. It joins no computation that has begun, and one that began before
   * is not kept.
   */
  refresh?: boolean | undefined;
  /**
   * Checks the value, and may change it: callers get the schema's output, and the record has its input. A kept result that
   * doesn't match is a miss, a computed one is a `SchemaMismatchError`.
   */
  schema?: StandardSchema<Output> | undefined;
  /** Called with the progress of the computation, here or in another context, while this call waits for it. */
  onProgress?: ProgressListener | undefined;
}

/** A value with its circumstances. */
export interface ResultAnswer<T> {
  /** The value itself. */
  readonly value: T;
  /** Where the value comes from. */
  readonly source: ResultSource;
  /** Whether it has expired, and the options allow that. */
  readonly isStale: boolean;
  /** When it was computed. */
  readonly createdAt: Date;
  /** Absent: it doesn't expire, or was not kept. */
  readonly expiration?: Date;
  /** The tags of its record. */
  readonly tags: readonly string[];
}

/** The argument of a computation. */
export interface ComputeContext {
  /** The key of the result. */
  readonly key: string;
  /** The holder of the computation's lock, for reads and writes under it. */
  readonly holder: string;
  /** Aborts when no caller waits for the result any more. */
  readonly signal: AbortSignal;
  /**
   * Tells how far the computation is: a share of 0 to 1, and a note of at most 256 characters. Every caller that waits for the
   * result hears of it. Callers in other contexts may get only some reports. Throws `InvalidArgumentError`.
   */
  readonly progress: ReportProgress;
}
