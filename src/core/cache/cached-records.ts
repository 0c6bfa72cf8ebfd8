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
  /** Called for what another context has changed; without keys, for all. */
  readonly onInvalidate: (keys?: readonly string[]) => void;
}

/** What stores over one cache share; those without one, over one channel. */
interface SharedCache {
  readonly inFlight: InFlightOperations;
  /** Somebody listens to these already: once is enough for all stores that share a channel and a cache. */
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

/** A store's memory cache: unexpired records, dropped as soon as anyone changes their keys. */
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
    const record = this.#isUsable ? cache?.get(key) : undefined;
    if (!record?.expiration || !isExpired(record.metadata, now())) return record;
    cache?.delete(key);
    return undefined;
  }

  /** Caches a record that has not expired. */
  set(record: ResultRecord): void {
    const { cache, now } = this.#options;
    if (this.#isUsable && !isExpired(record.metadata, now())) cache?.set(record.metadata.storageKey, record);
  }

  /** Runs a read or write of `key`, whose record may be cached then. */
  track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    return this.#inFlight.track(key, work);
  }

  /** Drops the records of `keys`, or all, and those that are being read or written. */
  invalidate(keys?: readonly string[]): void {
    const { cache } = this.#options;
    this.#inFlight.invalidate(keys);
    if (!keys) cache?.clear();
    else for (const key of keys) cache?.delete(key);
  }

  /** Nothing is cached any more once nobody tells of changes elsewhere. */
  get #isUsable(): boolean {
    const { cacheResultInMemory, changes } = this.#options;
    return cacheResultInMemory && (changes?.isOpen ?? true);
  }
}
