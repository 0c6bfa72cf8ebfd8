import { isExpired } from "../record/is-expired.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { type InFlightOperation, InFlightOperations } from "../support/in-flight.ts";
import type { ChangeChannel } from "./change-channel.ts";
import type { ResultCache } from "./memory-cache.ts";

export interface CachedRecordsOptions {
  /** Absent: nothing is cached. */
  readonly cache?: ResultCache | undefined;
  readonly cacheResultInMemory: boolean;
  readonly changes?: ChangeChannel | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called when another context has changed records. Without keys, all may have changed. */
  readonly onInvalidate: (keys?: readonly string[]) => void;
}

/** The state that stores over one cache share. Stores without a cache share it over one channel. */
interface SharedCache {
  readonly inFlight: InFlightOperations;
  /** Channels that already have a listener: stores that share a channel and a cache need only one. */
  readonly channels: WeakSet<ChangeChannel>;
}

const shared = new WeakMap<ResultCache | ChangeChannel, SharedCache>();

function sharedOver(place: ResultCache | ChangeChannel | undefined): SharedCache {
  const known = place && shared.get(place);
  if (known) return known;
  const made = { inFlight: new InFlightOperations(), channels: new WeakSet<ChangeChannel>() };
  if (place) shared.set(place, made);
  return made;
}

/** A store's memory cache. It holds unexpired records and drops them when anyone changes their keys. */
export class CachedRecords {
  readonly #options: CachedRecordsOptions;
  readonly #inFlight: InFlightOperations;

  constructor(options: CachedRecordsOptions) {
    this.#options = options;
    const { cache, changes, onInvalidate } = options;
    const { inFlight, channels } = sharedOver(cache ?? changes);
    this.#inFlight = inFlight;
    if (!changes || channels.has(changes)) return;
    channels.add(changes);
    changes.onChange((keys) => {
      this.invalidate(keys);
      onInvalidate(keys);
    });
  }

  /** The unexpired record of `key`. */
  get(key: string): ResultRecord | undefined {
    const { cache, now } = this.#options;
    const record = this.isUsable ? cache?.get(key) : undefined;
    if (!record?.expiration || !isExpired(record.metadata, now())) return record;
    cache?.delete(key);
    return undefined;
  }

  /** Caches an unexpired record. */
  set(record: ResultRecord): void {
    const { cache, now } = this.#options;
    if (this.isUsable && !isExpired(record.metadata, now())) cache?.set(record.metadata.storageKey, record);
  }

  /** Runs a read or write of `key`. Its record may be cached afterwards. */
  track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    return this.#inFlight.track(key, work);
  }

  /** Drops the records of `keys`, or all, including records that are being read or written. */
  invalidate(keys?: readonly string[]): void {
    const { cache } = this.#options;
    this.#inFlight.invalidate(keys);
    if (!keys) cache?.clear();
    else for (const key of keys) cache?.delete(key);
  }

  /** Without news of changes elsewhere, nothing is cached. */
  get isUsable(): boolean {
    const { cache, cacheResultInMemory, changes } = this.#options;
    return cache !== undefined && cacheResultInMemory && (changes?.isOpen ?? true);
  }
}
