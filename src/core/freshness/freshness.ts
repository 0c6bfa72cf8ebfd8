import { InvalidArgumentError } from "../../errors/index.ts";
import type { ExpirationOptions } from "../record/expiration.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { type Duration, timesOf, toMilliseconds } from "../support/duration.ts";
import type { OfValue } from "./of-value.ts";

/** How old an answer may be, and how long a caller waits for a newer one. The terms are those of RFC 9111 and RFC 5861. */
export interface FreshnessOptions<T = unknown> {
  /** How long after its expiration a result is still served at once, while one context computes it anew in the background (RFC 5861, 3). */
  staleWhileRevalidate?: OfValue<Duration, T> | undefined;
  /** How long after its expiration a result replaces a computation that fails, or is slower than `softTimeout` (RFC 5861, 4). */
  staleIfError?: OfValue<Duration, T> | undefined;
  /** How long a caller waits before it gets a stale result, if `staleIfError` allows one. The computation goes on. 0: no limit. */
  softTimeout?: Duration | undefined;
  /** How long a computation may take. Then its signal aborts, and callers get `ComputeTimeoutError` or a stale result. 0: no limit. */
  computeTimeout?: Duration | undefined;
  /** The share of its lifetime, between 0 and 1, after which a result is computed anew in the background, once for all contexts. */
  refreshAhead?: number | undefined;
}

/** The same options in milliseconds. */
export interface ResolvedFreshness {
  readonly staleWhileRevalidate: OfValue<number, unknown>;
  readonly staleIfError: OfValue<number, unknown>;
  readonly softTimeout?: number | undefined;
  readonly computeTimeout?: number | undefined;
  readonly refreshAhead?: number | undefined;
}

/**
 * The state of a record.
 *
 * - `"fresh"`: it answers the call.
 * - `"due"`: it does, and is computed anew in the background.
 * - `"stale"`: the same, after its expiration.
 * - `"fallback"`: it answers only if the computation fails or is slow.
 * - `"gone"`: it answers no call.
 */
export type Freshness = "fresh" | "due" | "stale" | "fallback" | "gone";

/** The states in which a record answers a call at once. */
export const answering: ReadonlySet<Freshness> = /* @__PURE__ */ new Set([
  "fresh",
  "due",
  "stale",
] satisfies Freshness[]);

/** The parts of a record that decide. Its result is only read once it has expired. */
interface Judged {
  readonly metadata: Pick<ResultRecordMetadata, "createdAt" | "expiration" | "isError">;
  readonly result?: unknown;
}

/** Decides alone what a record may be used for at `now`, in milliseconds since 1970. */
export function freshnessOf(
  record: Judged,
  { staleWhileRevalidate = 0, staleIfError = 0, refreshAhead }: Partial<ResolvedFreshness>,
  now: number,
): Freshness {
  const { createdAt, expiration, isError } = record.metadata;
  if (!expiration) return "fresh";
  const age = now - expiration.getTime();
  if (age < 0) {
    const lifetime = expiration.getTime() - createdAt.getTime();
    return refreshAhead !== undefined && !isError && age >= (refreshAhead - 1) * lifetime ? "due" : "fresh";
  }
  // an error was kept to be thrown for a while, not to be preferred to a computation
  if (isError) return "gone";
  const isWithin = (time: OfValue<number, unknown>) => age < (typeof time === "function" ? time(record.result) : time);
  if (isWithin(staleWhileRevalidate)) return "stale";
  return isWithin(staleIfError) ? "fallback" : "gone";
}

/** Throws `InvalidArgumentError` for options that are invalid, or have no meaning together. */
export function resolveFreshness(options: FreshnessOptions & Expiring): ResolvedFreshness {
  const { refreshAhead } = options;
  const { softTimeout = 0, computeTimeout = 0 } = timesOf(options, "softTimeout", "computeTimeout");
  if (refreshAhead !== undefined) assertShare(refreshAhead, "refreshAhead");
  const expires = (options.expiresIn ?? options.expiration) !== undefined;
  for (const name of ["staleIfError", "refreshAhead"] as const) {
    if (options[name] !== undefined && !expires)
      throw new InvalidArgumentError(`${name} needs an expiration: without expiresIn a result is never stale`);
  }
  // a timeout of 0 is none, so that it turns a default off
  if (computeTimeout > 0 && softTimeout > computeTimeout) {
    throw new InvalidArgumentError(
      `softTimeout (${softTimeout} ms) can't be longer than computeTimeout (${computeTimeout} ms)`,
    );
  }
  return {
    staleWhileRevalidate: staleTimeOf(options, "staleWhileRevalidate"),
    staleIfError: staleTimeOf(options, "staleIfError"),
    softTimeout: softTimeout || undefined,
    computeTimeout: computeTimeout || undefined,
    refreshAhead,
  };
}

function staleTimeOf(
  options: FreshnessOptions,
  name: "staleWhileRevalidate" | "staleIfError",
): OfValue<number, unknown> {
  const { [name]: time = 0 } = options;
  return typeof time === "function" ? (value) => toMilliseconds(time(value), name) : toMilliseconds(time, name);
}

type Expiring = { readonly expiresIn?: unknown; readonly expiration?: ExpirationOptions["expiration"] };

/** Throws `InvalidArgumentError` unless `share` lies between 0 and 1. */
export function assertShare(share: unknown, name: string): asserts share is number {
  if (typeof share === "number" && share >= 0 && share <= 1) return;
  throw new InvalidArgumentError(`${name} has to be a share between 0 and 1; got ${String(share)}`);
}
