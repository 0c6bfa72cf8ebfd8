import { defaultCache, type DefaultCacheOptions } from "../cache/memory-cache.ts";
import type { PartialStoreOptions } from "../store/store-options.ts";
import { assertOptions } from "../support/assert-options.ts";
import { movedStoreOptions, storeOptionNames } from "../store/store-options.ts";
import "./built-in-serializers.ts";
import { getSettings } from "./configure.ts";

/** What a runtime's `createResultStore` takes, beside what every store does. */
export interface RuntimeOptions {
  /** The names of the options that only this runtime has. */
  readonly names?: readonly string[] | undefined;
  readonly cache?: DefaultCacheOptions | undefined;
}

/**
 * The serializer of the settings and a memory cache, unless `options` has them. Throws `ConfigurationError` for options
 * that `createResultStore` doesn't have.
 */
export function defaultParts(options: PartialStoreOptions, { names = [], cache }: RuntimeOptions = {}) {
  assertOptions("createResultStore", options, [...storeOptionNames, ...names], movedStoreOptions);
  return {
    serializer: options.serializer ?? getSettings().defaultSerializer,
    cache: options.cache ?? defaultCache(cache),
  };
}
