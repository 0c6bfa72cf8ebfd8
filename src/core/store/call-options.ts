import type { ExpirationOptions } from "../record/expiration.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { Duration } from "../support/duration.ts";
import type { StandardSchema } from "./standard-schema.ts";

export interface ReadManyOptions extends WaitOptions {
  /** Reads without waiting for a lock that this holder has. */
  holder?: string | undefined;
}

export interface ReadOptions extends ReadManyOptions {
  /** Gives expired records too, if they are still there. */
  allowExpired?: boolean | undefined;
  /** Checks the result; `SchemaMismatchError` where it doesn't fit. */
  schema?: StandardSchema | undefined;
}

export interface PersistOptions {
  /** Who holds the lock that this write is made under. */
  holder?: string | undefined;
  /** Write only over the record with this etag. */
  ifMatch?: string | undefined;
  /** Write only where there is no record yet. */
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
  /** Only keys that begin with this. */
  prefix?: string | undefined;
  /** What the page before gave. */
  cursor?: string | undefined;
  /** Records a page, 1 to 1,000. A page may hold fewer and still have a cursor. */
  limit?: number | undefined;
  /** Lists expired records too, if they are still there. */
  allowExpired?: boolean | undefined;
}

/** What `list` gives. */
export interface ListPage {
  records: ResultRecordMetadata[];
  /** Where the next page begins; absent on the last one. */
  cursor?: string;
}

export interface HolderOptions {
  holder: string;
}

export interface WaitOptions {
  /** How long to wait for another holder's lock. Absent: as long as it takes. */
  timeout?: Duration | undefined;
  signal?: AbortSignal | undefined;
}

export interface StoreLockOptions {
  /** Who wants it; a fresh name if absent, handed back in the grant. */
  holder?: string | undefined;
  /** How long to wait; 0: one try. Absent: as long as it takes. */
  acquireTimeout?: Duration | undefined;
  /** How long the lease lasts unless renewed. */
  holdTimeout?: Duration | undefined;
  signal?: AbortSignal | undefined;
}

export interface GetOrComputeOptions extends ExpirationOptions, StoreLockOptions {
  /** Computes even where there is a record, and overwrites it. */
  refresh?: boolean | undefined;
  /** A kept result that doesn't fit counts as a miss. */
  schema?: StandardSchema | undefined;
}

/** What a computation is given. */
export interface ComputeContext {
  readonly key: string;
  /** Lets the computation write or read under the lock that it runs under. */
  readonly holder: string;
  /** Aborts once no caller waits for the result any more. */
  readonly signal: AbortSignal;
}
