import { ConfigurationError } from "../../errors/index.ts";
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

/** Throws `ConfigurationError` for a `remote` that can't be one. Its code is in `reprise/http`. */
export function assertRemote(remote: unknown): void {
  const { attach } = Object(remote) as { attach?: unknown };
  if (remote === undefined || typeof attach === "function") return;
  throw new ConfigurationError(
    'remote has to carry the code that reaches the Worker: remote: remote({ url, token }), with import { remote } from "reprise"',
  );
}
