import { InvalidArgumentError } from "../../errors/index.ts";
import type { StoreListener } from "../events/store-event.ts";
import { InFlightOperations, type InFlightOperation } from "../support/in-flight.ts";
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

/** What a copy is made of. */
export interface Original {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly metadata: ResultRecordMetadata;
  readonly etag: string;
  readonly grant?: LockGrant | undefined;
}

export interface FoundCopy {
  readonly stored: StoredRecord;
  /** Of the tier that has it. */
  readonly index: number;
}

interface Turn {
  readonly end: Promise<void>;
  /** Of the request that it is done in: a turn that goes with its request never ends. */
  readonly heartbeat: Heartbeat;
}

/** The tiers nearer than the truth. Trouble with one is told, and fails no call. */
export class Copies {
  readonly #tiers: readonly ResultStorage[];
  readonly #maxCopyBytes: number;
  readonly #emit: StoreListener;
  readonly #inFlight = new InFlightOperations();
  /** What is done to the copies of a key, one after another. */
  readonly #turns = new Map<string, Turn>();

  constructor({ tiers, maxCopyBytes, emit }: CopiesOptions) {
    if (!(maxCopyBytes >= 0)) throw new InvalidArgumentError("maxCopyBytes has to be a number of bytes");
    this.#tiers = tiers;
    this.#maxCopyBytes = maxCopyBytes;
    this.#emit = emit;
  }

  get count(): number {
    return this.#tiers.length;
  }

  /** The nearest copy, with `committed` the nearest that has this etag. */
  async find(key: string, { signal, committed }: StorageReadOptions): Promise<FoundCopy | undefined> {
    for (const [index, tier] of this.#tiers.entries()) {
      const stored = await this.#read(tier, key, signal);
      if (!stored || (committed !== undefined && stored.etag !== committed)) continue;
      return { stored: { ...stored, isCopy: true, from: stored.from ?? tier.type }, index };
    }
    return undefined;
  }

  /** A tier that fails, or has something that is no record of this key, is as good as an empty one. */
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

  /** Runs a read or a change of the truth. Copies may be made of what it gives while the operation is open. */
  track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    return this.#inFlight.track(key, work);
  }

  /** The record has changed: of two changes at once nobody knows which came last, and no copy is better than a wrong one. `written` has it already. */
  async renew(original: Original, operation: InFlightOperation, written?: ResultStorage): Promise<void> {
    const { isCurrent } = operation;
    this.#inFlight.invalidate([original.key]);
    await this.#inTurn(original.key, async (tier) => {
      if (!isCurrent) await this.#drop(tier, original.key);
      else if (tier !== written) await this.#put(tier, original, true);
    });
  }

  /** Puts what was read further away into `tiers`, unless it changes meanwhile. */
  async refill(original: Original, operation: InFlightOperation, tiers: readonly ResultStorage[]): Promise<void> {
    await this.#inTurn(original.key, async (tier) => {
      if (!operation.isCurrent || !tiers.includes(tier)) return;
      // an eventual tier was looked at and had none: what it has now another has put, and is as good
      await this.#put(tier, original, tier.capabilities.consistency === "strong");
    });
  }

  async drop(key: string): Promise<void> {
    this.#inFlight.invalidate([key]);
    await this.#inTurn(key, (tier) => this.#drop(tier, key));
  }

  /** What is read by now is not to be copied any more. */
  invalidate(): void {
    this.#inFlight.invalidate();
  }

  /** The tiers nearer than `index` that are to have what was found there. */
  lacking(index: number, { fresh, committed }: StorageReadOptions): readonly ResultStorage[] {
    const nearer = this.#tiers.slice(0, index);
    // a fresh read has not looked at them; into an eventual one, whoever wrote the record has put it, and it is on its way
    return fresh || committed !== undefined
      ? nearer.filter(({ capabilities }) => capabilities.consistency === "strong")
      : nearer;
  }

  /** `replaces`: whether there may be an older copy, which is not to be left where this one can't be put. */
  async #put(tier: ResultStorage, original: Original, replaces: boolean): Promise<void> {
    const { key, bytes, metadata, etag, grant } = original;
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

  async #inTurn(key: string, work: (tier: ResultStorage) => Promise<void>): Promise<void> {
    if (this.#tiers.length === 0) return;
    const before = this.#turns.get(key);
    const heartbeat = new Heartbeat();
    heartbeat.start();
    const run = async () => {
      await before?.heartbeat.whileBeating(before.end);
      await Promise.all(this.#tiers.map(work));
    };
    const turn = { end: run().finally(() => heartbeat.stop()), heartbeat };
    this.#turns.set(key, turn);
    await turn.end;
    if (this.#turns.get(key) === turn) this.#turns.delete(key);
  }
}
