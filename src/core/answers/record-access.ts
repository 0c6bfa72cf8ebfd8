import {
  CorruptRecordError,
  LockNotHeldError,
  SchemaMismatchError,
  StaleLockError,
  StorageError,
  StorageQuotaError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import { CachedRecords, type ChangeWatcher, type InFlightComputation } from "../cache/cached-records.ts";
import type { CallListener } from "../events/call-events.ts";
import type { MissReason } from "../events/store-event.ts";
import type { ChangeKind, Invalidation, InvalidationTarget } from "../invalidation/invalidation.ts";
import { isExpired } from "../record/is-expired.ts";
import { ResultRecord } from "../record/result-record.ts";
import { invalidated } from "../storages/invalidation-log.ts";
import type { StorageReadOptions, StorageWriteOptions, StoredRecord } from "../storages/result-storage.ts";
import type { InFlightOperation } from "../concurrency/in-flight.ts";
import { isPromise } from "../support/is-promise.ts";
import { raceSignal } from "../concurrency/race-signal.ts";
import { answering, type Freshness, freshnessOf, type ResolvedFreshness } from "../freshness/freshness.ts";
import { parseResult, type StandardSchema } from "../freshness/standard-schema.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";

/** A `fresh` look also skips memory: another context may have written, and its message may still be on the way. */
export interface LookOptions extends StorageReadOptions {
  schema?: StandardSchema | undefined;
  freshness?: Partial<ResolvedFreshness> | undefined;
  /** Only looks: the record does not count as used. */
  peeks?: boolean | undefined;
  /** Reads in place of the storage. */
  read?: ((options: StorageReadOptions) => Promise<StoredRecord | undefined>) | undefined;
  /** Tells it as an event of a call. */
  emit?: CallListener | undefined;
}

export interface KeepOptions extends Omit<StorageWriteOptions, "metadata" | "etag"> {
  /** Who writes. */
  holder?: string | undefined;
}

/** A computed value to be kept. */
export interface Computed {
  /** For memory. */
  readonly record: ResultRecord;
  readonly operation: InFlightOperation;
  readonly emit: CallListener | undefined;
}

/** A usable record, or the reason for a miss. */
export type Look = Hit | Miss;

export interface Hit {
  readonly record: ResultRecord;
  /** The result, or what the schema made of it. */
  readonly value: unknown;
  readonly freshness: Freshness;
  readonly source: "memory" | "storage";
  /** See `StoredRecord`. */
  readonly from?: string | undefined;
}

export interface Miss {
  readonly miss: MissReason;
  readonly error?: unknown;
  /** The etag in the storage, or `null` for no record. Absent if it is not certain. */
  readonly found?: string | null | undefined;
  /** Answers the call if the computation fails or is slow. */
  readonly fallback?: Hit | undefined;
  /** The last invalidation of the record. */
  readonly invalidation?: Invalidation | undefined;
  /** That of an expired record. */
  readonly expiration?: Date | undefined;
}

interface Found {
  /** Absent if an invalidation deleted it. */
  readonly record?: ResultRecord;
  readonly isCopy: boolean | undefined;
  readonly from: string | undefined;
  readonly etag: string;
  readonly invalidation?: Invalidation | undefined;
}

/** Reads and writes records in memory and in the storage, and keeps both consistent. Does not use locks. */
export class RecordAccess {
  readonly #options: ResolvedStoreOptions;
  readonly #cached: CachedRecords;

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
    const onChange = (kind: ChangeKind, target: InvalidationTarget) => options.emit?.({ type: "change", kind, target });
    this.#cached = new CachedRecords({ ...options, onChange });
  }

  /** The fresh record in memory. */
  recall(key: string): ResultRecord | undefined {
    const record = this.#cached.get(key);
    if (!record || isExpired(record.metadata, this.#options.now())) return undefined;
    this.#options.resultStorage.noteUse?.(key);
    return record;
  }

  /** Notes a computation in progress. Returns a function to call at its end. */
  beginComputation(computation: InFlightComputation): () => void {
    return this.#cached.beginComputation(computation);
  }

  /**
   * Makes the computations in progress outdated, here alone. A storage that can't refuse writes of theirs may let a change
   * overtake them, so it waits for those.
   */
  async outdate(kind: ChangeKind, target: InvalidationTarget): Promise<void> {
    this.#cached.noteChange(kind, target);
    if (!this.#options.resultStorage.begin) await this.#cached.settleWrites(target);
  }

  /** Drops the records of `target` from memory here and in other contexts. */
  changed(kind: ChangeKind, target: InvalidationTarget, holder?: string): void {
    this.#cached.noteChange(kind, target, holder);
    this.#cached.tell(kind, target);
    this.#options.changes?.post(kind, target);
  }

  /** Calls `watcher` with every change, here and in other contexts. Returns a function that ends this. */
  watch(watcher: ChangeWatcher): () => void {
    return this.#cached.watch(watcher);
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

  /** Runs a read of `key`, which can see whether the key was changed meanwhile. */
  track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    return this.#cached.track(key, work);
  }

  /** The record in the storage, expired or not. */
  async fetch(key: string, options: StorageReadOptions = {}): Promise<ResultRecord | undefined> {
    return (await this.#find(key, options))?.record;
  }

  async #find(
    key: string,
    { read, ...options }: Pick<LookOptions, "read"> & StorageReadOptions,
  ): Promise<Found | undefined> {
    return this.#cached.track(key, async (operation) => {
      const reading = read ? read(options) : this.#options.resultStorage.read(key, options);
      const stored = await raceSignal(reading, options.signal);
      if (!stored) return undefined;
      try {
        return { ...(await this.#decode(stored, operation, options)), ...where(stored) };
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
          return each && (await this.#decode(each, operation, options)).record;
        }),
      ),
    );
  }

  /** The look of a cached call. Only its own signal makes it fail, never a record or a storage. */
  async look(key: string, { emit, ...options }: LookOptions): Promise<Look> {
    const started = performance.now();
    const look = await this.#look(key, options);
    const miss = "miss" in look && { miss: look.miss };
    emit?.({ type: "look", key, ...miss, duration: performance.now() - started });
    return look;
  }

  async #look(key: string, { schema, freshness = {}, peeks, ...options }: LookOptions): Promise<Look> {
    const { now, resultStorage: storage } = this.#options;
    const stateOf = (record: ResultRecord) => freshnessOf(record, freshness, now());
    try {
      const inMemory = options.fresh ? undefined : this.#cached.get(key);
      const cached = inMemory && answering.has(stateOf(inMemory)) ? inMemory : undefined;
      if (cached && !peeks) storage.noteUse?.(key);
      const found = cached ? undefined : await this.#find(key, options);
      const record = cached ?? found?.record;
      // read only now, since a storage that can't reach its source is no longer consistent
      const isCertain = storage.capabilities.consistency === "strong" && !found?.isCopy;
      const etag = isCertain ? (found?.etag ?? null) : undefined;
      const invalidation = found?.invalidation;
      if (!record) return { miss: invalidation ? "invalidated" : "absent", found: etag, invalidation };
      const state = stateOf(record);
      const expired = { miss: "expired", found: etag, invalidation, expiration: record.expiration } as const;
      if (state === "gone") return expired;
      const value = schema && !record.metadata.isError ? await parseResult(record, schema) : record.result;
      const hit: Hit = { record, value, freshness: state, source: cached ? "memory" : "storage", from: found?.from };
      return state === "fallback" ? { ...expired, fallback: hit } : hit;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      return { miss: missReason(error), error };
    }
  }

  /**
   * Writes the captured record. On a full disk it frees room and tries once more. Rejects as the storage does, and for a
   * computed value that is no longer current. Otherwise memory takes a copy: the caller's own object may change.
   */
  async keep(record: ResultRecord, { grant, holder, ...conditions }: KeepOptions, computed?: Computed): Promise<void> {
    const { metadata } = record;
    const started = performance.now();
    // the token of an earlier write doesn't belong to this one
    delete metadata.token;
    if (grant) metadata.token = grant.token;
    const bytes = await record.serialize();
    const cached = computed?.record ?? (this.#cached.isUsable ? await record.copy() : record);
    const key = metadata.storageKey;
    const changed = (kind: ChangeKind = computed ? "kept" : "written") => this.changed(kind, { keys: [key] }, holder);
    // not every storage refuses it itself
    if (computed?.operation.isCurrent === false) throw invalidated(key);
    await this.#cached.track(key, async (operation) => {
      try {
        const writing = this.#write(key, bytes, { ...conditions, grant, metadata }, changed);
        operation.writing = writing;
        ({ etag: metadata.etag } = await writing);
      } catch (error) {
        // the write may have happened anyway. One of a late holder did not, and the computation of its successor counts
        if (!(error instanceof LockNotHeldError)) changed(error instanceof StaleLockError ? "kept" : undefined);
        throw error;
      }
      const { isCurrent } = operation;
      changed();
      if (isCurrent && cached.isReadable) this.#cached.set(cached);
    });
    const { emit } = computed ?? this.#options;
    emit?.({ type: "write", key, size: metadata.size!, duration: performance.now() - started });
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

  async #decode(
    { bytes, etag }: StoredRecord,
    operation: InFlightOperation,
    { fresh, signal }: StorageReadOptions,
  ): Promise<Pick<Found, "record" | "etag" | "invalidation">> {
    const { serializer, maxResultBytes: maxBytes, resultStorage: storage } = this.#options;
    const record = await ResultRecord.deserialize(bytes, { key: operation.key, serializer, maxBytes });
    const { metadata } = record;
    metadata.etag = etag;
    const judged = storage.judge?.(metadata, { fresh, signal });
    const invalidation = isPromise(judged) ? await judged : judged;
    if (invalidation?.mode === "delete") return { etag, invalidation };
    if (invalidation)
      metadata.expiration = new Date(Math.min(invalidation.at, Number(metadata.expiration ?? Infinity)));
    if (operation.isCurrent && record.isReadable) this.#cached.set(record);
    return { record, etag, invalidation };
  }
}

function where({ isCopy, from }: StoredRecord): Pick<Found, "isCopy" | "from"> {
  return { isCopy, from };
}

function missReason(error: unknown): MissReason {
  if (error instanceof CorruptRecordError) return "corrupt";
  if (error instanceof UnsupportedRecordError) return "unsupported";
  return error instanceof SchemaMismatchError ? "schema-mismatch" : "storage-error";
}
