import { ConfigurationError } from "../../errors/index.ts";
import type { ChangeChannel } from "./change-channel.ts";
import type { Duration } from "../support/duration.ts";
import { guardListener, type StoreListener } from "../events/store-event.ts";
import type { ExpirationOptions } from "../record/expiration.ts";
import { defaultCache, type ResultCache } from "./memory-cache.ts";
import { MemoryStorage } from "../storages/memory-storage.ts";
import { NullStorage } from "../storages/null-storage.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import type { Serializer } from "../serializers/serializer.ts";
import { resolveSerializer } from "../serializers/serializer-registry.ts";
import { getSettings } from "../context/settings.ts";
import { SplitStorage } from "../storages/split-storage.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { defaultStorageKeyFn } from "../record/storage-key.ts";
import { resolveResultStorage, type ResultStorageInput } from "../storages/storage-registry.ts";
import type { TaskScheduler } from "../deferred/task-scheduler.ts";

export interface ResultStoreOptions {
  /** Where records live: a storage or a registered name. At first what the settings name, else memory. */
  resultStorage?: ResultStorageInput | undefined;
  /**
   * Where metadata is kept apart from the results, which alone lie in `resultStorage` then; see `SplitStorage`. With a
   * `NullStorage`, as without one, whole records lie in `resultStorage`.
   */
  metadataStorage?: ResultStorageInput | undefined;
  /** One computation at a time across contexts. Without one, only calls in this context join. */
  lockManager?: ResultLockManager | undefined;
  /** A serializer or the name of a registered one. At first what the settings say: `"devalue"`. */
  serializer?: Serializer | string | undefined;
  /**
   * Whether records are kept at hand too; true at first. Two hits in memory then give the same object, so
   * that changing it changes it for all. With `false` every read gives a fresh one.
   */
  cacheResultInMemory?: boolean | undefined;
  /** What keeps them at hand; `defaultCache()` at first. */
  cache?: ResultCache | undefined;
  /** Names records that were given no key; a random UUID at first. */
  storageKeyFn?: (() => string) | undefined;
  /** Told of everything that the store does, in order. */
  onEvent?: StoreListener | undefined;
  /** Milliseconds since 1970; `Date.now` at first. */
  now?: (() => number) | undefined;
  /**
   * Keeps the runtime alive until a promise settles, as `ctx.waitUntil` of a Worker does. With it `getOrCompute` and
   * tasks answer as soon as they have the value: writing it down and releasing the lock follow.
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /** How stores in other contexts over the same storage learn of changes. */
  changes?: ChangeChannel | undefined;
  /** Has the calls done that tasks `defer`. */
  scheduler?: TaskScheduler | undefined;
}

/** The same with nothing left open. */
export interface ResolvedStoreOptions {
  readonly resultStorage: ResultStorage;
  readonly metadataStorage: ResultStorage | undefined;
  /** What keeps whole records, of the one or the two: the store works with this. */
  readonly storage: ResultStorage;
  readonly lockManager: ResultLockManager | undefined;
  readonly serializer: Serializer;
  readonly cacheResultInMemory: boolean;
  readonly cache: ResultCache;
  readonly storageKeyFn: () => string;
  readonly now: () => number;
  readonly waitUntil: ((promise: Promise<unknown>) => void) | undefined;
  readonly changes: ChangeChannel | undefined;
  readonly scheduler: TaskScheduler | undefined;
  /** Absent where nobody listens, so that events that nobody hears aren't made. */
  readonly emit: StoreListener | undefined;
}

export function resolveStoreOptions(options: ResultStoreOptions): ResolvedStoreOptions {
  const { onEvent, lockManager, changes } = options;
  if (lockManager !== undefined && typeof lockManager?.acquireLock !== "function") {
    throw new ConfigurationError(
      "lockManager has to be an object with acquireLock and the other methods of a lock manager",
    );
  }
  const storages = storagesOf(options);
  return {
    ...storages,
    storage: wholeStorage(storages),
    lockManager,
    serializer: resolveSerializer(options.serializer ?? getSettings().defaultSerializer),
    cacheResultInMemory: options.cacheResultInMemory ?? true,
    cache: options.cache ?? defaultCache(),
    storageKeyFn: options.storageKeyFn ?? defaultStorageKeyFn,
    now: options.now ?? (() => Date.now()),
    waitUntil: options.waitUntil,
    changes,
    scheduler: options.scheduler,
    emit: onEvent && guardListener(onEvent),
  };
}

function defaultStorage(): ResultStorage {
  const { defaultStorage: name } = getSettings();
  return name === undefined ? new MemoryStorage() : resolveResultStorage(name);
}

type Storages = Pick<ResolvedStoreOptions, "resultStorage" | "metadataStorage">;

/** Those that `options` names, else those of `before`; a `metadataStorage` that is named as `undefined` is none. */
export function storagesOf(options: ResultStoreOptions, before?: Storages): Storages {
  const { resultStorage = before?.resultStorage ?? defaultStorage() } = options;
  const { metadataStorage } = "metadataStorage" in options ? options : { ...before };
  return {
    resultStorage: resolveResultStorage(resultStorage),
    metadataStorage: metadataStorage === undefined ? undefined : resolveResultStorage(metadataStorage),
  };
}

/** Whether the same records lie in both. */
export function areSameStorages(one: Storages, other: Storages): boolean {
  const apart = ({ metadataStorage }: Storages) =>
    metadataStorage instanceof NullStorage ? undefined : metadataStorage;
  return one.resultStorage === other.resultStorage && apart(one) === apart(other);
}

function wholeStorage({ resultStorage, metadataStorage }: Storages): ResultStorage {
  if (!metadataStorage || [resultStorage, metadataStorage].some((each) => each instanceof NullStorage)) {
    return resultStorage;
  }
  return SplitStorage.of({ metadata: metadataStorage, results: resultStorage });
}

export interface ReadManyOptions extends WaitOptions {
  /** Reads without waiting for a lock that this holder has. */
  holder?: string | undefined;
}

export interface ReadOptions extends ReadManyOptions {
  /** Gives expired records too, if they are still there. */
  allowExpired?: boolean | undefined;
  /** Checks the result; `SchemaMismatchError` where it doesn't fit. */
  schema?: StandardSchema | undefined;
}

export interface PersistOptions {
  /** Who holds the lock that this write is made under. */
  holder?: string | undefined;
  /** Write only over the record with this etag. */
  ifMatch?: string | undefined;
  /** Write only where there is no record yet. */
  ifNoneMatch?: "*" | undefined;
  signal?: AbortSignal | undefined;
}

export interface WriteOptions extends ExpirationOptions, PersistOptions {}

export interface WriteEntry extends WriteOptions {
  key: string;
  result: unknown;
}

export interface CreateRecordOptions extends ExpirationOptions {
  key?: string | undefined;
}

export interface ListOptions {
  /** Only keys that begin with this. */
  prefix?: string | undefined;
  /** What the page before gave. */
  cursor?: string | undefined;
  /** Records a page, 1 to 1,000. A page may hold fewer and still have a cursor. */
  limit?: number | undefined;
  /** Lists expired records too, if they are still there. */
  allowExpired?: boolean | undefined;
}

/** What `list` gives. */
export interface ListPage {
  records: ResultRecordMetadata[];
  /** Where the next page begins; absent on the last one. */
  cursor?: string;
}

export interface HolderOptions {
  holder: string;
}

export interface WaitOptions {
  /** How long to wait for another holder's lock. Absent: as long as it takes. */
  timeout?: Duration | undefined;
  signal?: AbortSignal | undefined;
}

export interface StoreLockOptions {
  /** Who wants it; a fresh name if absent, handed back in the grant. */
  holder?: string | undefined;
  /** How long to wait; 0: one try. Absent: as long as it takes. */
  acquireTimeout?: Duration | undefined;
  /** How long the lease lasts unless renewed. */
  holdTimeout?: Duration | undefined;
  signal?: AbortSignal | undefined;
}

export interface GetOrComputeOptions extends ExpirationOptions, StoreLockOptions {
  /** Computes even where there is a record, and overwrites it. */
  refresh?: boolean | undefined;
  /** A kept result that doesn't fit counts as a miss. */
  schema?: StandardSchema | undefined;
}

/** What a computation is given. */
export interface ComputeContext {
  readonly key: string;
  /** Lets the computation write or read under the lock that it runs under. */
  readonly holder: string;
  /** Aborts once no caller waits for the result any more. */
  readonly signal: AbortSignal;
}
