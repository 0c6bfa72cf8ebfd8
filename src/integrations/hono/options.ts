import type { Context } from "hono";
import { assertTags } from "../../core/record/assert-target.ts";
import { assertStore } from "../../core/store/store-internals.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { type Duration, timesOf } from "../../core/support/duration.ts";
import { ConfigurationError } from "../../errors/index.ts";

/** The options of `cachedResponse`. */
export interface CachedResponseOptions {
  /** Keeps the responses. Its serializer has to take a `Uint8Array`, as the default one does. */
  store: ResultStore;
  /** How long a response is fresh. Default: as its `s-maxage`, `max-age` or `Expires` says, else until it is invalidated. */
  expiresIn?: Duration | undefined;
  /**
   * How long after that it is still served at once, while the handler runs again in the background. Default: as
   * `stale-while-revalidate` of its `Cache-Control` says, else not at all.
   */
  staleWhileRevalidate?: Duration | undefined;
  /**
   * How long after that it replaces a response that fails: an error or a status of 500 and more. Default: as
   * `stale-if-error` of its `Cache-Control` says, else not at all.
   */
  staleIfError?: Duration | undefined;
  /** The request headers that the response depends on. Each of their values has a response of its own. */
  vary?: readonly string[] | undefined;
  /** Names by which `store.invalidate({ tags })` finds the response: at most 64, of 1 to 256 characters. */
  tags?: readonly string[] | ((c: Context) => readonly string[]) | undefined;
  /** Replaces the URL in the key of the record, which is `responses/` and this text. */
  key?: ((c: Context) => string | Promise<string>) | undefined;
  /**
   * Which requests neither get nor leave a kept response. Default: those with a `Cookie` that `vary` doesn't name. A request
   * with an `Authorization` that `vary` doesn't name is always one of them.
   */
  bypass?: ((c: Context) => boolean | Promise<boolean>) | undefined;
  /** The status codes of the responses that are kept. Default: 200 alone. */
  statuses?: readonly number[] | undefined;
  /** The bytes that a body may have. A longer one is passed on and not kept. Default: 4 MiB. */
  maxBytes?: number | undefined;
  /**
   * How long a request waits for the response of another one. Then it runs its own handlers. A body that takes longer is not kept.
   * 0: no limit. Default: 1 minute.
   */
  waitTimeout?: Duration | undefined;
}

/** The names of `CachedResponseOptions`. */
export const cachedResponseOptionNames = [
  "store",
  "expiresIn",
  "staleWhileRevalidate",
  "staleIfError",
  "vary",
  "tags",
  "key",
  "bypass",
  "statuses",
  "maxBytes",
  "waitTimeout",
] as const satisfies readonly (keyof CachedResponseOptions)[];

export interface ResolvedOptions extends CachedResponseOptions {
  /** In lower case and in order. */
  readonly vary: readonly string[];
  readonly statuses: readonly number[];
  readonly maxBytes: number;
  /** Milliseconds, as the next ones are. */
  readonly expiresIn: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
  readonly waitTimeout: number;
}

/** Throws `ConfigurationError` or `InvalidArgumentError` for options that are unknown or invalid. */
export function resolveOptions(options: CachedResponseOptions): ResolvedOptions {
  assertOptions("cachedResponse", options, cachedResponseOptionNames);
  const { store, vary = [], tags, statuses = [200], maxBytes = 4 * 2 ** 20 } = options;
  assertStore(store, "cachedResponse");
  const times = timesOf(options, "expiresIn", "staleWhileRevalidate", "staleIfError", "waitTimeout");
  const { expiresIn, staleWhileRevalidate, staleIfError, waitTimeout = 60_000 } = times;
  if (tags !== undefined && typeof tags !== "function") assertTags(tags);
  if (!(typeof maxBytes === "number" && maxBytes >= 0)) {
    throw new ConfigurationError(`maxBytes has to be a number of bytes; got ${String(maxBytes)}`);
  }
  if (!Array.isArray(statuses) || !statuses.every(isWhole)) {
    const got = JSON.stringify(statuses);
    throw new ConfigurationError(`statuses has to be an array of codes from 200 to 499, but 206 and 304; got ${got}`);
  }
  const resolved = { expiresIn, staleWhileRevalidate, staleIfError, waitTimeout };
  return { ...options, ...resolved, vary: headerNames(vary), statuses, maxBytes };
}

/** Whether a response of this status stands for itself: it is no failure, no part, and no answer to a condition. */
function isWhole(status: unknown): boolean {
  return Number.isInteger(status) && Number(status) >= 200 && Number(status) < 500 && status !== 206 && status !== 304;
}

/** In lower case and in order, each once. */
function headerNames(names: unknown): readonly string[] {
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string" && /^[\w!#$%&'+.^`|~-]+$/.test(name))) {
    throw new ConfigurationError(
      `vary has to be an array of header names; got ${JSON.stringify(names) ?? typeof names}`,
    );
  }
  const lower = (names as string[]).map((name) => name.toLowerCase());
  return [...new Set(lower)].toSorted();
}
