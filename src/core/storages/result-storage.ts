import type { LockGrant } from "../locks/result-lock-manager.ts";
import type { Invalidation, InvalidationMode, InvalidationTarget } from "../invalidation/invalidation.ts";
import type { InvalidationsSince } from "../invalidation/invalidation-table.ts";
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
  /** The features of the platform. They must not change. */
  readonly capabilities: ResultStorageCapabilities;
  /** Where the storage finds the leases of locks, if it checks them in its writes. See `LockGrant`. */
  readonly leasePlace?: string | undefined;
  /** The part that only this browser has, if the storage also uses others. */
  readonly local?: ResultStorage | undefined;

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
   * Rejects with
   *
   * - `PreconditionFailedError` if `ifMatch` or `ifNoneMatch` doesn't hold,
   * - `StaleLockError` if `grant` is no longer the last one for the key,
   * - `LockNotHeldError` as `unlessHeld` says,
   * - `InvalidatedError` if `since` is too early,
   * - `StorageQuotaError` if there is no room.
   */
  write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<StorageWriteResult>;
  /**
   * Marks the key as taken over by `grant`, so that later writes of earlier holders are refused. For platforms where only
   * an earlier write can refuse a write. Reads are unaffected. Called once for a grant that is `takenOver`, before any other
   * operation under it. Rejects with `StaleLockError` if `grant` is no longer the last one for the key.
   */
  fence?(key: string, grant: LockGrant): Promise<void>;
  /**
   * The place of a computation in the order of changes, taken before it begins. Its write passes it on as `since`, and is refused if
   * a later change covers the record. Without this method only computations in the same context are refused.
   */
  begin?(key: string, options?: StorageBeginOptions): Promise<string>;
  /**
   * Deletes or expires all records that the target covers (see `covers`), and notes the invalidation: a write whose `since` is
   * earlier is refused afterwards. Absent: the storage can't keep invalidations, and only keys can be invalidated.
   */
  invalidate?(target: InvalidationTarget, options: StorageInvalidateOptions): Promise<void>;
  /**
   * The invalidation that covers a record that `read` returned, for storages that don't change records when they note one.
   * A promise only if the storage has to ask. `isCopy`: another storage keeps the record as a copy.
   */
  judge?(
    metadata: ResultRecordMetadata,
    options: Pick<StorageReadOptions, "fresh" | "signal"> & { isCopy?: boolean },
  ): Invalidation | undefined | Promise<Invalidation | undefined>;
  /** The number of the last invalidation that is known here, for a storage that numbers them. */
  readonly generation?: number | undefined;
  /** The invalidations and deletions after a number, so that contexts with copies can drop them. */
  invalidationsSince?(number: number): Promise<InvalidationsSince | undefined>;
  /** The last invalidation that covered the key, if it is still known, to explain a miss. */
  lastInvalidation?(key: string, options?: LastInvalidationOptions): Promise<Invalidation | undefined>;
  /** Resolves to whether there was a record to delete. A change like `invalidate` of the key: also where there was none. */
  delete(key: string, options?: StorageDeleteOptions): Promise<boolean>;

  /** A page of metadata in key order (by UTF-16 code units or by code points). Reads no bodies. */
  list?(options?: StorageListOptions): Promise<StorageListPage>;
  /** The records of `keys`, in their order, with `undefined` for each that is missing. Absent: the store calls `read` for each key. */
  readMany?(keys: readonly string[], options?: StorageReadOptions): Promise<(StoredRecord | undefined)[]>;
  /** Deletes the records, and resolves to whether there was one for each key. Absent: the store calls `delete` for each key. */
  deleteMany?(keys: readonly string[]): Promise<boolean[]>;
  /** Notes that a record was used from memory, for storages that evict by last use. Called for every such hit, so it must be cheap. */
  noteUse?(key: string): void;
  /** Deletes records that have expired at `now`, then the least recently used down to the storage's own budget and as `freeBytes` requires. */
  sweep?(options: StorageSweepOptions): Promise<SweepResult>;
  /** Deletes every record. A change like `invalidate("all")`. */
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

/** A record as a storage returns it. */
export interface StoredRecord {
  /** The whole record: the bytes that were written, or those that `StorageWriteResult.bytes` named. */
  bytes: Uint8Array;
  /** Changes with every write of the key. */
  etag: string;
  /** Whether it was read from a copy, which may lag behind the record. */
  isCopy?: boolean | undefined;
  /** The `type` of the storage that had it, if this one combines several. */
  from?: string | undefined;
}

/** The metadata of a record, without its body. */
export interface StoredHead {
  /** The metadata in the head of the record. */
  metadata: ResultRecordMetadata;
  /** The etag that `read` would return. */
  etag: string;
}

/** The options of a read of a storage. */
export interface StorageReadOptions {
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Bypasses every copy that may lag behind, since the caller has waited for a lock, or holds it. */
  fresh?: boolean | undefined;
  /** The etag of a record that is known to be written: a copy with this etag is as good as the record. */
  committed?: string | undefined;
}

/** The options of a write of a storage. The conditions `ifMatch` and `ifNoneMatch` are those of HTTP (RFC 9110, 13.1). */
export interface StorageWriteOptions {
  /** Ends the call with the signal's reason. The write may have been carried out. */
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
   * The write keeps a computed value that began at this place of `begin`. It is refused with `InvalidatedError` if an invalidation
   * or deletion after it covers the key or the tags, or if another record than at `begin` is there. A record that a sweep
   * deleted in the meantime is no reason.
   */
  since?: string | undefined;
  /**
   * Refuses the write while the storage's `leasePlace` has a lease that somebody took by hand, also if that may be over. It is
   * only given to a storage with the same place as the lock manager.
   */
  unlessHeld?: boolean | undefined;
  /** The token of `endComputation`: earlier grants of the key are refused afterwards. */
  token?: number | undefined;
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

/** The outcome of a write of a storage. */
export interface StorageWriteResult {
  /** The etag of the new record. */
  etag: string;
  /** The record as it was kept, if the storage has added to its head. */
  bytes?: Uint8Array | undefined;
}

/** The options of `begin`. */
export interface StorageBeginOptions {
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The grant of the lock that covers the computation, if any. */
  grant?: LockGrant | undefined;
  /** As in `StorageWriteOptions`: saves a read. */
  found?: string | null | undefined;
  /** The storage could not be reached just now. Gives a place without asking; the write then replaces no record. For storages behind a network. */
  offline?: boolean | undefined;
  /** The computation replaces all that began earlier, as after an invalidation of the key: the record stays, but earlier writes are refused. */
  replaces?: boolean | undefined;
}

/** The options of an invalidation of a storage. */
export interface StorageInvalidateOptions {
  /** `"delete"`: the records are gone. `"expire"`: they stay, and have expired. */
  mode: InvalidationMode;
  /** Milliseconds since 1970: the time at which `mode: "expire"` lets the records expire. */
  now: number;
  /** The tokens of `endComputation` by key, for a target of keys. */
  tokens?: ReadonlyMap<string, number> | undefined;
}

/** The options of `lastInvalidation`. */
export interface LastInvalidationOptions {
  /** Asks nobody on another machine: an answer may then be missing. */
  known?: boolean | undefined;
}

/** The options of a deletion of a storage. */
export interface StorageDeleteOptions {
  /** The token of `endComputation`: earlier grants of the key are refused afterwards. */
  token?: number | undefined;
  /** The grant of the lock that covers the deletion, if any. Some storages check it. */
  grant?: LockGrant | undefined;
}

/** The options of a list of a storage. */
export interface StorageListOptions {
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Only keys with this prefix. */
  prefix?: string | undefined;
  /** The opaque cursor of the previous page. */
  cursor?: string | undefined;
  /** Records per page, 1 to 1,000. Default: 1,000. */
  limit?: number | undefined;
}

/** One page of a list of a storage. */
export interface StorageListPage {
  /** The metadata of each record, with `etag` and `size`. Records with an unreadable head are left out. */
  records: ResultRecordMetadata[];
  /** The start of the next page. Absent on the last one. */
  cursor?: string;
}

/** The options of a sweep of a storage. */
export interface StorageSweepOptions {
  /** Milliseconds since 1970. Records that expired before are deleted. */
  now: number;
  /** Deletes at least this many bytes of records, if there are as many, even within the budget. */
  freeBytes?: number | undefined;
  /** Called with each deleted key, for storages with copies elsewhere. */
  onDelete?: ((key: string) => void) | undefined;
}

/** The outcome of a sweep: how many records are gone. */
export interface SweepResult {
  /** The number of records deleted because they had expired. */
  expired: number;
  /** The number of records deleted to make room. */
  evicted: number;
}
