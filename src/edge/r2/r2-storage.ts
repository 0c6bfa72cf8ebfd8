import { isGone } from "../../core/record/is-expired.ts";
import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import type { InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { ConfigurationError, PreconditionFailedError } from "../../errors/index.ts";
import { concurrentCalls } from "../bindings/binding-calls.ts";
import type { R2Binding, R2Head } from "../bindings/bindings.ts";
import { needsInvalidations } from "../bindings/find-bindings.ts";
import { readMetadata, tryMetadata } from "./r2-heads.ts";
import { listObjects, walkObjects } from "./r2-lists.ts";
import { deleteRecord } from "./r2-deletion.ts";
import { etagOf, isRecord, notesOf, parseEtag, toObject, withoutSalt } from "./r2-object.ts";
import { R2Objects } from "./r2-objects.ts";
import { assertUnchanged, placeOf, placeOfEtag, placeUnderLock } from "./r2-place.ts";
import { R2Sweep } from "./r2-sweep.ts";
import { fenceObject, supersede } from "./r2-takeover.ts";

/** The options of `R2Storage`. */
export interface R2StorageOptions {
  /** The binding of a bucket that contains records only. */
  bucket: R2Binding;
  /** Whether a record is known to be deleted by an invalidation, so that a sweep removes it. */
  isDeleted?: ((metadata: ResultRecordMetadata) => boolean) | undefined;
}

/**
 * Keeps records in an R2 bucket, one object for each record. It is strongly consistent and has conditional writes. The
 * fencing token of an object refuses late writers. Throws `ConfigurationError` without a bucket.
 *
 * `clear` also deletes the tokens that refuse late writers, so call it while nobody computes.
 *
 * @example
 * ```ts
 * const store = createResultStore({ resultStorage: new R2Storage({ bucket: env.RESULTS_R2 }) });
 * ```
 */
export class R2Storage implements Contract.ResultStorage {
  readonly type = "r2";
  /** R2 accepts 5 GiB in one put, but a Worker has 128 MB, and a write keeps the record in memory twice. */
  readonly capabilities = { consistency: "strong", conditionalWrites: true, maxRecordBytes: 50_000_000 } as const;
  readonly #objects: R2Objects;
  readonly #isDeleted: (metadata: ResultRecordMetadata) => boolean;

  constructor({ bucket, isDeleted = () => false }: R2StorageOptions) {
    if (typeof bucket?.put !== "function") {
      throw new ConfigurationError("R2Storage needs the binding of a bucket: { bucket: env.RESULTS_R2 }");
    }
    this.#objects = new R2Objects(bucket);
    this.#isDeleted = isDeleted;
  }

  async read(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    const object = await this.#objects.get(key, { signal });
    if (!object || !isRecord(object)) return undefined;
    return { bytes: withoutSalt(object.bytes, object), etag: etagOf(object) };
  }

  async readMany(
    keys: readonly string[],
    options?: Contract.StorageReadOptions,
  ): Promise<(Contract.StoredRecord | undefined)[]> {
    return mapConcurrently(keys, concurrentCalls, (key) => this.read(key, options));
  }

  async head(key: string, { signal }: Contract.StorageReadOptions = {}): Promise<Contract.StoredHead | undefined> {
    const object = await this.#objects.head(key, signal);
    if (!object || !isRecord(object)) return undefined;
    return { metadata: await readMetadata(this.#objects, object, signal), etag: etagOf(object) };
  }

  async write(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<{ etag: string }> {
    const { signal, ifMatch, ifNoneMatch } = options;
    signal?.throwIfAborted();
    const quick = ifMatch === undefined && !ifNoneMatch && (await this.#writeOverFound(key, bytes, options));
    if (quick) return { etag: etagOf(quick) };
    const written = await this.#objects.change(
      key,
      () => this.#look(key, signal),
      (object) => {
        assertUnchanged(key, options, object);
        assertConditions(key, options, object);
        return toObject(bytes, options, object && notesOf(object));
      },
      signal,
    );
    return { etag: etagOf(written!) };
  }

  /** Puts without a read, since the caller knows under its lock which object is there. `null` if another object is there. */
  async #writeOverFound(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<R2Head | null> {
    const { grant, found, signal } = options;
    const over = typeof found === "string" ? parseEtag(found) : undefined;
    if (!grant || grant.signal.aborted || found === undefined || (found !== null && !over)) return null;
    // the etag of a copy is another's, so only the object itself proves that the lock was taken over
    if (over && over.token > grant.token) return null;
    return this.#objects.put(key, toObject(bytes, options), over?.contentEtag, signal);
  }

  async fence(key: string, grant: LockGrant): Promise<void> {
    await fenceObject(this.#objects, key, grant);
  }

  /** Under a grant, the fencing token is the place. */
  async begin(key: string, options: Contract.StorageBeginOptions = {}): Promise<string> {
    const { grant, found, replaces, signal } = options;
    if (grant) return placeUnderLock;
    if (replaces) return placeOf(await supersede(this.#objects, key));
    const known = placeOfEtag(found);
    const object = known ? undefined : await this.#look(key, signal);
    // the caller found no record, so its value must not replace one that was written since
    if (found === null && object && isRecord(object)) return placeOf(undefined);
    return known ?? placeOf(object);
  }

  /** Only keys can be invalidated: R2 alone keeps no list of invalidations. Rejects with `ConfigurationError` for other targets. */
  async invalidate(target: InvalidationTarget, options: Contract.StorageInvalidateOptions): Promise<void> {
    const { mode, now, tokens } = options;
    if (target === "all" || !("keys" in target)) throw needsInvalidations();
    await mapConcurrently(target.keys, concurrentCalls, async (key) => {
      const token = tokens?.get(key);
      if (mode === "delete") await this.delete(key, { token });
      else await supersede(this.#objects, key, { token, expireAt: now });
    });
  }

  async delete(key: string, options?: Contract.StorageDeleteOptions): Promise<boolean> {
    return deleteRecord(this.#objects, key, options);
  }

  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    return mapConcurrently(keys, concurrentCalls, (key) => this.delete(key));
  }

  async list(options: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    return listObjects(this.#objects, options, async (object) => {
      const metadata = isRecord(object) ? await tryMetadata(this.#objects, object, options.signal) : undefined;
      return metadata && { ...metadata, etag: etagOf(object) };
    });
  }

  /** Also deletes fences and the remains of deleted records, a day after they were put. */
  async sweep({ now, freeBytes = 0, onDelete }: Contract.StorageSweepOptions): Promise<Contract.SweepResult> {
    const sweep = new R2Sweep(this.#objects, { now, onDelete });
    const expired = await sweep.removeExpired((metadata) => isGone(metadata, now) || this.#isDeleted(metadata));
    return { expired, evicted: await sweep.free(freeBytes) };
  }

  async clear(): Promise<void> {
    for await (const page of walkObjects(this.#objects, {})) {
      if (page.length > 0) await this.#objects.deleteOnce(page.map(({ key }) => key));
    }
  }

  async #look(key: string, signal?: AbortSignal): Promise<R2Head | undefined> {
    return (await this.#objects.head(key, signal)) ?? undefined;
  }
}

function assertConditions(
  key: string,
  { ifMatch, ifNoneMatch }: Contract.StorageWriteOptions,
  object: R2Head | undefined,
): void {
  const present = object && isRecord(object) ? etagOf(object) : undefined;
  if (!(ifNoneMatch && present !== undefined) && (ifMatch === undefined || ifMatch === present)) return;
  throw new PreconditionFailedError(`The record "${key}" is not the one that the write asked for`, { key });
}
