import { InvalidArgumentError } from "../../errors/index.ts";
import type { StoreListener } from "../events/store-event.ts";
import { InFlightOperations, type InFlightOperation, trackOperation } from "../support/in-flight.ts";
import { Heartbeat } from "../support/heartbeat.ts";
import { decodeHead } from "../record/record-format.ts";
import type { LockGrant } from "../locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { ResultStorage, StorageReadOptions, StoredRecord } from "../storages/result-storage.ts";
import { bodyPrefix } from "../storages/split-head.ts";

export interface CopiesOptions {
  tiers: readonly ResultStorage[];
  maxCopyBytes: number;
  emit: StoreListener;
}

/** The source of a copy. */
export interface Original {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly metadata: ResultRecordMetadata;
  readonly etag: string;
  readonly grant?: LockGrant | undefined;
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
  readonly #inFlight = new InFlightOperations();
  /** The operations on the copies of a key, which run one after another. */
  readonly #queued = new Map<string, QueuedWork>();

  constructor({ tiers, maxCopyBytes, emit }: CopiesOptions) {
    if (!(maxCopyBytes >= 0)) throw new InvalidArgumentError("maxCopyBytes has to be a number of bytes");
    this.#tiers = tiers;
    this.#maxCopyBytes = maxCopyBytes;
    this.#emit = emit;
  }

  get count(): number {
    return this.#tiers.length;
  }

  /** The nearest copy. With `committed`, the nearest one that has this etag. */
  async find(key: string, { signal, committed }: StorageReadOptions): Promise<FoundCopy | undefined> {
    for (const [index, tier] of this.#tiers.entries()) {
      const stored = await this.#read(tier, key, signal);
      if (!stored || (committed !== undefined && stored.etag !== committed)) continue;
      return { stored: { ...stored, isCopy: true, from: stored.from ?? tier.type }, index };
    }
    return undefined;
  }

  /** A tier that fails, or whose bytes are no record of this key, counts as empty. */
  async #read(tier: ResultStorage, key: string, signal: AbortSignal | undefined): Promise<StoredRecord | undefined> {
    try {
      const stored = await tier.read(key, { signal });
      // the bodies of a SplitStorage have no heads
      if (stored && !key.startsWith(bodyPrefix)) decodeHead(stored.bytes, key);
      return stored;
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
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
      const copy = await this.#read(tier, original.key, undefined);
      if (copy?.etag === original.etag) await this.#put(tier, { ...original, etag }, true);
    });
  }

  /** Copies a record from a further tier into `tiers`, unless it changes in the meantime. */
  async refill(original: Original, operation: InFlightOperation, tiers: readonly ResultStorage[]): Promise<void> {
    await this.#enqueue(original.key, async (tier) => {
      if (!operation.isCurrent || !tiers.includes(tier)) return;
      // an eventual tier was read and had no copy: a copy that it has now came from another writer, and is as good
      await this.#put(tier, original, tier.capabilities.consistency === "strong");
    });
  }

  async drop(key: string): Promise<void> {
    this.#inFlight.invalidate([key]);
    await this.#enqueue(key, (tier) => this.#drop(tier, key));
  }

  /** Prevents copies of records that have been read so far. */
  invalidate(): void {
    this.#inFlight.invalidate();
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
    const { key, bytes, etag, grant } = original;
    const metadata = { ...original.metadata };
    // the token of another lock means nothing to this tier
    if (!grant) delete metadata.token;
    const { maxRecordBytes = Infinity } = tier.capabilities;
    const isTooLong = bytes.length > Math.min(maxRecordBytes, this.#maxCopyBytes);
    try {
      if (!isTooLong) return void (await tier.write(key, bytes, { metadata, etag, grant }));
    } catch (error) {
      this.#emit({ type: "write-error", key, error });
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
