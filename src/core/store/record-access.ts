import {
  CorruptRecordError,
  SchemaMismatchError,
  StorageError,
  StorageQuotaError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { CachedRecords } from "../cache/cached-records.ts";
import type { MissReason } from "../events/store-event.ts";
import type { ChangeKind, InvalidationTarget } from "../invalidation/invalidation.ts";
import { isExpired } from "../record/is-expired.ts";
import { ResultRecord } from "../record/result-record.ts";
import type { StorageReadOptions, StorageWriteOptions, StoredRecord } from "../storages/result-storage.ts";
import type { InFlightOperation } from "../support/in-flight.ts";
import { raceSignal } from "../support/race-signal.ts";
import { assertSchema, type StandardSchema } from "./standard-schema.ts";
import type { ResolvedStoreOptions } from "./store-options.ts";

/** A `fresh` look also skips memory: another context may have written, and its message may still be on the way. */
export interface LookOptions extends StorageReadOptions {
  schema?: StandardSchema | undefined;
}

export type KeepOptions = Omit<StorageWriteOptions, "metadata" | "etag">;

/** A usable record, or the reason for a miss. */
export type Look = Hit | Miss;

export interface Hit {
  readonly record: ResultRecord;
  readonly source: "memory" | "storage";
  /** See `StoredRecord`. */
  readonly from?: string | undefined;
}

export interface Miss {
  readonly miss: MissReason;
  readonly error?: unknown;
  /** The etag in the storage, or `null` for no record. Absent if it is not certain. */
  readonly found?: string | null | undefined;
}

interface Found {
  readonly record: ResultRecord;
  readonly isCopy: boolean | undefined;
  readonly from: string | undefined;
}

/** Reads and writes records in memory and in the storage, and keeps both consistent. Does not use locks. */
export class RecordAccess {
  readonly #options: ResolvedStoreOptions;
  readonly #cached: CachedRecords;

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
    const { emit } = options;
    const onChange = (kind: ChangeKind, target: InvalidationTarget) => emit?.({ type: "change", kind, target });
    this.#cached = new CachedRecords({ ...options, onChange });
  }

  /** The unexpired record in memory. */
  recall(key: string): ResultRecord | undefined {
    const record = this.#cached.get(key);
    if (record) this.#options.resultStorage.noteUse?.(key);
    return record;
  }

  /** Drops the records of `target` from memory here and in other contexts. */
  changed(kind: ChangeKind, target: InvalidationTarget): void {
    this.#cached.noteChange(kind, target);
    this.#options.changes?.post(kind, target);
  }

  /** Drops all records from the memory of this context. */
  forget(): void {
    this.#cached.noteChange("kept", "all");
  }

  /** Caches a record. It replaces a cached one and any that is being read. */
  remember(record: ResultRecord): void {
    this.#cached.noteChange("kept", { keys: [record.metadata.storageKey] });
    this.#cached.set(record);
  }

  /** The record in the storage, expired or not. */
  async fetch(key: string, options: StorageReadOptions = {}): Promise<ResultRecord | undefined> {
    return (await this.#find(key, options))?.record;
  }

  async #find(key: string, options: StorageReadOptions): Promise<Found | undefined> {
    return this.#cached.track(key, async (operation) => {
      const stored = await raceSignal(this.#options.resultStorage.read(key, options), options.signal);
      if (!stored) return undefined;
      try {
        const record = await this.#decode(stored, operation);
        return { record, isCopy: stored.isCopy, from: stored.from };
      } catch (error) {
        // the original record may be intact although this copy is damaged
        if (options.fresh || !stored.isCopy || !(error instanceof CorruptRecordError)) throw error;
        return this.#find(key, { signal: options.signal, fresh: true });
      }
    });
  }

  /** Fetches several keys in as few calls as the storage allows. */
  async fetchMany(keys: readonly string[], options: StorageReadOptions): Promise<(ResultRecord | undefined)[]> {
    const { resultStorage: storage } = this.#options;
    if (!storage.readMany) return Promise.all(keys.map((key) => this.fetch(key, options)));
    const stored = raceSignal(storage.readMany(keys, options), options.signal);
    return Promise.all(
      keys.map((key, i) =>
        this.#cached.track(key, async (operation) => {
          const each = (await stored)[i];
          return each && this.#decode(each, operation);
        }),
      ),
    );
  }

  /** The look of a cached call. Only its own signal makes it fail, never a record or a storage. */
  async look(key: string, { schema, ...options }: LookOptions): Promise<Look> {
    try {
      const cached = options.fresh ? undefined : this.recall(key);
      const found = cached ? undefined : await this.#find(key, options);
      const record = cached ?? found?.record;
      // read only now, since a storage that can't reach its source is no longer consistent
      const isCertain = this.#options.resultStorage.capabilities.consistency === "strong" && !found?.isCopy;
      if (!record) return { miss: "absent", found: isCertain ? null : undefined };
      if (isExpired(record.metadata, this.#options.now())) {
        return { miss: "expired", found: isCertain ? record.metadata.etag : undefined };
      }
      await assertSchema(record, schema);
      return { record, source: cached ? "memory" : "storage", from: found?.from };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      return { miss: missReason(error), error };
    }
  }

  /**
   * Writes the captured record. On a full disk it frees room and tries once more. Rejects as the storage does. Memory takes
   * `shared`, or else a copy: the caller's own object may change.
   */
  async keep(record: ResultRecord, { grant, ...conditions }: KeepOptions, shared?: ResultRecord): Promise<void> {
    const { metadata } = record;
    const started = performance.now();
    // the token of an earlier write doesn't belong to this one
    delete metadata.token;
    if (grant) metadata.token = grant.token;
    const bytes = await record.serialize();
    const cached = shared ?? (this.#cached.isUsable ? await record.copy() : record);
    const key = metadata.storageKey;
    const changed = () => this.changed(conditions.since === undefined ? "written" : "kept", { keys: [key] });
    await this.#cached.track(key, async (operation) => {
      try {
        ({ etag: metadata.etag } = await this.#write(key, bytes, { ...conditions, grant, metadata }, changed));
      } catch (error) {
        // the write may have happened anyway
        changed();
        throw error;
      }
      const { isCurrent } = operation;
      changed();
      if (isCurrent) this.#cached.set(cached);
    });
    this.#options.emit?.({ type: "write", key, size: metadata.size!, duration: performance.now() - started });
  }

  /** Calls `lateEnd` if a write settles after its signal has aborted. */
  async #write(
    key: string,
    bytes: Uint8Array,
    options: StorageWriteOptions,
    lateEnd: () => void,
  ): Promise<{ etag: string }> {
    const { resultStorage: storage, now } = this.#options;
    const { maxRecordBytes = Infinity } = storage.capabilities;
    if (bytes.length > maxRecordBytes) {
      const message = `The record "${key}" has ${bytes.length} bytes; ${storage.type} takes at most ${maxRecordBytes}`;
      throw new StorageError(message, { key });
    }
    const write = () => {
      options.signal?.throwIfAborted();
      const writing = storage.write(key, bytes, options);
      const end = () => void (options.signal?.aborted && lateEnd());
      writing.then(end, end);
      return raceSignal(writing, options.signal);
    };
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StorageQuotaError) || !storage.sweep) throw error;
      const { expired, evicted } = await storage.sweep({ now: now(), freeBytes: bytes.length });
      if (expired + evicted === 0) throw error;
      return write();
    }
  }

  async #decode({ bytes, etag }: StoredRecord, operation: InFlightOperation): Promise<ResultRecord> {
    const { serializer, maxResultBytes: maxBytes } = this.#options;
    const record = await ResultRecord.deserialize(bytes, { key: operation.key, serializer, maxBytes });
    record.metadata.etag = etag;
    if (operation.isCurrent && record.isReadable) this.#cached.set(record);
    return record;
  }
}

function missReason(error: unknown): MissReason {
  if (error instanceof CorruptRecordError) return "corrupt";
  if (error instanceof UnsupportedRecordError) return "unsupported";
  return error instanceof SchemaMismatchError ? "schema-mismatch" : "storage-error";
}
