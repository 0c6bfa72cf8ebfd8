import { ConfigurationError } from "../../errors/index.ts";
import type { ChangeChannel } from "../cache/change-channel.ts";
import type { ResultCache } from "../cache/memory-cache.ts";
import { guardListener, type StoreListener } from "../events/store-event.ts";
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

/** The parts of a store. What is left out the store does without. */
export interface ResultStoreOptions {
  /** Where records live: a storage or a registered name. */
  resultStorage: ResultStorageInput;
  /** Values to bytes and back: a serializer or a registered name. */
  serializer: ResultSerializerInput;
  /** One computation at a time across contexts. Without one, only calls in this context join. */
  lockManager?: ResultLockManager | undefined;
  /** Keeps records in memory, such as `defaultCache()`. Without one, every hit reads the storage. */
  cache?: ResultCache | undefined;
  /**
   * `false` sets the cache aside; true at first. Two hits in memory give the same object, so that changing it changes it
   * for all. With `false` every read gives a fresh one.
   */
  cacheResultInMemory?: boolean | undefined;
  /** How stores in other contexts over the same storage learn of changes. */
  changes?: ChangeChannel | undefined;
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
  /** Has the calls done that tasks `defer`. */
  scheduler?: Scheduler | undefined;
}

/** Some of the parts. What is `undefined` is left open. */
export type PartialStoreOptions = {
  [Name in keyof ResultStoreOptions]?: ResultStoreOptions[Name] | undefined;
};

/** The same with names looked up, and with what a store does at first. */
export interface ResolvedStoreOptions extends ResultStoreOptions {
  readonly resultStorage: ResultStorage;
  readonly serializer: Serializer;
  readonly cacheResultInMemory: boolean;
  readonly storageKeyFn: () => string;
  readonly now: () => number;
  /** Absent where nobody listens, so that events that nobody hears aren't made. */
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
] as const satisfies readonly (keyof ResultStoreOptions)[];

/** What to write in place of options that a store had before. */
export const movedStoreOptions: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ["metadataStorage", ": write resultStorage: new SplitStorage({ metadata, results })"],
]);

/** Throws `ConfigurationError` for options that are unknown or have moved. */
export function assertStoreOptions(options: PartialStoreOptions): void {
  assertOptions("A ResultStore", options, storeOptionNames, movedStoreOptions);
}

/** Throws `ConfigurationError` for options that are unknown, missing, or name nothing known. */
export function resolveStoreOptions(options: ResultStoreOptions): ResolvedStoreOptions {
  assertStoreOptions(options);
  const { resultStorage, serializer, onEvent, lockManager } = options;
  if (resultStorage === undefined || serializer === undefined) {
    throw new ConfigurationError(
      'A ResultStore has no defaults: give it a resultStorage and a serializer, or use createResultStore() of "reprise"',
    );
  }
  assertLockManager(lockManager);
  return {
    cacheResultInMemory: true,
    storageKeyFn: defaultStorageKeyFn,
    now: () => Date.now(),
    ...onlyGiven(options),
    resultStorage: resolveResultStorage(resultStorage),
    serializer: resolveSerializer(serializer),
    emit: onEvent && guardListener(onEvent),
  };
}
