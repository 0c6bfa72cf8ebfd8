import { ConfigurationError } from "../../errors/index.ts";
import type { ChangeChannel } from "../cache/change-channel.ts";
import type { ResultCache } from "../cache/memory-cache.ts";
import { guardListener, type StoreEvent, type StoreListener } from "../events/store-event.ts";
import { assertLockManager } from "../locks/assert-lock-manager.ts";
import type { ResultLockManager } from "../locks/result-lock-manager.ts";
import { defaultStorageKeyFn } from "../record/storage-key.ts";
import { resolveSerializer, type ResultSerializerInput } from "../serializers/registry.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { ResultStorage } from "../storages/result-storage.ts";
import { resolveResultStorage, type ResultStorageInput } from "../storages/storage-registry.ts";
import { onlyGiven } from "../support/only-given.ts";
import { assertOptions } from "../support/assert-options.ts";
import type { Scheduler } from "./scheduler.ts";

/** The parts of a store. The store works without any part that is absent. */
export interface ResultStoreOptions {
  /** The storage for records: a storage or a registered name. */
  resultStorage: ResultStorageInput;
  /** Converts values to bytes and back: a serializer or a registered name. */
  serializer: ResultSerializerInput;
  /** Allows one computation at a time across contexts. Absent: only calls in this context join. */
  lockManager?: ResultLockManager | undefined;
  /** A memory cache, such as `defaultCache()`. Absent: every hit reads the storage. */
  cache?: ResultCache | undefined;
  /**
   * `false` turns the cache off. Default: true. Two hits in memory return the same object, so a change to it is visible to
   * all callers. With `false` every read returns a fresh one.
   */
  cacheResultInMemory?: boolean | undefined;
  /** Sends changes to stores in other contexts with the same storage. */
  changes?: ChangeChannel | undefined;
  /** Creates keys for records without one. Default: a random UUID. */
  storageKeyFn?: (() => string) | undefined;
  /** Called with every event of the store, in order. */
  onEvent?: StoreListener | undefined;
  /** Returns milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;
  /**
   * Keeps the runtime alive until a promise settles, like `ctx.waitUntil` of a Worker. With it `getOrCompute` and tasks
   * answer as soon as they have the value. They write it and release the lock afterwards.
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /** Runs the calls that tasks `defer`. */
  scheduler?: Scheduler | undefined;
  /**
   * The bytes that a result may have before compression, so that a small record can't fill the memory. Default: 24 MiB. A
   * larger one is not written, and its record is unsupported here: metadata readable, never overwritten.
   */
  maxResultBytes?: number | undefined;
}

/** Some of the parts. `undefined` means absent. */
export type PartialStoreOptions = {
  [Name in keyof ResultStoreOptions]?: ResultStoreOptions[Name] | undefined;
};

/** The same options with names resolved and defaults filled in. */
export interface ResolvedStoreOptions extends ResultStoreOptions {
  readonly resultStorage: ResultStorage;
  readonly serializer: Serializer;
  readonly cacheResultInMemory: boolean;
  readonly storageKeyFn: () => string;
  readonly now: () => number;
  /** `onEvent`, and the listeners of `listen`. A store that `withOptions` creates shares them, unless it gets an `onEvent` of its own. */
  listeners: Set<StoreListener>;
  /** Absent if nobody listens, so that no event is created for nobody. */
  readonly emit: StoreListener | undefined;
}

/** The names of `ResultStoreOptions`. */
export const storeOptionNames = [
  "resultStorage",
  "serializer",
  "lockManager",
  "cache",
  "cacheResultInMemory",
  "changes",
  "storageKeyFn",
  "onEvent",
  "now",
  "waitUntil",
  "scheduler",
  "maxResultBytes",
] as const satisfies readonly (keyof ResultStoreOptions)[];

/** The replacements of options that a store had before. */
export const movedStoreOptions: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ["metadataStorage", ": write resultStorage: new SplitStorage({ metadata, results })"],
]);

/** Throws `ConfigurationError` for options that are unknown or have moved. */
export function assertStoreOptions(options: PartialStoreOptions): void {
  assertOptions("A ResultStore", options, storeOptionNames, movedStoreOptions);
}

/** Throws `ConfigurationError` for options that are unknown, missing, or name an unknown part. */
export function resolveStoreOptions(options: ResultStoreOptions): ResolvedStoreOptions {
  assertStoreOptions(options);
  const { resultStorage, serializer, onEvent, lockManager, maxResultBytes = 0 } = options;
  if (resultStorage === undefined || serializer === undefined) {
    throw new ConfigurationError(
      'A ResultStore has no defaults: give it a resultStorage and a serializer, or use createResultStore() of "reprise"',
    );
  }
  assertLockManager(lockManager);
  if (!(typeof maxResultBytes === "number" && maxResultBytes >= 0)) {
    throw new ConfigurationError(`maxResultBytes has to be a number of bytes; got ${String(maxResultBytes)}`);
  }
  return {
    cacheResultInMemory: true,
    storageKeyFn: defaultStorageKeyFn,
    now: () => Date.now(),
    ...onlyGiven(options),
    resultStorage: resolveResultStorage(resultStorage),
    serializer: resolveSerializer(serializer),
    listeners: new Set(onEvent && [guardListener(onEvent)]),
    get emit() {
      const { listeners } = this;
      return listeners.size === 0 ? undefined : (event: StoreEvent) => listeners.forEach((tell) => tell(event));
    },
  };
}
