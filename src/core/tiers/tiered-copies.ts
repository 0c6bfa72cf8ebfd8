import { InvalidArgumentError, InvalidatedError } from "../../errors/index.ts";
import { covers, type InvalidationTarget } from "../invalidation/invalidation.ts";
import type { StoreListener } from "../events/store-event.ts";
import { InFlightOperations, type InFlightOperation, trackOperation } from "../concurrency/in-flight.ts";
import { Heartbeat } from "../concurrency/heartbeat.ts";
import { decodeHead } from "../record/record-format.ts";
import type { LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type {
  ResultStorage,
  StorageBeginOptions,
  StorageInvalidateOptions,
  StorageReadOptions,
  StoredRecord,
} from "../storages/result-storage.ts";
import { deleteManyFrom, deleteWhere, headStorage } from "../storages/storage-fallbacks.ts";
import { bodyPrefix } from "../storages/split-head.ts";

import type { NearPlaces } from "./tiered-places.ts";

export interface CopiesOptions {
  tiers: readonly ResultStorage[];
  maxCopyBytes: number;
  emit: StoreListener;
  /** The invalidation that covers a copy, as far as the truth can tell. */
  judge: (metadata: ResultRecordMetadata, signal?: AbortSignal) => ReturnType<NonNullable<ResultStorage["judge"]>>;
}

/** The source of a copy. */
export interface Original {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly metadata: ResultRecordMetadata;
  readonly etag: string;
  readonly grant?: LockGrant | undefined;
  /** Where its value began in each tier, if it was computed or read: a change in another context since then refuses the copy. */
  readonly places?: NearPlaces | undefined;
}

export interface FoundCopy {
  readonly stored: StoredRecord;
  /** The index of the tier that has it. */
  readonly index: number;
}

interface QueuedWork {
  readonly end: Promise<void>;
  /** The heartbeat of the request that runs the operation. If the request ends, the operation never settles. */
  readonly heartbeat: Heartbeat;
}

/** The tiers nearer than the truth. Their failures are reported as events, and fail no call. */
export class Copies {
  readonly #tiers: readonly ResultStorage[];
  readonly #maxCopyBytes: number;
  readonly #emit: StoreListener;
  readonly #judge: CopiesOptions["judge"];
  readonly #inFlight = new InFlightOperations();
  /** The operations on the copies of a key, which run one after another. */
  readonly #queued = new Map<string, QueuedWork>();

  constructor({ tiers, maxCopyBytes, emit, judge }: CopiesOptions) {
    if (!(maxCopyBytes >= 0))
      throw new InvalidArgumentError(
        `maxCopyBytes has to be a number of bytes, 0 or more; got ${String(maxCopyBytes)}`,
      );
    this.#tiers = tiers;
    this.#maxCopyBytes = maxCopyBytes;
    this.#emit = emit;
    this.#judge = judge;
  }

  get count(): number {
    return this.#tiers.length;
  }

  /**
   * The nearest copy that no invalidation has deleted. With `committed`, the nearest one that has this etag. `mayBeExpired`: also one
   * that an invalidation lets expire, since the truth can't be asked for a newer record.
   */
  async find(
    key: string,
    { signal, committed, mayBeExpired }: StorageReadOptions & { mayBeExpired?: boolean },
  ): Promise<FoundCopy | undefined> {
    for (const [index, tier] of this.#tiers.entries()) {
      const [stored, metadata] = await this.#read(tier, key, signal);
      const invalidation = metadata && (await this.#judge(metadata, signal));
      if (invalidation && !(mayBeExpired && invalidation.mode === "expire")) continue;
      if (!stored || (committed !== undefined && stored.etag !== committed)) continue;
      return { stored: { ...stored, isCopy: true, from: stored.from ?? tier.type }, index };
    }
    return undefined;
  }

  /** Whether a tier has exactly this record. A tier that fails may have it. */
  async has({ key, etag }: Original): Promise<boolean> {
    const heads = this.#tiers.map(async (tier) => {
      const found = await headStorage(tier, key).catch(() => ({ etag }));
      return found?.etag === etag;
    });
    return (await Promise.all(heads)).includes(true);
  }

  /** A tier that fails, or whose bytes are no record of this key, counts as empty. */
  async #read(
    tier: ResultStorage,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<[stored?: StoredRecord | undefined, metadata?: ResultRecordMetadata]> {
    try {
      const stored = await tier.read(key, { signal });
      // the bodies of a SplitStorage have no heads
      if (stored && !key.startsWith(bodyPrefix)) return [stored, decodeHead(stored.bytes, key)];
      return [stored];
    } catch {
      signal?.throwIfAborted();
      return [];
    }
  }

  /** The places of a computation or a read that begins now. */
  begin(key: string, { grant, replaces, signal }: StorageBeginOptions = {}): Promise<NearPlaces> {
    const options = { grant: grant?.within, replaces, signal };
    // without a place, nothing protects the copy, but a copy is only a copy
    return Promise.all(this.#tiers.map(async (tier) => tier.begin?.(key, options).catch(() => undefined)));
  }

  /** Runs a read or a change of the truth. Its result may be copied while the operation is current. */
  track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    return trackOperation(this.#inFlight, key, work);
  }

  /** Updates the copies after a change. The order of concurrent changes is unknown, so copies are then dropped. `written` is already up to date. */
  async renew(original: Original, operation: InFlightOperation, written?: ResultStorage): Promise<void> {
    const { isCurrent } = operation;
    this.#inFlight.invalidate([original.key]);
    await this.#enqueue(original.key, async (tier) => {
      if (!isCurrent) await this.#drop(tier, original.key);
      else if (tier !== written) await this.#put(tier, original, true);
    });
  }

  /** Gives copies the etag that the truth gave to their record. Copies that have changed since are left alone. */
  async reetag(original: Original, etag: string): Promise<void> {
    if (etag === original.etag) return;
    await this.#enqueue(original.key, async (tier) => {
      const places = await this.begin(original.key);
      const [copy] = await this.#read(tier, original.key, undefined);
      if (copy?.etag === original.etag) await this.#put(tier, { ...original, etag, places }, true);
    });
  }

  /** Copies a record from a further tier into `tiers`, unless it changes in the meantime. */
  async refill(original: Original, operation: InFlightOperation, tiers: readonly ResultStorage[]): Promise<void> {
    await this.#enqueue(original.key, async (tier) => {
      if (!operation.isCurrent || !tiers.includes(tier) || (await this.#judge(original.metadata))) return;
      // an eventual tier was read and had no copy: a copy that it has now came from another writer, and is as good
      await this.#put(tier, original, tier.capabilities.consistency === "strong");
    });
  }

  async drop(key: string): Promise<void> {
    this.#inFlight.invalidate([key]);
    await this.#enqueue(key, (tier) => this.#drop(tier, key));
  }

  /** Drops what the tiers' own sweeps have left: a deletion refuses computations, and a sweep does not. */
  async dropSwept(key: string): Promise<void> {
    this.#inFlight.invalidate([key]);
    await this.#enqueue(key, async (tier) => {
      if (!tier.sweep || (await this.#read(tier, key, undefined))[0]) await this.#drop(tier, key);
    });
  }

  /** Prevents copies of records that have been read so far. */
  forget(): void {
    this.#inFlight.invalidate();
  }

  /** Drops or expires the copies that the target covers, and prevents those of records that have been read so far. */
  async invalidate(target: InvalidationTarget, options: StorageInvalidateOptions): Promise<void> {
    this.#inFlight.invalidate(undefined, ({ key }) => isMaybeCovered(target, key));
    await Promise.all(this.#tiers.map((tier) => invalidateCopies(tier, target, options)));
  }

  /** The tiers nearer than `index` that need a copy of the record found there. */
  lacking(index: number, { fresh, committed }: StorageReadOptions): readonly ResultStorage[] {
    const nearer = this.#tiers.slice(0, index);
    // a fresh read skipped these tiers; an eventual tier will receive the copy that the record's writer has put
    return fresh || committed !== undefined
      ? nearer.filter(({ capabilities }) => capabilities.consistency === "strong")
      : nearer;
  }

  /** `replaces`: whether there may be an older copy, which must not stay if this one can't be put. */
  async #put(tier: ResultStorage, original: Original, replaces: boolean): Promise<void> {
    const { key, bytes, etag, grant, places } = original;
    const since = places?.[this.#tiers.indexOf(tier)];
    const metadata = { ...original.metadata };
    // the token of another lock means nothing to this tier
    if (!grant) delete metadata.token;
    const { maxRecordBytes = Infinity } = tier.capabilities;
    const isTooLong = bytes.length > Math.min(maxRecordBytes, this.#maxCopyBytes);
    try {
      if (!isTooLong) return void (await tier.write(key, bytes, { metadata, etag, grant, since }));
    } catch (error) {
      if (!(error instanceof InvalidatedError)) this.#emit({ type: "write-error", key, error });
    }
    if (replaces) await this.#drop(tier, key);
  }

  async #drop(tier: ResultStorage, key: string): Promise<void> {
    try {
      await tier.delete(key);
    } catch (error) {
      this.#emit({ type: "write-error", key, error });
    }
  }

  async #enqueue(key: string, work: (tier: ResultStorage) => Promise<void>): Promise<void> {
    if (this.#tiers.length === 0) return;
    const before = this.#queued.get(key);
    const heartbeat = new Heartbeat();
    heartbeat.start();
    const run = async () => {
      await before?.heartbeat.whileBeating(before.end);
      await Promise.all(this.#tiers.map(work));
    };
    const queued = { end: run().finally(() => heartbeat.stop()), heartbeat };
    this.#queued.set(key, queued);
    await queued.end;
    if (this.#queued.get(key) === queued) this.#queued.delete(key);
  }
}

/** The tags of a record that is being read are not known. */
function isMaybeCovered(target: InvalidationTarget, key: string): boolean {
  return (target !== "all" && "tags" in target) || covers(target, key);
}

/** A tier that keeps no invalidations loses the copies. */
async function invalidateCopies(
  tier: ResultStorage,
  target: InvalidationTarget,
  options: StorageInvalidateOptions,
): Promise<void> {
  if (tier.invalidate) await tier.invalidate(target, options);
  else if (target !== "all" && "keys" in target) await deleteManyFrom(tier, target.keys);
  else await deleteWhere(tier, ({ storageKey, tags }) => covers(target, storageKey, tags));
}
