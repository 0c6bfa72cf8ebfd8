import type { LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";

/**
 * Where records live: bytes under keys. This is the whole contract that a storage of your own implements;
 * `reprise/testing` has the suite that checks it. A storage never looks at values and never judges whether a
 * record has expired. Every method rejects with a `StorageError` (its `cause` is the platform's error) when the
 * platform fails, and with the signal's reason when `signal` aborts.
 */
export interface ResultStorage {
  /** What kind it is, such as `"indexed-db"`; the part of a registered name before the slash. */
  readonly type: string;
  readonly capabilities: ResultStorageCapabilities;

  /**
   * Rejects with `ConfigurationError` where the storage can't work as it is set up. Then a cached call fails, instead of
   * computing anew for ever as it does through passing trouble.
   */
  assertUsable?(): Promise<void>;
  /** The record as it was written, or `undefined` where there is none. The bytes are the caller's to keep. */
  read(key: string, options?: StorageReadOptions): Promise<StoredRecord | undefined>;
  /** The metadata without the body. Leave it out where the platform can't do that: `read` is used then. */
  head?(key: string, options?: StorageReadOptions): Promise<StoredHead | undefined>;
  /**
   * Keeps the bytes whole or not at all, and resolves once they can be read back. Until then the caller leaves them alone.
   * Rejects with `PreconditionFailedError` where `ifMatch` or `ifNoneMatch` doesn't hold, with `StaleLockError`
   * where `grant` is no longer the last one for the key, with `StorageQuotaError` where there is no room.
   */
  write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }>;
  /**
   * Marks the key as taken over by `grant`, so that from here on no earlier holder's write is accepted: for platforms
   * where only what was written before can refuse a write. Changes nothing of what is read. Called once for a grant
   * that is `takenOver`, before anything else is done under it. Rejects with `StaleLockError` where `grant` is no
   * longer the last one for the key.
   */
  fence?(key: string, grant: LockGrant): Promise<void>;
  /** Whether there was something to delete. */
  delete(key: string, options?: StorageDeleteOptions): Promise<boolean>;

  /** A page of metadata in the order of the keys (by UTF-16 code units or by code points), no bodies read. */
  list?(options?: StorageListOptions): Promise<StorageListPage>;
  readMany?(keys: readonly string[], options?: StorageReadOptions): Promise<(StoredRecord | undefined)[]>;
  deleteMany?(keys: readonly string[]): Promise<boolean[]>;
  /** A record was used without being read, since it was at hand: for storages that evict by last use. Cheap; called for every such hit. */
  noteUse?(key: string): void;
  /** Deletes what has expired at `now`, then the least recently used down to the storage's own budget and as `freeBytes` asks. */
  sweep?(options: StorageSweepOptions): Promise<SweepResult>;
  /** Deletes every record. */
  clear?(): Promise<void>;
  /** Lets go of connections. The next call opens them again. */
  close?(): Promise<void>;
}

/** What the platform underneath can do; the store makes up for the rest, or refuses with the reason. */
export interface ResultStorageCapabilities {
  /** `"strong"`: a read sees every write that settled before it, from wherever it came. */
  readonly consistency: "strong" | "eventual";
  /** Whether `ifMatch`, `ifNoneMatch` and `grant` are checked by the write itself. */
  readonly conditionalWrites: boolean;
  /** The longest record in bytes, where the platform sets one. */
  readonly maxRecordBytes?: number;
}

export interface StoredRecord {
  bytes: Uint8Array;
  /** Changes with every write of the key. */
  etag: string;
  /** Read from a copy, which may lag behind the record. */
  isCopy?: boolean | undefined;
  /** The `type` of the storage that had it, where that is one of several behind this one. */
  from?: string | undefined;
}

export interface StoredHead {
  metadata: ResultRecordMetadata;
  etag: string;
}

export interface StorageReadOptions {
  signal?: AbortSignal | undefined;
  /** Past every copy that may lag behind: the caller waited for a lock, or has it. */
  fresh?: boolean | undefined;
  /** The etag of a record that is known to have been written: a copy that has it is as good as the record. */
  committed?: string | undefined;
}

export interface StorageWriteOptions {
  signal?: AbortSignal | undefined;
  /** What the head of `bytes` says, for platforms that keep metadata beside the value. */
  metadata: ResultRecordMetadata;
  /** The lock that the caller writes under, if any. */
  grant?: LockGrant | undefined;
  /** Write only over the record with this etag. */
  ifMatch?: string | undefined;
  /** Write only where there is no record yet. */
  ifNoneMatch?: "*" | undefined;
  /**
   * What the caller found under its lock: an etag, or `null` for no record. Saves a look to a storage that has to know
   * what it writes over in order to refuse late writers. No condition: where it no longer holds, the storage looks.
   */
  found?: string | null | undefined;
  /** The etag that this copy of a record from another storage is to be read with; absent: a new one. */
  etag?: string | undefined;
}

export interface StorageDeleteOptions {
  /** The lock that the caller deletes under, if any: for storages that others guard. */
  grant?: LockGrant | undefined;
}

export interface StorageListOptions {
  signal?: AbortSignal | undefined;
  /** Only keys that begin with this. */
  prefix?: string | undefined;
  /** What the page before gave; opaque. */
  cursor?: string | undefined;
  /** Records a page, 1 to 1,000; 1,000 at first. */
  limit?: number | undefined;
}

export interface StorageListPage {
  /** Each with its `etag` and `size`. Records whose head can't be read are left out. */
  records: ResultRecordMetadata[];
  /** Where the next page begins; absent on the last one. */
  cursor?: string;
}

export interface StorageSweepOptions {
  /** Milliseconds since 1970: what expired before is deleted. */
  now: number;
  /** Beyond what the budget asks: at least this many bytes of records are to go, if there are as many. */
  freeBytes?: number | undefined;
  /** Told of each key that was deleted, by storages that others keep copies of. */
  onDelete?: ((key: string) => void) | undefined;
}

export interface SweepResult {
  /** Records deleted because their time was over. */
  expired: number;
  /** Records deleted to make room. */
  evicted: number;
}
