import {
  AccessDeniedError,
  ConfigurationError,
  CorruptRecordError,
  InvalidArgumentError,
  InvalidatedError,
  StaleLockError,
  StorageError,
  StorageQuotaError,
  StorageUnreachableError,
} from "../../errors/index.ts";
import { BackgroundWork } from "../concurrency/background-work.ts";
import { guardListener, type StoreListener, tellUnkept } from "../events/store-event.ts";
import { isGone } from "../record/is-expired.ts";
import type { Invalidation, InvalidationTarget } from "../invalidation/invalidation.ts";
import type { InvalidationsSince } from "../invalidation/invalidation-table.ts";
import type { InFlightOperation } from "../concurrency/in-flight.ts";
import { tryHead } from "../record/try-head.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { LockGrant } from "../locks/result-lock-manager.ts";
import { invalidateIn } from "../storages/invalidate-in.ts";
import type * as Contract from "../storages/result-storage.ts";
import { clearStorage, headStorage, listStorage, sweepStorage } from "../storages/storage-fallbacks.ts";
import { Copies } from "./tiered-copies.ts";
import { joinPlaces, type NearPlaces, placeInTruth, type Places, splitPlaces } from "./tiered-places.ts";
import { forTruth, isNearOnly } from "./tiered-grants.ts";
import { TieredQueue } from "./tiered-queue.ts";
import { Uploads } from "./tiered-uploads.ts";
import { assertTieredWrites, type TieredWrites } from "./tiered-writes.ts";

/** The options of `TieredStorage`. */
export interface TieredStorageOptions {
  /** The storages from near to far. The last one holds the truth, the others keep copies. */
  tiers: readonly Contract.ResultStorage[];
  /**
   * `"through"` (default): a write is done once the truth has it. `"behind"`: a write is done once the nearest tier has it;
   * the truth follows, unless the write has a condition. A later failure is a `write-error` event, and a caller that waits for
   * a lock may not see the write yet.
   */
  writes?: TieredWrites | undefined;
  /** Records with more bytes are kept by the truth alone. Default: no limit but the tiers' own. */
  maxCopyBytes?: number | undefined;
  /** Keeps the runtime alive while copies are made, as `ctx.waitUntil` of a Worker does. */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /** Called with `offline`, `online` and `write-error` events. */
  onEvent?: StoreListener | undefined;
}

/** The answers of a server that takes a request for a bad one. */
const refusals = [AccessDeniedError, CorruptRecordError, InvalidArgumentError];

/**
 * Combines several storages. Reads use the nearest copy, and records found further away are copied nearer. Writes go to the
 * last tier with all their conditions, then to the copies. While the last tier can't be reached, reads return copies.
 * Writes without conditions then go to the copies, and to the last tier once it answers. If the last tier has no room, or refuses
 * a write under a lock, the copies keep the record, with a `write-error` event. Throws `ConfigurationError` without tiers.
 *
 * @example
 * ```ts
 * const storage = new TieredStorage({ tiers: [new MemoryStorage(), slowStorage] });
 * const store = createResultStore({ resultStorage: storage });
 * ```
 */
export class TieredStorage implements Contract.ResultStorage {
  readonly type: string = "tiered";
  /** Present if the truth has it. */
  readonly fence?: (key: string, grant: LockGrant) => Promise<void>;
  /** Present if the truth has it. */
  judge?: NonNullable<Contract.ResultStorage["judge"]>;
  readonly #truth: Contract.ResultStorage;
  readonly #tiers: readonly Contract.ResultStorage[];
  readonly #copies: Copies;
  readonly #uploads: Uploads;
  readonly #isBehind: boolean;
  /** Tells that the truth won't have a record, although a copy may be kept. */
  readonly #onLost: (key: string, error: unknown) => void;
  readonly #background: BackgroundWork;
  /** Writes that are made behind. Later operations wait for them. */
  readonly #queue: TieredQueue;

  constructor({ tiers, writes = "through", maxCopyBytes = Infinity, waitUntil, onEvent }: TieredStorageOptions) {
    const truth = tiers?.at(-1);
    if (!truth) throw new ConfigurationError("A TieredStorage needs at least one tier: { tiers: [near, truth] }");
    assertTieredWrites(writes);
    this.#tiers = [...tiers];
    this.#truth = truth;
    const listener = onEvent && guardListener(onEvent);
    const emit = listener ?? (() => {});
    this.#onLost = (key, error) => tellUnkept(listener, key, error);
    const judge = (metadata: ResultRecordMetadata, signal?: AbortSignal) =>
      this.judge?.(metadata, { signal, isCopy: true });
    this.#copies = new Copies({ tiers: tiers.slice(0, -1), maxCopyBytes, emit, judge });
    this.#uploads = new Uploads({
      truth,
      emit,
      onLost: this.#onLost,
      isNearby: (original) => this.#copies.has(original),
      onUpload: (original, etag) => this.#copies.reetag(original, etag),
      onConflict: (key) => this.#copyAnew(key),
    });
    this.#isBehind = writes === "behind" && tiers.length > 1;
    this.#background = new BackgroundWork(waitUntil);
    this.#queue = new TieredQueue(this.#background);
    if (truth.judge) this.judge = (metadata, options) => truth.judge!(metadata, options);
    if (truth.fence)
      this.fence = (key, grant) =>
        this.#ask(async (last) => (isNearOnly(grant) ? undefined : last.fence?.(key, grant)));
  }

  /** The capabilities of the truth while it can be reached. With `"behind"`, a late writer is refused only after its write was answered. */
  get capabilities(): Contract.ResultStorageCapabilities {
    const { capabilities } = this.#truth;
    if (this.#isBehind) return { ...capabilities, consistency: "eventual", conditionalWrites: false };
    return this.#uploads.isOffline ? { ...capabilities, consistency: "eventual" } : capabilities;
  }

  async read(key: string, options: Contract.StorageReadOptions = {}): Promise<Contract.StoredRecord | undefined> {
    const { signal, fresh, committed } = options;
    return this.#copies.track(key, async (operation) => {
      const mayCopy = committed !== undefined || !fresh;
      const copy = mayCopy ? await this.#copies.find(key, { signal, committed }) : undefined;
      if (copy) {
        this.#refill(key, copy.stored, this.#copies.lacking(copy.index, options), operation);
        return copy.stored;
      }
      try {
        // until then the truth has an older record than the copies that it would replace
        await this.#queue.settle([key]);
        const places = await this.#copies.begin(key, { signal });
        const stored = await this.#ask((truth) => truth.read(key, options));
        if (stored) this.#refill(key, stored, this.#copies.lacking(this.#copies.count, options), operation, places);
        return stored && { ...stored, from: stored.from ?? this.#truth.type };
      } catch (error) {
        this.#assertCopies(error, AccessDeniedError);
        const found = await this.#copies.find(key, { signal, mayBeExpired: true });
        // a refusal doesn't say whether there is a record
        if (!found && error instanceof AccessDeniedError) throw error;
        return found?.stored;
      }
    });
  }

  async head(key: string, options: Contract.StorageReadOptions = {}): Promise<Contract.StoredHead | undefined> {
    return this.#askOrNearest(
      () => true,
      (tier) => headStorage(tier, key, options),
    );
  }

  /** The places in all tiers. While the truth can't be reached, a computation goes on without its place there. */
  async begin(key: string, options: Contract.StorageBeginOptions = {}): Promise<string> {
    // a write that is on its way began earlier
    await this.#queue.settle([key]);
    const near = await this.#copies.begin(key, options);
    try {
      return joinPlaces({ near, truth: await this.#ask(async (truth) => truth.begin?.(key, forTruth(options))) });
    } catch (error) {
      this.#assertCopies(error, AccessDeniedError);
      const offline = { ...forTruth(options), offline: true };
      return joinPlaces({ near, truth: await this.#truth.begin?.(key, offline).catch(() => false as const) });
    }
  }

  async write(
    key: string,
    bytes: Uint8Array,
    options: Contract.StorageWriteOptions,
  ): Promise<Contract.StorageWriteResult> {
    const { ifMatch, ifNoneMatch, signal, metadata } = options;
    const places = splitPlaces(options.since);
    signal?.throwIfAborted();
    const hasCondition = ifMatch !== undefined || ifNoneMatch !== undefined;
    if (this.#isBehind && !hasCondition) return this.#writeBehind(key, bytes, options, places);
    try {
      await this.#queue.settle([key]);
      return await this.#writeThrough(key, bytes, options, places);
    } catch (error) {
      if (hasCondition) throw error;
      // a write without a lock is no computed value, so its caller has to know
      this.#assertCopies(error, StorageQuotaError, ...(options.grant ? refusals : []));
      const written = await this.#writeNear(key, bytes, options, places?.near, error);
      if (error instanceof StorageUnreachableError) {
        this.#uploads.add({ key, bytes, metadata, since: places?.truth || undefined, ...written });
      } else this.#onLost(key, error);
      return written;
    }
  }

  #writeThrough(
    key: string,
    bytes: Uint8Array,
    options: Contract.StorageWriteOptions,
    places: Places | undefined,
  ): Promise<Contract.StorageWriteResult> {
    return this.#copies.track(key, async (operation) => {
      const { metadata, grant, signal } = options;
      const since = placeInTruth(places, key);
      const write = (truth: Contract.ResultStorage) => truth.write(key, bytes, { ...forTruth(options), since });
      const written = await this.#change([key], write, signal);
      this.#uploads.forget(key);
      const { etag, bytes: kept = bytes } = written;
      const copy = { key, bytes: kept, metadata, etag };
      await this.#copies.renew({ ...copy, grant: grant?.within, places: places?.near }, operation);
      return written;
    });
  }

  async #writeBehind(
    key: string,
    bytes: Uint8Array,
    options: Contract.StorageWriteOptions,
    places: Places | undefined,
  ): Promise<{ etag: string }> {
    const later = bytes.slice();
    const written = await this.#writeNear(key, bytes, options, places?.near, undefined);
    const { metadata, grant } = options;
    const since = places?.truth || undefined;
    this.#queue.add(key, async () => {
      try {
        placeInTruth(places, key);
        const asWritten = forTruth({ metadata, grant, since, ...written });
        const { etag } = await this.#ask((truth) => truth.write(key, later, asWritten));
        this.#uploads.forget(key);
        await this.#copies.reetag({ key, bytes: later, metadata, ...written }, etag);
      } catch (error) {
        if (error instanceof StorageUnreachableError)
          this.#uploads.add({ key, bytes: later, metadata, since, ...written });
        else this.#onLost(key, error);
      }
    });
    return written;
  }

  /** Writes the nearest tier that accepts it, then the other copies. If none does, rejects with `reason`, or the last tier's error. */
  async #writeNear(
    key: string,
    bytes: Uint8Array,
    { metadata, grant, etag, signal }: Contract.StorageWriteOptions,
    places: NearPlaces | undefined,
    reason: unknown,
  ): Promise<{ etag: string }> {
    const options = { metadata, grant: grant?.within, etag, signal };
    return this.#copies.track(key, async (operation) => {
      let failure = reason;
      for (const [i, tier] of this.#tiers.slice(0, -1).entries()) {
        try {
          const written = await tier.write(key, bytes, { ...options, since: places?.[i] });
          const copy = { key, bytes, metadata, etag: written.etag };
          await this.#copies.renew({ ...copy, grant: grant?.within, places }, operation, tier);
          return { etag: written.etag };
        } catch (error) {
          if (error instanceof StaleLockError || error instanceof InvalidatedError) throw error;
          failure ??= error;
        }
      }
      throw failure;
    });
  }

  /** If the truth can't be reached, it only drops the copies, and rejects. */
  async invalidate(target: InvalidationTarget, options: Contract.StorageInvalidateOptions): Promise<void> {
    await this.#queue.settle();
    let { mode } = options;
    try {
      await this.#ask((truth) => invalidateIn(truth, target, options));
    } catch (error) {
      mode = "delete";
      throw error;
    } finally {
      this.#uploads.forgetCovered(target);
      await this.#copies.invalidate(target, { ...options, mode });
    }
  }

  get generation(): number | undefined {
    return this.#truth.generation;
  }

  async invalidationsSince(number: number): Promise<InvalidationsSince | undefined> {
    return this.#ask(async (truth) => truth.invalidationsSince?.(number));
  }

  /** The truth's, or that of the nearest tier that knows one. */
  async lastInvalidation(key: string, options?: Contract.LastInvalidationOptions): Promise<Invalidation | undefined> {
    for (const tier of this.#tiers.toReversed()) {
      const last = await tier.lastInvalidation?.(key, options).catch(() => undefined);
      if (last) return last;
    }
    return undefined;
  }

  async delete(key: string, options?: Contract.StorageDeleteOptions): Promise<boolean> {
    return this.#delete([key], (truth) => truth.delete(key, options && forTruth(options)));
  }

  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    if (!this.#truth.deleteMany) return Promise.all(keys.map((key) => this.delete(key)));
    return this.#delete(keys, (truth) => truth.deleteMany!(keys));
  }

  /** Copies are dropped even if the truth can't be reached. */
  async #delete<T>(keys: readonly string[], call: (truth: Contract.ResultStorage) => Promise<T>): Promise<T> {
    await this.#queue.settle(keys);
    let deleted: T;
    try {
      deleted = await this.#change(keys, call);
    } catch (error) {
      if (error instanceof StorageUnreachableError) await this.#drop(keys);
      throw error;
    }
    await this.#drop(keys);
    return deleted;
  }

  async #drop(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#uploads.forget(key);
    await Promise.all(keys.map((key) => this.#copies.drop(key)));
  }

  /** Rejects with `ConfigurationError` if the truth can't list. */
  async list(options: Contract.StorageListOptions = {}): Promise<Contract.StorageListPage> {
    return this.#askOrNearest(
      ({ list }) => list !== undefined,
      (tier) => listStorage(tier, options),
    );
  }

  noteUse(key: string): void {
    this.#tiers[0]?.noteUse?.(key);
  }

  /** The result of the truth's sweep, or of the copies' if others sweep the truth. */
  async sweep(options: Contract.StorageSweepOptions): Promise<Contract.SweepResult> {
    const gone: string[] = [];
    const onDelete = (key: string) => void gone.push(key);
    const swept = this.#truth.sweep ? await this.#ask((truth) => truth.sweep!({ ...options, onDelete })) : undefined;
    const sum: Contract.SweepResult = { expired: 0, evicted: 0 };
    for (const tier of this.#tiers.slice(0, -1)) {
      const { expired, evicted } = (await tier.sweep?.(options)) ?? { expired: 0, evicted: 0 };
      sum.expired += expired;
      sum.evicted += evicted;
    }
    await Promise.all(gone.map((key) => this.#copies.dropSwept(key)));
    if (this.#tiers.length === 1) return swept ?? sweepStorage(this.#truth, options);
    for (const key of gone) options.onDelete?.(key);
    return swept ?? sum;
  }

  async clear(): Promise<void> {
    await this.#queue.settle();
    this.#copies.forget();
    try {
      await this.#ask(clearStorage);
    } finally {
      this.#uploads.forgetCovered("all");
      await Promise.all(this.#tiers.slice(0, -1).map(clearStorage));
    }
  }

  async close(): Promise<void> {
    this.#uploads.close();
    await this.#background.settle();
    await Promise.all(this.#tiers.map(async (tier) => tier.close?.()));
  }

  async #ask<T>(call: (truth: Contract.ResultStorage) => Promise<T>): Promise<T> {
    const result = await this.#uploads.ask(call);
    if (this.#uploads.isDue) void this.#background.start(() => this.#uploads.flush());
    return result;
  }

  /** Like `#ask`. If it is unknown whether the change was made, it drops copies that may be old. */
  async #change<T>(
    keys: readonly string[],
    call: (truth: Contract.ResultStorage) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    try {
      return await this.#ask(call);
    } catch (error) {
      const isUnclear = error instanceof StorageError || signal?.aborted;
      if (isUnclear) void this.#background.start(() => this.#drop(keys));
      throw error;
    }
  }

  async #askOrNearest<T>(
    can: (tier: Contract.ResultStorage) => boolean,
    call: (tier: Contract.ResultStorage) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#ask(call);
    } catch (error) {
      this.#assertCopies(error);
      const nearest = this.#tiers.slice(0, -1).find(can);
      if (!nearest) throw error;
      return call(nearest);
    }
  }

  /** Rethrows unless the truth is unreachable, or gave one of the errors that count like that, and the copies can replace it. */
  #assertCopies(error: unknown, ...others: readonly (abstract new (...args: never[]) => Error)[]): void {
    const isCovered = [StorageUnreachableError, ...others].some((Kind) => error instanceof Kind);
    if (!isCovered || this.#copies.count === 0) throw error;
  }

  #refill(
    key: string,
    { bytes, etag }: Contract.StoredRecord,
    tiers: readonly Contract.ResultStorage[],
    { isCurrent }: InFlightOperation,
    places?: NearPlaces,
  ): void {
    if (tiers.length === 0 || !isCurrent) return;
    const metadata = tryHead(bytes, key);
    if (!metadata || isGone(metadata, Date.now())) return;
    // the caller may change its bytes afterwards
    const original = { key, bytes: bytes.slice(), metadata, etag, places };
    void this.#background.start(() =>
      this.#copies.track(key, (operation) => this.#copies.refill(original, operation, tiers)),
    );
  }

  /** Replaces a local copy by another writer's record, which reached the truth first. */
  async #copyAnew(key: string): Promise<void> {
    await this.#copies.track(key, async (operation) => {
      const places = await this.#copies.begin(key);
      const stored = await this.#ask((truth) => truth.read(key, { fresh: true }));
      const metadata = stored && tryHead(stored.bytes, key);
      if (metadata) await this.#copies.renew({ key, ...stored, metadata, places }, operation);
      else await this.#copies.drop(key);
    });
  }
}
