import { type ChangeKind, covers, type InvalidationTarget } from "../invalidation/invalidation.ts";
import { isGone } from "../record/is-expired.ts";
import type { ResultRecord } from "../record/result-record.ts";
import { type InFlightOperation, InFlightOperations, outdate, trackOperation } from "../concurrency/in-flight.ts";
import type { ChangeChannel } from "./change-channel.ts";
import type { ResultCache } from "./memory-cache.ts";

export interface CachedRecordsOptions {
  /** Absent: nothing is cached. */
  readonly cache?: ResultCache | undefined;
  readonly cacheResultInMemory: boolean;
  readonly changes?: ChangeChannel | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called when another context has changed records. */
  readonly onChange: (kind: ChangeKind, target: InvalidationTarget) => void;
}

/** A computation in progress. */
export interface InFlightComputation extends InFlightOperation {
  /** The tags of its record. Absent if they depend on the value. */
  tags?: readonly string[] | undefined;
  /** Its result may replace a record that was written by hand in the meantime. */
  readonly replacesWrites?: boolean;
  /** Set while its function runs. */
  holder?: string;
  /** Called when its own holder changes the record: a draft doesn't end the computation that writes it. */
  onOwnChange?: () => void;
}

/** Hears of changes here and in other contexts. A record that was kept may be gone by then, or have been refused. */
export type ChangeWatcher = (kind: ChangeKind, target: InvalidationTarget) => void;

/** The state that stores over one cache share. Stores without a cache share it over one channel. */
interface SharedState {
  readonly inFlight: InFlightOperations;
  readonly computations: InFlightOperations<InFlightComputation>;
  readonly watchers: Set<ChangeWatcher>;
  /** Channels with a listener, for which one of the stores that share a channel and a cache is enough. It lives as long as they do. */
  readonly channels: WeakMap<ChangeChannel, CachedRecords>;
}

const shared = new WeakMap<ResultCache | ChangeChannel, SharedState>();

function sharedOver(place: ResultCache | ChangeChannel | undefined): SharedState {
  const known = place && shared.get(place);
  if (known) return known;
  const made = {
    inFlight: new InFlightOperations(),
    computations: new InFlightOperations<InFlightComputation>(),
    watchers: new Set<ChangeWatcher>(),
    channels: new WeakMap<ChangeChannel, CachedRecords>(),
  };
  if (place) shared.set(place, made);
  return made;
}

/** A store's memory cache. It holds records that are fresh or may be served stale, and drops them when anyone changes their keys. */
export class CachedRecords {
  readonly #options: CachedRecordsOptions;
  readonly #shared: SharedState;

  constructor(options: CachedRecordsOptions) {
    this.#options = options;
    const { cache, changes } = options;
    this.#shared = sharedOver(cache ?? changes);
    const { channels } = this.#shared;
    if (!changes || channels.has(changes)) return;
    channels.set(changes, this);
    // weak, since the channel may outlive many stores that `withOptions` has made
    const weak = weakly(this);
    const stop = changes.onChange((kind, target) => {
      const cached = weak.deref();
      if (!cached) return stop();
      cached.noteChange(kind, target);
      cached.tell(kind, target);
      cached.#options.onChange(kind, target);
    });
  }

  /** The record of `key`, fresh or stale. */
  get(key: string): ResultRecord | undefined {
    const { cache, now } = this.#options;
    const record = this.isUsable ? cache?.get(key) : undefined;
    if (!record?.expiration || !isGone(record.metadata, now())) return record;
    cache?.delete(key);
    return undefined;
  }

  /** Caches a record, unless it is of no more use. */
  set(record: ResultRecord): void {
    const { cache, now } = this.#options;
    if (this.isUsable && !isGone(record.metadata, now())) cache?.set(record.metadata.storageKey, record);
  }

  /** Runs a read or write of `key`. Its record may be cached afterwards. */
  track<T>(key: string, work: (operation: InFlightOperation) => Promise<T>): Promise<T> {
    return trackOperation(this.#shared.inFlight, key, work);
  }

  /** Waits for the writes of `target` that the storage has not answered yet. */
  async settleWrites(target: InvalidationTarget): Promise<void> {
    const keys = target !== "all" && "keys" in target ? target.keys : undefined;
    const writes: Promise<unknown>[] = [];
    this.#shared.inFlight.invalidate(keys, ({ writing }) => writing && writes.push(writing));
    await Promise.allSettled(writes);
  }

  /** Notes a computation in progress. Returns a function to call at its end. */
  beginComputation(computation: InFlightComputation): () => void {
    return this.#shared.computations.begin(computation);
  }

  /** Drops the records of `target`, including records that are being read or written. `by`: the holder who changes them. */
  noteChange(kind: ChangeKind, target: InvalidationTarget, by?: string): void {
    const { cache } = this.#options;
    const { inFlight, computations } = this.#shared;
    const keys = target !== "all" && "keys" in target ? target.keys : undefined;
    inFlight.invalidate(keys);
    if (kind !== "kept") {
      computations.invalidate(keys, (computation) => {
        const { key, tags, replacesWrites, holder, onOwnChange } = computation;
        if (by !== undefined && by === holder) onOwnChange?.();
        else if (kind === "written" ? !replacesWrites : covers(target, key, tags) || mayHaveTag(target, tags))
          outdate(computation);
      });
    }
    // the cache can't be searched
    if (!keys) cache?.clear();
    else for (const key of keys) cache?.delete(key);
  }

  /** Calls `watcher` with every change. Returns a function that ends this. */
  watch(watcher: ChangeWatcher): () => void {
    this.#shared.watchers.add(watcher);
    return () => void this.#shared.watchers.delete(watcher);
  }

  /** Tells the watchers of a change. */
  tell(...change: Parameters<ChangeWatcher>): void {
    for (const watcher of this.#shared.watchers) watcher(...change);
  }

  /** Without news of changes elsewhere, nothing is cached. */
  get isUsable(): boolean {
    const { cache, cacheResultInMemory, changes } = this.#options;
    return cache !== undefined && cacheResultInMemory && (changes?.isOpen ?? true);
  }
}

/** Workers with a compatibility date before May 2025 have no WeakRef. There the channel keeps its listeners. */
function weakly<T extends object>(value: T): Pick<WeakRef<T>, "deref"> {
  return typeof WeakRef === "undefined" ? { deref: () => value } : new WeakRef(value);
}

function mayHaveTag(target: InvalidationTarget, tags: readonly string[] | undefined): boolean {
  return target !== "all" && "tags" in target && tags === undefined;
}
