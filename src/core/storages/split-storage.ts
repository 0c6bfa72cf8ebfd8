import { createLRU } from "lru.min";
import {
  AccessDeniedError,
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  InvalidatedError,
  PreconditionFailedError,
  StaleLockError,
  StorageQuotaError,
} from "../../errors/index.ts";
import { bodyStartOf } from "../record/record-format.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import { NullStorage } from "./null-storage.ts";
import type * as Contract from "./result-storage.ts";
import { bodyKey, bodyPrefix, decodePlacedHead, encodePlacedHead, newBodyId } from "./split-head.ts";
import { bodyIdsOf, sweepSplit } from "./split-sweep.ts";
import { clearStorage, deleteManyFrom, headStorage, listStorage, readManyFrom } from "./storage-fallbacks.ts";

/** The options of `SplitStorage`. */
export interface SplitStorageOptions {
  /** Keeps the heads under the records' keys. Operations without a result use it alone. */
  metadata: Contract.ResultStorage;
  /** Keeps the bodies, each under an id of its own. */
  results: Contract.ResultStorage;
}

/** The type of an optional method. */
type Optional<Name extends keyof Contract.ResultStorage> = NonNullable<Contract.ResultStorage[Name]>;

/** Errors that refuse a write for certain: no part of it was done. */
const refusals = [
  PreconditionFailedError,
  StaleLockError,
  InvalidatedError,
  StorageQuotaError,
  AccessDeniedError,
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
];

/** How often a head is read again if another writer replaces it during the read. */
const maxReads = 5;
/** The number of records whose body ids are remembered. */
const rememberedBodies = 1_000;

const known = new WeakMap<Contract.ResultStorage, WeakMap<Contract.ResultStorage, SplitStorage>>();

/**
 * Keeps records in two parts: the metadata under their keys in one storage, the serialized results alone in another.
 *
 * The metadata is written after the result, and completes the record, so half a write is no record. Conditions, locks and
 * etags are those of the metadata storage. If a result is gone, so is its record, though `exists` and `list`, which read the
 * metadata alone, may still report it. `sweep` deletes the metadata of evicted results. A damaged result is a damaged
 * record. The body of a write that was interrupted between the two stays until it expires.
 *
 * Both storages have to accept any bytes: an `HttpStorage` accepts whole records only, and refuses these. If the metadata
 * storage is eventually consistent, the previous result is kept too, for readers of the previous metadata.
 *
 * @example
 * ```ts
 * const storage = new SplitStorage({ metadata: new MemoryStorage(), results: slowStorage });
 * const store = createResultStore({ resultStorage: storage });
 * ```
 */
export class SplitStorage implements Contract.ResultStorage {
  readonly type = "split";
  // present if the metadata storage has them
  readonly fence?: Optional<"fence">;
  readonly begin?: Optional<"begin">;
  readonly judge?: Optional<"judge">;
  readonly lastInvalidation?: Optional<"lastInvalidation">;
  readonly invalidate?: Optional<"invalidate">;
  /** Keeps the heads. */
  readonly metadata: Contract.ResultStorage;
  /** Keeps the bodies. */
  readonly results: Contract.ResultStorage;
  /** Body ids by key, to notify the result storage of records that are used without being read. */
  readonly #bodies = createLRU<string, string>({ max: rememberedBodies });

  /**
   * Returns the same instance for the same two storages, so that all stores that share them share its knowledge of bodies. A
   * `NullStorage` on either side keeps no part, so whole records go to `results`.
   */
  static of({ metadata, results }: SplitStorageOptions): Contract.ResultStorage {
    if (metadata instanceof NullStorage || results instanceof NullStorage) return results;
    const byResults = known.get(metadata) ?? new WeakMap<Contract.ResultStorage, SplitStorage>();
    known.set(metadata, byResults);
    const storage = byResults.get(results) ?? new SplitStorage({ metadata, results });
    byResults.set(results, storage);
    return storage;
  }

  constructor({ metadata, results }: SplitStorageOptions) {
    this.metadata = metadata;
    this.results = results;
    for (const name of ["fence", "judge", "lastInvalidation"] as const) {
      if (metadata[name]) Object.assign(this, { [name]: metadata[name].bind(metadata) });
    }
    if (metadata.begin) this.begin = (key, options) => this.#begin(metadata, key, options);
    if (metadata.invalidate) this.invalidate = (target, options) => this.#invalidate(target, options);
  }

  /** Conditions are those of the metadata storage, the maximum size is that of the result storage. */
  get capabilities(): Contract.ResultStorageCapabilities {
    const [metadata, results] = [this.metadata.capabilities, this.results.capabilities];
    const isStrong = metadata.consistency === "strong" && results.consistency === "strong";
    return {
      consistency: isStrong ? "strong" : "eventual",
      conditionalWrites: metadata.conditionalWrites,
      ...(results.maxRecordBytes !== undefined && { maxRecordBytes: results.maxRecordBytes }),
    };
  }

  get local(): Contract.ResultStorage | undefined {
    const { metadata, results } = this;
    if (!metadata.local && !results.local) return undefined;
    return SplitStorage.of({ metadata: metadata.local ?? metadata, results: results.local ?? results });
  }

  async assertUsable(): Promise<void> {
    await Promise.all(this.#both.map(async (storage) => storage.assertUsable?.()));
  }

  async read(key: string, options: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    return this.#resolve(key, await this.metadata.read(key, options), options);
  }

  /** The whole record for `stored`, which is a record or its head. A head without a body was replaced in the meantime, or its body is gone. */
  async #resolve(
    key: string,
    stored: Contract.StoredRecord | undefined,
    options: Contract.StorageReadOptions,
  ): Promise<Contract.StoredRecord | undefined> {
    let current = stored;
    for (let reads = 1; current; reads++) {
      const placed = decodePlacedHead(current.bytes);
      if (!placed) return current;
      const [id] = placed.ids as [string];
      const body = await this.results.read(bodyKey(id), bodyReadOptions(id, current, options));
      if (body) {
        this.#bodies.set(key, id);
        return join(placed.head, current, { ...body, from: body.from ?? this.results.type });
      }
      const again = reads < maxReads ? await this.metadata.read(key, { ...options, fresh: true }) : undefined;
      current = again?.etag === current.etag ? undefined : again;
    }
    return undefined;
  }

  async readMany(
    keys: readonly string[],
    options: Contract.StorageReadOptions = {},
  ): Promise<(Contract.StoredRecord | undefined)[]> {
    const heads = await readManyFrom(this.metadata, keys, options);
    const placed = heads.map((head) => head && decodePlacedHead(head.bytes));
    const ids = [...new Set(placed.flatMap((each) => each?.ids[0] ?? []))];
    const bodies = await readManyFrom(this.results, ids.map(bodyKey), { signal: options.signal });
    const found = new Map(ids.map((id, index) => [id, bodies[index]]));
    return Promise.all(
      keys.map(async (key, index) => {
        const [head, place] = [heads[index], placed[index]];
        const body = place && found.get(place.ids[0]!);
        if (!head || !body) return this.#resolve(key, head, options);
        this.#bodies.set(key, place.ids[0]!);
        return join(place.head, head, { ...body, from: body.from ?? this.results.type });
      }),
    );
  }

  async head(key: string, options?: Contract.StorageReadOptions): Promise<Contract.StoredHead | undefined> {
    return headStorage(this.metadata, key, options);
  }

  /** Writes the body, then the head, which completes the record, and then deletes the old bodies. Bytes that are no record stay in one piece. */
  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { signal, found } = options;
    signal?.throwIfAborted();
    const bodyStart = bodyStartOf(bytes);
    const id = bodyStart === undefined ? undefined : newBodyId();
    const [before] = await Promise.all([
      found === null ? [] : bodyIdsOf(this.metadata, { keys: [key] }),
      id === undefined ? undefined : this.#writeBody(id, bytes.subarray(bodyStart), options),
    ]);
    const kept = this.metadata.capabilities.consistency === "eventual" && id !== undefined ? before.slice(0, 1) : [];
    const head =
      id === undefined ? bytes : encodePlacedHead({ head: bytes.subarray(0, bodyStart), ids: [id, ...kept] });
    try {
      const written = await this.metadata.write(key, head, options);
      if (id === undefined) this.#bodies.delete(key);
      else this.#bodies.set(key, id);
      await this.#drop(before.filter((each) => !kept.includes(each)));
      return written;
    } catch (error) {
      // after any other error the head may have been written, or may still be
      if (id !== undefined && refusals.some((Refusal) => error instanceof Refusal)) await this.#drop([id]);
      throw error;
    }
  }

  /** A head without its body reads as no record, so the value may replace it. */
  async #begin(metadata: Contract.ResultStorage, key: string, options: Contract.StorageBeginOptions = {}) {
    const { found, signal } = options;
    const head = found === null ? await this.head(key, { signal }) : undefined;
    const isAlone = head !== undefined && (await this.read(key, { signal })) === undefined;
    return metadata.begin!(key, isAlone ? { ...options, found: head.etag } : options);
  }

  async #writeBody(id: string, body: Uint8Array, { metadata, signal }: Contract.StorageWriteOptions): Promise<void> {
    const key = bodyKey(id);
    await this.results.write(key, body, { metadata: { ...metadata, storageKey: key }, etag: id, signal });
  }

  /** Deletes bodies without references. The caller's work is done, so failures are ignored. */
  async #drop(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await deleteManyFrom(this.results, ids.map(bodyKey)).catch(() => {});
  }

  async delete(key: string, options?: Contract.StorageDeleteOptions): Promise<boolean> {
    const ids = await bodyIdsOf(this.metadata, { keys: [key] });
    const isDeleted = await this.metadata.delete(key, options);
    this.#bodies.delete(key);
    await this.#drop(ids);
    return isDeleted;
  }

  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    const ids = await bodyIdsOf(this.metadata, { keys });
    const deleted = await deleteManyFrom(this.metadata, keys);
    for (const key of keys) this.#bodies.delete(key);
    await this.#drop(ids);
    return deleted;
  }

  /** Expires or deletes heads, and deletes the bodies of deleted heads. */
  async #invalidate(target: InvalidationTarget, options: Contract.StorageInvalidateOptions): Promise<void> {
    const isDeletion = options.mode === "delete";
    const ids = isDeletion && target !== "all" ? await bodyIdsOf(this.metadata, target) : [];
    await this.metadata.invalidate!(target, options);
    if (isDeletion) this.#bodies.clear();
    if (isDeletion && target === "all" && this.results !== this.metadata) await clearStorage(this.results);
    await this.#drop(ids);
  }

  /** Leaves out bodies, which may be in the same storage and are no records of the caller. */
  async list({ limit = 1_000, ...options }: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    const page: Contract.StorageListPage = { records: [] };
    let { cursor } = options;
    do {
      const more = await listStorage(this.metadata, { ...options, cursor, limit: limit - page.records.length });
      page.records.push(...more.records.filter(({ storageKey }) => !storageKey.startsWith(bodyPrefix)));
      cursor = more.cursor;
    } while (cursor !== undefined && page.records.length < limit);
    return cursor === undefined ? page : { ...page, cursor };
  }

  noteUse(key: string): void {
    this.metadata.noteUse?.(key);
    const id = this.#bodies.get(key);
    if (id !== undefined) this.results.noteUse?.(bodyKey(id));
  }

  /** Sweeps both storages. It makes room by deleting the oldest records. A budget of the result storage counts results alone. */
  async sweep(options: Contract.StorageSweepOptions): Promise<Contract.SweepResult> {
    return sweepSplit({ whole: this, metadata: this.metadata, results: this.results }, options);
  }

  async clear(): Promise<void> {
    this.#bodies.clear();
    for (const storage of this.#both) await clearStorage(storage);
  }

  async close(): Promise<void> {
    await Promise.all(this.#both.map(async (storage) => storage.close?.()));
  }

  /** The metadata storage comes first: without it there are no records. */
  get #both(): Contract.ResultStorage[] {
    return [...new Set([this.metadata, this.results])];
  }
}

/** Options that wait for a body that is known to be written, in a storage that may show it late. */
function bodyReadOptions(
  id: string,
  head: Contract.StoredRecord,
  { signal, fresh, committed }: Contract.StorageReadOptions,
) {
  return committed !== undefined && head.etag === committed ? { signal, committed: id } : { signal, fresh };
}

function join(
  head: Uint8Array,
  { etag, isCopy }: Contract.StoredRecord,
  body: Contract.StoredRecord,
): Contract.StoredRecord {
  const bytes = new Uint8Array(head.length + body.bytes.length);
  bytes.set(head);
  bytes.set(body.bytes, head.length);
  const isCopied = isCopy || body.isCopy;
  return { bytes, etag, ...(isCopied && { isCopy: true }), from: body.from };
}
