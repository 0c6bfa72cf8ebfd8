import { isGone } from "../../core/record/is-expired.ts";
import { mapConcurrently } from "../../core/support/map-concurrently.ts";
import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import type * as Contract from "../../core/storages/result-storage.ts";
import { ConfigurationError, PreconditionFailedError, StaleLockError } from "../../errors/index.ts";
import { concurrentCalls } from "../bindings/binding-calls.ts";
import type { R2Binding, R2Head } from "../bindings/bindings.ts";
import { readMetadata, tryMetadata } from "./r2-heads.ts";
import { listObjects, walkObjects } from "./r2-lists.ts";
import { deleteRecord } from "./r2-deletion.ts";
import { etagOf, isRecord, notesOf, parseEtag, tombstone, toObject, withoutSalt, withSalt } from "./r2-object.ts";
import { R2Objects, type Change } from "./r2-objects.ts";
import { R2Sweep } from "./r2-sweep.ts";

export interface R2StorageOptions {
  /** The binding of a bucket that contains records only. */
  bucket: R2Binding;
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

  constructor({ bucket }: R2StorageOptions) {
    if (typeof bucket?.put !== "function") {
      throw new ConfigurationError("R2Storage needs the binding of a bucket: { bucket: env.RESULTS_R2 }");
    }
    this.#objects = new R2Objects(bucket);
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
    const { grant, signal, ifMatch, ifNoneMatch } = options;
    signal?.throwIfAborted();
    const quick = ifMatch === undefined && !ifNoneMatch && (await this.#writeOverFound(key, bytes, options));
    if (quick) return { etag: etagOf(quick) };
    const written = await this.#objects.change(
      key,
      () => this.#look(key, signal),
      (object) => {
        assertLast(key, grant, object && notesOf(object).token);
        assertConditions(key, options, object);
        return toObject(bytes, options, object ? notesOf(object).token : 0);
      },
      signal,
    );
    return { etag: etagOf(written!) };
  }

  /** Puts without a read, since the caller knows under its lock which object is there. `null` if another object is there. */
  async #writeOverFound(key: string, bytes: Uint8Array, options: Contract.StorageWriteOptions): Promise<R2Head | null> {
    const { grant, found, signal } = options;
    const over = typeof found === "string" ? parseEtag(found) : undefined;
    if (!grant || found === undefined || (found !== null && !over)) return null;
    assertLast(key, grant);
    // the etag of a copy is another's, so only the object itself proves that the lock was taken over
    if (over && over.token > grant.token) return null;
    return this.#objects.put(key, toObject(bytes, options, 0), over?.contentEtag, signal);
  }

  async fence(key: string, grant: LockGrant): Promise<void> {
    const { token } = grant;
    await this.#objects.change(
      key,
      () => this.#objects.get(key),
      (object): Change => {
        const notes = object && notesOf(object);
        assertLast(key, grant, notes?.token);
        if (notes?.token === token) return undefined;
        if (!notes || notes.fence !== undefined) return tombstone(token);
        // the bytes stay as they are; the new salt changes the etag for all earlier readers of the object
        return { body: withSalt(withoutSalt(object.bytes, object)), notes: { ...notes, token, isSalted: true } };
      },
    );
  }

  async delete(key: string): Promise<boolean> {
    return deleteRecord(this.#objects, key);
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
    const expired = await sweep.removeExpired((metadata) => isGone(metadata, now));
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

function assertLast(key: string, grant: LockGrant | undefined, lastToken = 0): void {
  if (!grant || (!grant.signal.aborted && grant.token >= lastToken)) return;
  throw new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
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
