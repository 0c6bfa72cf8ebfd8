import {
  CorruptRecordError,
  SchemaMismatchError,
  SerializationError,
  StorageError,
  StorageQuotaError,
  UnsupportedRecordError,
} from "../../errors/index.ts";
import type { MissReason } from "../events/store-event.ts";
import { isExpired } from "../record/is-expired.ts";
import { type Passage, Passages } from "../support/in-flight.ts";
import { raceSignal } from "../support/race-signal.ts";
import { ResultRecord } from "../record/result-record.ts";
import type { ResolvedStoreOptions } from "./result-store-options.ts";
import type { StorageReadOptions, StorageWriteOptions, StoredRecord } from "../storages/result-storage.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** A `fresh` look goes past memory too: another context may have written a moment ago, and word of it is still on its way. */
export interface LookOptions extends StorageReadOptions {
  schema?: StandardSchema | undefined;
}

export type KeepOptions = Omit<StorageWriteOptions, "metadata" | "etag">;

/** A record that can be used, or why there is none. */
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
  /** What lies in the storage, where that is certain: an etag, or `null` for no record. */
  readonly found?: string | null | undefined;
}

interface Found {
  readonly record: ResultRecord;
  readonly isCopy: boolean | undefined;
  readonly from: string | undefined;
}

/** Records by key, in memory and in the storage, and the two kept in step. Knows nothing of locks. */
export class RecordAccess {
  readonly #options: ResolvedStoreOptions;
  readonly #passages: Passages;

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
    this.#passages = Passages.of(options.cache);
    const { changes, emit } = options;
    if (!changes || !this.#passages.hear(changes)) return;
    changes.onChange((keys) => {
      this.forget(keys);
      emit?.({ type: "invalidate", ...(keys && { keys }) });
    });
  }

  /** The unexpired record at hand. */
  recall(key: string): ResultRecord | undefined {
    if (!this.#remembers) return undefined;
    const { cache, now, storage } = this.#options;
    const record = cache.get(key);
    if (!record) return undefined;
    if (record.expiration && isExpired(record.metadata, now())) {
      cache.delete(key);
      return undefined;
    }
    storage.noteUse?.(key);
    return record;
  }

  /** Drops what memory holds: of `keys`, or all of it. */
  forget(keys?: readonly string[]): void {
    this.#passages.shut(keys);
    if (!keys) this.#options.cache.clear();
    else for (const key of keys) this.#options.cache.delete(key);
  }

  /** Holds a record at hand, in place of what was there or is being read. */
  remember(record: ResultRecord): void {
    const key = record.metadata.storageKey;
    this.forget([key]);
    if (this.#remembers) this.#options.cache.set(key, record);
  }

  /** Whether memory may hold records: not once nobody tells of changes elsewhere any more. */
  get #remembers(): boolean {
    const { cacheResultInMemory, changes } = this.#options;
    return cacheResultInMemory && (changes?.isOpen ?? true);
  }

  /** The record in the storage, expired or not. */
  async fetch(key: string, options: StorageReadOptions = {}): Promise<ResultRecord | undefined> {
    return (await this.#find(key, options))?.record;
  }

  async #find(key: string, options: StorageReadOptions): Promise<Found | undefined> {
    return this.#passages.during(key, async (passage) => {
      const stored = await raceSignal(this.#options.storage.read(key, options), options.signal);
      if (!stored) return undefined;
      try {
        const record = this.#admit(await this.#decode(key, stored), passage);
        return { record, isCopy: stored.isCopy, from: stored.from };
      } catch (error) {
        // a damaged copy says nothing of the record that it was made of
        if (options.fresh || !stored.isCopy || !(error instanceof CorruptRecordError)) throw error;
        return this.#find(key, { signal: options.signal, fresh: true });
      }
    });
  }

  /** The same for several keys, in as few calls as the storage can do it. */
  async fetchMany(keys: readonly string[], options: StorageReadOptions): Promise<(ResultRecord | undefined)[]> {
    const { storage } = this.#options;
    if (!storage.readMany) return Promise.all(keys.map((key) => this.fetch(key, options)));
    const stored = raceSignal(storage.readMany(keys, options), options.signal);
    return Promise.all(
      keys.map((key, i) =>
        this.#passages.during(key, async (passage) => {
          const each = (await stored)[i];
          return each && this.#admit(await this.#decode(key, each), passage);
        }),
      ),
    );
  }

  /** What a cached call finds: nothing that is wrong with a record or a storage makes it fail, only its own signal. */
  async look(key: string, { schema, ...options }: LookOptions): Promise<Look> {
    try {
      const atHand = options.fresh ? undefined : this.recall(key);
      const found = atHand ? undefined : await this.#find(key, options);
      const record = atHand ?? found?.record;
      // asked now: a storage that can't reach its truth is no longer a consistent one
      const isCertain = this.#options.storage.capabilities.consistency === "strong" && !found?.isCopy;
      if (!record) return { miss: "absent", found: isCertain ? null : undefined };
      if (isExpired(record.metadata, this.#options.now())) {
        return { miss: "expired", found: isCertain ? record.metadata.etag : undefined };
      }
      await assertSchema(record, schema);
      return { record, source: atHand ? "memory" : "storage", from: found?.from };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      return { miss: missReason(error), error };
    }
  }

  /** Serializes and writes; frees room once if there is none. Rejects as the storage does. */
  async keep(record: ResultRecord, { grant, ...conditions }: KeepOptions): Promise<void> {
    const { changes, emit } = this.#options;
    const { metadata } = record;
    const started = performance.now();
    // one from another write would say nothing of this one
    delete metadata.token;
    if (grant) metadata.token = grant.token;
    const bytes = await record.serialize();
    const key = metadata.storageKey;
    const changed = () => {
      this.forget([key]);
      changes?.post([key]);
    };
    await this.#passages.during(key, async (passage) => {
      try {
        ({ etag: metadata.etag } = await this.#write(key, bytes, { ...conditions, grant, metadata }, changed));
      } catch (error) {
        // it may have been done all the same
        changed();
        throw error;
      }
      record.isPersisted = true;
      const { isOpen } = passage;
      changed();
      if (isOpen && this.#remembers) this.#options.cache.set(key, record);
    });
    emit?.({ type: "write", key, size: metadata.size!, duration: performance.now() - started });
  }

  /** `lateEnd` is called for a write that settles after its signal. */
  async #write(
    key: string,
    bytes: Uint8Array,
    options: StorageWriteOptions,
    lateEnd: () => void,
  ): Promise<{ etag: string }> {
    const { storage, now } = this.#options;
    const { maxRecordBytes = Infinity } = storage.capabilities;
    if (bytes.length > maxRecordBytes) {
      const message = `The record "${key}" has ${bytes.length} bytes; ${storage.type} takes at most ${maxRecordBytes}`;
      throw new StorageError(message, { key });
    }
    const write = () => {
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

  async #decode(key: string, { bytes, etag }: StoredRecord): Promise<ResultRecord> {
    const record = await ResultRecord.deserialize(bytes, { key, serializer: this.#options.serializer });
    record.metadata.etag = etag;
    record.isPersisted = true;
    return record;
  }

  #admit(record: ResultRecord, { key, isOpen }: Passage): ResultRecord {
    const { cache, now } = this.#options;
    if (isOpen && this.#remembers && record.isReadable && !isExpired(record.metadata, now())) cache.set(key, record);
    return record;
  }
}

/** Rejects with `SchemaMismatchError`; throws what asking for the result throws. */
export async function assertSchema(record: ResultRecord, schema: StandardSchema | undefined): Promise<void> {
  const { result } = record;
  const outcome = schema && (await schema["~standard"].validate(result));
  if (!outcome?.issues) return;
  const key = record.metadata.storageKey;
  const issues = outcome.issues.map(({ message }) => message).join("; ");
  throw new SchemaMismatchError(`The result of "${key}" does not fit the schema: ${issues}`, { key });
}

function missReason(error: unknown): MissReason {
  if (error instanceof CorruptRecordError || error instanceof SerializationError) return "corrupt";
  if (error instanceof UnsupportedRecordError) return "unsupported";
  return error instanceof SchemaMismatchError ? "schema-mismatch" : "storage-error";
}
