import type { StoreListener } from "../../core/events/store-event.ts";
import type { InvalidationsSince, Judged } from "../../core/invalidation/invalidation-table.ts";
import type { Invalidation, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { stampRecord, withGeneration } from "../../core/record/stamp-record.ts";
import { invalidated } from "../../core/storages/invalidation-log.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { headStorage } from "../../core/storages/storage-fallbacks.ts";
import type { Duration } from "../../core/support/duration.ts";
import { TieredStorage } from "../../core/tiers/tiered-storage.ts";
import { ConfigurationError } from "../../errors/index.ts";
import type { KvBinding, R2Binding } from "../bindings/bindings.ts";
import { needsInvalidations } from "../bindings/find-bindings.ts";
import type { InvalidationNamespaceBinding } from "../bindings/invalidation-namespace.ts";
import { waitUntilInRequest } from "../bindings/platform.ts";
import { DurableObjectInvalidations } from "../durable-objects/durable-object-invalidations.ts";
import { KvStorage } from "../kv/kv-storage.ts";
import { R2Storage } from "../r2/r2-storage.ts";

/** The options of `EdgeStorage`. */
export interface EdgeStorageOptions {
  /** A namespace for copies. Without `r2` it keeps the records, eventually consistent. */
  kv?: KvBinding | undefined;
  /** A bucket for the records. */
  r2?: R2Binding | undefined;
  /** The Durable Objects that keep invalidations of prefixes, tags and `"all"`. Without them only keys can be invalidated. */
  invalidations?: InvalidationNamespaceBinding | undefined;
  /** Copies nearer than KV: a `CacheApiStorage`. Default: none. */
  dataCenterCopies?: Contract.ResultStorage | undefined;
  /** Records with more bytes are not copied. Default: 1 MiB. */
  maxCopyBytes?: number | undefined;
  /** The longest life of a copy in KV, at least a minute. Default: an hour. */
  copyTtl?: Duration | undefined;
  /** Keeps the Worker alive while copies are made. Default: the request's own `waitUntil`. */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /** Called with an event for each copy that could not be made. */
  onEvent?: StoreListener | undefined;
}

/**
 * Keeps the records of a Worker: R2 holds the truth, KV fast copies of short records. With one of the two bindings, it uses
 * that one alone. Throws `ConfigurationError` without any.
 *
 * An isolate learns within five seconds that a prefix, tags or all records were invalidated. A caller that waited for a
 * lock learns it at once.
 *
 * @example
 * ```ts
 * const storage = new EdgeStorage({ kv: env.RESULTS_KV, r2: env.RESULTS_R2 });
 * const store = createResultStore({ resultStorage: storage });
 * ```
 */
export class EdgeStorage extends TieredStorage {
  override readonly type = "edge";
  readonly #invalidations: DurableObjectInvalidations | undefined;
  readonly #waitUntil: (promise: Promise<unknown>) => void;

  constructor(options: EdgeStorageOptions) {
    const { kv, r2, dataCenterCopies, maxCopyBytes = 2 ** 20, copyTtl = "1h" } = options;
    const { waitUntil = waitUntilInRequest, onEvent } = options;
    const tiers: Contract.ResultStorage[] = [];
    if (dataCenterCopies) tiers.push(dataCenterCopies);
    if (kv) tiers.push(new KvStorage({ namespace: kv, copyTtl }));
    const shared = options.invalidations && DurableObjectInvalidations.of(options.invalidations);
    const isDeleted = shared && ((record: Judged) => shared.judgeAsKnown(record)?.mode === "delete");
    if (r2) tiers.push(new R2Storage({ bucket: r2, isDeleted }));
    if (!kv && !r2) {
      throw new ConfigurationError(
        'EdgeStorage needs a binding: kv, r2 or both. In wrangler.toml: [[kv_namespaces]] binding = "RESULTS_KV", [[r2_buckets]] binding = "RESULTS_R2"',
      );
    }
    super({ tiers, maxCopyBytes, waitUntil, onEvent });
    this.#waitUntil = waitUntil;
    this.#invalidations = shared;
    if (shared) this.judge = (metadata, { fresh }) => shared.judge(metadata, fresh);
  }

  /** As far as this isolate knows. Absent without the binding. */
  override get generation(): number | undefined {
    return this.#invalidations?.latest;
  }

  /** Absent without the binding. */
  override async invalidationsSince(number: number): Promise<InvalidationsSince | undefined> {
    return this.#invalidations?.log(number);
  }

  /** See `ResultStorage.head`. */
  override async head(key: string, options?: Contract.StorageReadOptions): Promise<Contract.StoredHead | undefined> {
    const head = await super.head(key, options);
    if (!head) await this.#refresh();
    return head;
  }

  /** See `ResultStorage.read`. */
  override async read(key: string, options?: Contract.StorageReadOptions): Promise<Contract.StoredRecord | undefined> {
    const stored = await super.read(key, options);
    if (!stored) await this.#refresh();
    return stored;
  }

  /** Nothing is judged where there is no record, and pages learn of invalidations by each answer. */
  async #refresh(): Promise<void> {
    await this.#invalidations?.refresh()?.catch(() => {});
  }

  override async begin(key: string, options?: Contract.StorageBeginOptions): Promise<string> {
    const [, place] = await Promise.all([this.#invalidations?.refresh(), super.begin(key, options)]);
    return `${this.generation ?? 0} ${place}`;
  }

  /** Stamps the record with the number of the last invalidation before its value began, or before a write by hand. */
  override async write(
    key: string,
    bytes: Uint8Array,
    options: Contract.StorageWriteOptions,
  ): Promise<Contract.StorageWriteResult> {
    const { since, metadata } = options;
    const [began, place] = since?.split(/ (.*)/s) ?? [];
    const shared = this.#invalidations;
    if (!shared) return super.write(key, bytes, { ...options, since: place });
    const generation =
      began === undefined ? await shared.lastNumber() : await this.#generationOf(key, metadata, began, shared);
    // a client could have put a larger one into the head
    const kept = stampRecord(bytes, key, generation);
    const stamped = withGeneration(metadata, generation);
    const written = await super.write(key, kept, { ...options, metadata: stamped, since: place });
    return { ...written, bytes: kept };
  }

  /** That of a computed value. Throws `InvalidatedError` if a later invalidation covers it. */
  async #generationOf(
    key: string,
    { tags, generation: claimed = Infinity }: ResultRecordMetadata,
    began: string,
    shared: DurableObjectInvalidations,
  ): Promise<number> {
    await shared.refresh(tags, true);
    // a client could invent a larger one, or none at all
    const generation = Math.min(/^\d+$/.test(began) ? Number(began) : 0, claimed, shared.latest);
    if (shared.judgeAsKnown({ storageKey: key, tags, generation })) throw invalidated(key);
    return generation;
  }

  override async invalidate(target: InvalidationTarget, options: Contract.StorageInvalidateOptions): Promise<void> {
    if (target !== "all" && "keys" in target) {
      await super.invalidate(target, options);
      await this.#note(target, options.mode);
    } else if (this.#invalidations) await this.#note(target, options.mode);
    else throw needsInvalidations();
  }

  /** See `ResultStorage.delete`. */
  override async delete(key: string, options?: Contract.StorageDeleteOptions): Promise<boolean> {
    const isDeleted = await super.delete(key, options);
    await this.#note({ keys: [key] }, "delete");
    return isDeleted;
  }

  /** See `ResultStorage.deleteMany`. */
  override async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    const deleted = await super.deleteMany(keys);
    await this.#note({ keys }, "delete");
    return deleted;
  }

  /** Without `invalidations`, a value whose computation found no record may still be kept afterwards. */
  override async clear(): Promise<void> {
    await this.#note("all", "delete");
    await super.clear();
  }

  /** That of a record that is still there may also be one of its tags. */
  override async lastInvalidation(
    key: string,
    { known }: Contract.LastInvalidationOptions = {},
  ): Promise<Invalidation | undefined> {
    if (known) return this.#invalidations?.judgeAsKnown({ storageKey: key });
    const head = this.#invalidations && (await headStorage(this, key).catch(() => undefined));
    return this.#invalidations?.last(key, head?.metadata.tags);
  }

  async #note(target: InvalidationTarget, mode: Contract.StorageInvalidateOptions["mode"]): Promise<void> {
    await this.#invalidations?.note(target, mode, this.#waitUntil);
  }
}
