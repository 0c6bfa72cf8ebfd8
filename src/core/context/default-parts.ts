import { defaultCache, type DefaultCacheOptions } from "../cache/memory-cache.ts";
import {
  movedStoreOptions,
  type PartialStoreOptions,
  type ResultStoreOptions,
  storeOptionNames,
} from "../options/store-options.ts";
import { assertOptions } from "../support/assert-options.ts";
import "./built-in-serializers.ts";
import { getSettings } from "./configure.ts";

/** Options that only some runtimes use. All accept them, since one module may run in several. */
export const runtimeOptionNames = [
  "name",
  "durability",
  "maxBytes",
  "openTimeout",
  "sweepInterval",
  "remote",
  "env",
  "kv",
  "r2",
  "locks",
  "invalidations",
  "maxCopyBytes",
  "copyTtl",
  "dataCenterCopies",
] as const;

/**
 * The store options among those of `createResultStore`. The serializer of the settings and a memory cache fill gaps.
 * Throws `ConfigurationError` for an option that no runtime has.
 */
export function defaultParts(
  options: PartialStoreOptions,
  cacheOptions?: DefaultCacheOptions,
): PartialStoreOptions & Pick<ResultStoreOptions, "serializer"> {
  assertOptions("createResultStore", options, [...storeOptionNames, ...runtimeOptionNames], movedStoreOptions);
  return {
    ...(Object.fromEntries(storeOptionNames.map((name) => [name, options[name]])) as PartialStoreOptions),
    serializer: options.serializer ?? getSettings().defaultSerializer,
    cache: options.cache ?? defaultCache(cacheOptions),
  };
}
