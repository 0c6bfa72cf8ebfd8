import { InvalidArgumentError } from "../../errors/index.ts";
import { expirationAt, lifetimeOf } from "../record/expiration.ts";
import { assertTags } from "../record/assert-target.ts";
import { isExpired } from "../record/is-expired.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { type Duration, timesOf } from "../support/duration.ts";
import { assertShare, type ResolvedFreshness } from "./freshness.ts";
import { ofThe, type OfValue } from "./of-value.ts";

/** How a computed result is kept. Functions get the value. */
export interface KeepingOptions<T = unknown> {
  /** The time at which the record expires. */
  expiration?: Date | undefined;
  /** How long the record lasts from the end of the computation. A lifetime of 0 or less: computed, but not kept. */
  expiresIn?: OfValue<Duration | undefined, T>;
  /** Shortens each lifetime by a random part of at most this share, 0 to 1, so that results made together don't expire together. */
  jitter?: number | undefined;
  /** Names by which `invalidate({ tags })` finds the record: at most 64, of 1 to 256 characters. */
  tags?: OfValue<readonly string[] | undefined, T>;
  /** Whether the value is kept. Default: true. */
  keep?: OfValue<boolean | undefined, T>;
  /** How long an error of the computation is kept, and thrown again without computing. Default: not at all. */
  errorExpiresIn?: Duration | undefined;
}

/** The fields of a record that the options decide. */
export type KeepingMetadata = Pick<ResultRecordMetadata, "expiration" | "staleFor" | "tags" | "isError">;

/** Decides about a computed value. `undefined`: it is not kept. */
export type Keeping = (value: unknown) => KeepingMetadata | undefined;

export interface ResolvedKeeping {
  readonly ofValue: Keeping;
  /** Absent: errors are not kept. */
  readonly ofError: Keeping | undefined;
  /** The tags, if they don't depend on the value. */
  readonly tags: readonly string[] | undefined;
}

/** Checks the options at once, and what their functions return when there is a value. Throws `InvalidArgumentError`. */
export function resolveKeeping(
  options: KeepingOptions,
  { staleWhileRevalidate, staleIfError }: ResolvedFreshness,
  now: () => number,
): ResolvedKeeping {
  const { expiration, expiresIn, jitter, tags = [], keep = true } = options;
  const { errorExpiresIn = 0 } = timesOf(options, "errorExpiresIn");
  expirationAt({ expiration, expiresIn: typeof expiresIn === "function" ? 0 : expiresIn }, now());
  // an end that comes while the value is computed is no wish of the caller: that record is kept, and has expired
  const isOver = isExpired({ expiration }, now());
  const fixedTags = typeof tags === "function" ? [] : tags;
  assertTags(fixedTags);
  if (typeof keep !== "function") assertKeep(keep);
  if (jitter !== undefined) {
    assertShare(jitter, "jitter");
    if (expiresIn === undefined) throw new InvalidArgumentError("jitter needs expiresIn: it shortens that lifetime");
  }
  const ofValue = (value: unknown): KeepingMetadata | undefined => {
    const isKept = ofThe(keep, value) ?? true;
    assertKeep(isKept);
    if (!isKept) return undefined;
    const wished = ofThe(expiresIn, value);
    const lifetime = wished === undefined ? undefined : lifetimeOf(wished);
    if (isOver || lifetime! <= 0) return undefined;
    const shortened = lifetime && lifetime * (1 - Math.random() * (jitter ?? 0));
    const end = expirationAt({ expiration, expiresIn: shortened }, now());
    const named = ofThe(tags, value) ?? [];
    assertTags(named);
    const longestStale = Math.max(ofThe(staleWhileRevalidate, value), ofThe(staleIfError, value));
    return {
      ...(end && { expiration: end }),
      ...(longestStale > 0 && { staleFor: longestStale }),
      ...(named.length > 0 && { tags: [...named] }),
    };
  };
  const ofError = (): KeepingMetadata => ({
    expiration: new Date(now() + errorExpiresIn),
    isError: true,
    ...(fixedTags.length > 0 && { tags: [...fixedTags] }),
  });
  return {
    ofValue,
    ofError: errorExpiresIn > 0 ? ofError : undefined,
    tags: typeof tags === "function" ? undefined : tags,
  };
}

function assertKeep(keep: unknown): asserts keep is boolean {
  if (typeof keep === "boolean") return;
  throw new InvalidArgumentError(`keep has to be a boolean or a function that returns one; got ${typeof keep}`);
}
