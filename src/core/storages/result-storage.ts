import type { LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";

/**
 * Keeps records: bytes under keys. This is the whole contract for a storage of your own; `reprise/testing` has the suite
 * that checks it. A storage never looks at values and never checks whether a record has expired. Every method rejects with a
 * `StorageError` (its `cause` is the platform's error) if the platform fails, and with the signal's reason when `signal`
 * aborts.
 */
export interface ResultStorage {
  /** The kind of storage, such as `"indexed-db"`: the part of a registered name before the slash. */
  readonly type: string;
  readonly capabilities: ResultStorageCapabilities;

  /**
   * Rejects with `ConfigurationError` if the storage can't work in its configuration. Cached calls then fail at once. After
   * other storage failures they compute again each time.
   */
  assertUsable?(): Promise<void>;
  /** The record as it was written, or `undefined` if there is none. The caller owns the bytes. */
  read(key: string, options?: StorageReadOptions): Promise<StoredRecord | undefined>;
  /** The metadata without the body. Omit this method if the platform can't do that: the store then uses `read`. */
  head?(key: string, options?: StorageReadOptions): Promise<StoredHead | undefined>;
  /**
   * Keeps all of the bytes or none, and resolves once they can be read back. Until then the caller must not change them.
   * Rejects with `PreconditionFailedError` if `ifMatch` or `ifNoneMatch` doesn't hold, with `StaleLockError` if `grant` is
   * no longer the last one for the key, with `StorageQuotaError` if there is no room.
   */
  write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }>;
  /**
   * Marks the key as taken over by `grant`, so that later writes of earlier holders are refused. For platforms where only
   * an earlier write can refuse a write. Reads are unaffected. Called once for a grant that is `takenOver`, before any other
   * operation under it. Rejects with `StaleLockError` if `grant` is no longer the last one for the key.
   */
  fence?(key: string, grant: LockGrant): Promise<void>;
  /** Resolves to whether there was a record to delete. */
  delete(key: string, options?: StorageDeleteOptions): Promise<boolean>;

  /** A page of metadata in key order (by UTF-16 code units or by code points). Reads no bodies. */
  list?(options?: StorageListOptions): Promise<StorageListPage>;
  readMany?(keys: readonly string[], options?: StorageReadOptions): Promise<(StoredRecord | undefined)[]>;
  deleteMany?(keys: readonly string[]): Promise<boolean[]>;
  /** Notes that a record was used from memory, for storages that evict by last use. Called for every such hit, so it must be cheap. */
  noteUse?(key: string): void;
  /** Deletes records that have expired at `now`, then the least recently used down to the storage's own budget and as `freeBytes` requires. */
  sweep?(options: StorageSweepOptions): Promise<SweepResult>;
  /** Deletes every record. */
  clear?(): Promise<void>;
  /** Closes connections. The next call opens them again. */
  close?(): Promise<void>;
}

/** The features of the platform. The store compensates for missing ones, or refuses with the reason. */
export interface ResultStorageCapabilities {
  /** `"strong"`: a read sees every write that settled before it, wherever it was made. */
  readonly consistency: "strong" | "eventual";
  /** Whether the write itself checks `ifMatch`, `ifNoneMatch` and `grant`. */
  readonly conditionalWrites: boolean;
  /** The maximum size of a record in bytes, if the platform has one. */
  readonly maxRecordBytes?: number;
}

export interface StoredRecord {
  bytes: Uint8Array;
  /** Changes with every write of the key. */
  etag: string;
  /** Whether it was read from a copy, which may lag behind the record. */
  isCopy?: boolean | undefined;
  /** The `type` of the storage that had it, if this one combines several. */
  from?: string | undefined;
}

export interface StoredHead {
  metadata: ResultRecordMetadata;
  etag: string;
}

export interface StorageReadOptions {
  signal?: AbortSignal | undefined;
  /** Bypasses every copy that may lag behind, since the caller has waited for a lock, or holds it. */
  fresh?: boolean | undefined;
  /** The etag of a record that is known to be written: a copy with this etag is as good as the record. */
  committed?: string | undefined;
}

export interface StorageWriteOptions {
  signal?: AbortSignal | undefined;
  /** The metadata in the head of `bytes`, for platforms that keep metadata beside the value. */
  metadata: ResultRecordMetadata;
  /** The grant of the lock that covers the write, if any. */
  grant?: LockGrant | undefined;
  /** Writes only over the record with this etag. */
  ifMatch?: string | undefined;
  /** Writes only if there is no record yet. */
  ifNoneMatch?: "*" | undefined;
  /**
   * The record that the caller found under its lock: an etag, or `null` for no record. It saves a read for a storage that has
   * to know the old record to refuse late writers. It is no condition: if it is outdated, the storage reads.
   */
  found?: string | null | undefined;
  /**
   * The etag that reads of this copy return, if the record belongs to another storage. Absent: a new one. A storage behind
   * an API gives a new one all the same.
   */
  etag?: string | undefined;
}

export interface StorageDeleteOptions {
  /** The grant of the lock that covers the deletion, if any. Some storages check it. */
  grant?: LockGrant | undefined;
}

export interface StorageListOptions {
  signal?: AbortSignal | undefined;
  /** Only keys with this prefix. */
  prefix?: string | undefined;
  /** The opaque cursor of the previous page. */
  cursor?: string | undefined;
  /** Records per page, 1 to 1,000. Default: 1,000. */
  limit?: number | undefined;
}

export interface StorageListPage {
  /** The metadata of each record, with `etag` and `size`. Records with an unreadable head are left out. */
  records: ResultRecordMetadata[];
  /** The start of the next page. Absent on the last one. */
  cursor?: string;
}

export interface StorageSweepOptions {
  /** Milliseconds since 1970. Records that expired before are deleted. */
  now: number;
  /** Deletes at least this many bytes of records, if there are as many, even within the budget. */
  freeBytes?: number | undefined;
  /** Called with each deleted key, for storages with copies elsewhere. */
  onDelete?: ((key: string) => void) | undefined;
}

export interface SweepResult {
  /** The number of records deleted because they had expired. */
  expired: number;
  /** The number of records deleted to make room. */
  evicted: number;
}
