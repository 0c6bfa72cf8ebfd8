import {
  CorruptRecordError,
  SchemaMismatchError,
  SerializationError,
  StorageError,
  StorageQuotaError,
  UnsupportedRecordError,
} from "../errors/index.ts";
import type { MissReason } from "./events.ts";
import { isExpired } from "./is-expired.ts";
import { raceSignal } from "./race-signal.ts";
import type { LockGrant } from "./result-lock-manager.ts";
import { ResultRecord } from "./result-record.ts";
import type { ResolvedStoreOptions } from "./result-store-options.ts";
import type { StorageWriteOptions, StoredRecord } from "./result-storage.ts";
import type { StandardSchema } from "./standard-schema.ts";

export interface LookOptions {
  signal?: AbortSignal | undefined;
  schema?: StandardSchema | undefined;
}

export interface KeepOptions {
  grant?: LockGrant | undefined;
  ifMatch?: string | undefined;
  ifNoneMatch?: "*" | undefined;
  signal?: AbortSignal | undefined;
}

/** A record that can be used, or why there is none. */
export type Look =
  | { readonly record: ResultRecord; readonly source: "memory" | "storage" }
  | { readonly miss: MissReason; readonly error?: unknown };

/** Records by key, in memory and in the storage, and the two kept in step. Knows nothing of locks. */
export class RecordAccess {
  readonly #options: ResolvedStoreOptions;
  /** Whether memory may hold records: not once nobody tells of changes elsewhere any more. */
  #remembers: boolean;
  /** Counts changes, so that a read that was under way meanwhile doesn't fill memory with what is old. */
  #changes = 0;

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
    this.#remembers = options.cacheResultInMemory;
  }

  /** The unexpired record at hand. */
  recall(key: string): ResultRecord | undefined {
    if (!this.#remembers) return undefined;
    const { cache, now } = this.#options;
    const record = cache.get(key);
    if (!record?.expiration || !isExpired(record.metadata, now())) return record;
    cache.delete(key);
    return undefined;
  }

  /** Drops what memory holds: of `keys`, or all of it. */
  forget(keys?: readonly string[]): void {
    this.#changes++;
    if (!keys) this.#options.cache.clear();
    else for (const key of keys) this.#options.cache.delete(key);
  }

  /** Holds a record at hand, in place of what was there or is being read. */
  remember(record: ResultRecord): void {
    const key = record.metadata.storageKey;
    this.forget([key]);
    if (this.#remembers) this.#options.cache.set(key, record);
  }

  /** Forgets for good. */
  close(): void {
    this.forget();
    this.#remembers = false;
  }

  /** The record in the storage, expired or not. */
  async fetch(key: string, signal?: AbortSignal): Promise<ResultRecord | undefined> {
    const admit = this.#gate();
    const stored = await raceSignal(this.#options.resultStorage.read(key, { signal }), signal);
    return stored && admit(await this.#decode(key, stored));
  }

  /** The same for several keys, in as few calls as the storage can do it. */
  async fetchMany(keys: readonly string[]): Promise<(ResultRecord | undefined)[]> {
    const { resultStorage } = this.#options;
    if (!resultStorage.readMany) return Promise.all(keys.map((key) => this.fetch(key)));
    const admit = this.#gate();
    const stored = await resultStorage.readMany(keys);
    return Promise.all(stored.map(async (each, i) => each && admit(await this.#decode(keys[i]!, each))));
  }

  /** What a cached call finds: nothing that is wrong with a record or a storage makes it fail, only its own signal. */
  async look(key: string, { signal, schema }: LookOptions): Promise<Look> {
    try {
      const atHand = this.recall(key);
      const record = atHand ?? (await this.fetch(key, signal));
      if (!record) return { miss: "absent" };
      if (isExpired(record.metadata, this.#options.now())) return { miss: "expired" };
      await assertSchema(record, schema);
      return { record, source: atHand ? "memory" : "storage" };
    } catch (error) {
      if (signal?.aborted) throw error;
      return { miss: missReason(error), error };
    }
  }

  /** Serializes and writes; frees room once if there is none. Rejects as the storage does. */
  async keep(record: ResultRecord, { grant, ...conditions }: KeepOptions): Promise<void> {
    const { changes, emit } = this.#options;
    const { metadata } = record;
    const started = performance.now();
    if (grant) metadata.token = grant.token;
    const bytes = await record.serialize();
    const key = metadata.storageKey;
    const { etag } = await this.#write(key, bytes, { ...conditions, grant, metadata });
    metadata.etag = etag;
    record.isPersisted = true;
    this.remember(record);
    changes?.post([key]);
    emit?.({ type: "write", key, size: metadata.size!, duration: performance.now() - started });
  }

  async #write(key: string, bytes: Uint8Array, options: StorageWriteOptions): Promise<{ etag: string }> {
    const { resultStorage, now } = this.#options;
    const { maxRecordBytes = Infinity } = resultStorage.capabilities;
    if (bytes.length > maxRecordBytes) {
      const message = `The record "${key}" has ${bytes.length} bytes; ${resultStorage.type} takes at most ${maxRecordBytes}`;
      throw new StorageError(message, { key });
    }
    const write = () => raceSignal(resultStorage.write(key, bytes, options), options.signal);
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StorageQuotaError) || !resultStorage.sweep) throw error;
      const { expired, evicted } = await resultStorage.sweep({ now: now(), freeBytes: bytes.length });
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

  /** Lets a record that is read from now on into memory, unless something changes meanwhile. */
  #gate(): (record: ResultRecord) => ResultRecord {
    const { cache, now } = this.#options;
    const changes = this.#changes;
    return (record) => {
      const current = this.#remembers && changes === this.#changes && record.isReadable;
      if (current && !isExpired(record.metadata, now())) cache.set(record.metadata.storageKey, record);
      return record;
    };
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
