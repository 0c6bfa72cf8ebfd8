import { InvalidArgumentError } from "../../errors/index.ts";
import { type FreshnessDefaults, freshnessIn, layFreshness, needExpiration } from "../context/freshness-defaults.ts";
import { assertTags } from "../record/assert-target.ts";
import { lifetimeOf } from "../record/expiration.ts";
import { freshnessNames } from "../options/call-option-names.ts";
import type { GetOrComputeOptions } from "../options/call-options.ts";
import { resolveFreshness } from "../freshness/freshness.ts";
import { assertSchema, type StandardSchema } from "../freshness/standard-schema.ts";
import type { ProgressListener } from "../concurrency/progress.ts";
import type { Duration } from "../support/duration.ts";
import { type KeepingOptions, resolveKeeping } from "../freshness/keeping.ts";
import type { OfValue } from "../freshness/of-value.ts";

/** How the results of a task are kept and answered. */
export interface AnsweringOptions<Result = unknown, Output = unknown>
  extends FreshnessDefaults, Pick<KeepingOptions<Result>, "tags" | "keep"> {
  /** How long results last, or a function of the result. Default: for ever. A lifetime of 0 or less: computed, but not kept. */
  cacheExpiration?: OfValue<Duration | undefined, Result>;
  /**
   * Checks results, and may change them: callers get the schema's output, and the record has its input. A kept result that
   * doesn't match is computed anew, a computed one is a `SchemaMismatchError`.
   */
  schema?: StandardSchema<Output> | undefined;
  /** Called with the progress of the computation, here or in another context, while a call waits for it. */
  onProgress?: ProgressListener | undefined;
}

export const answeringNames = [
  "cacheExpiration",
  "schema",
  "tags",
  "keep",
  "onProgress",
  ...freshnessNames,
] as const satisfies readonly (keyof AnsweringOptions)[];

/** The options of a call of the store, in a place with these defaults. */
export type Answering = (defaults: FreshnessDefaults) => GetOrComputeOptions;

/** Throws `InvalidArgumentError` for invalid options. Defaults that need an expiration don't apply to a task without one. */
export function resolveAnswering(options: AnsweringOptions, ownTags: readonly string[]): Answering {
  const { cacheExpiration: expiresIn, keep, schema, onProgress } = options;
  const own = freshnessIn(options);
  const expires = expiresIn !== undefined;
  const missing = expires ? undefined : needExpiration.find((name) => own[name] !== undefined);
  if (missing) throw new InvalidArgumentError(`${missing} needs cacheExpiration: without it a result never expires`);
  if (expires && typeof expiresIn !== "function") lifetimeOf(expiresIn, "cacheExpiration");
  assertSchema(schema);
  const given = { ...own, expiresIn, keep, schema, onProgress, tags: options.tags };
  resolveKeeping(given, resolveFreshness(given), Date.now);
  const tags = withTags(options.tags, ownTags);
  if (typeof tags !== "function") assertTags(tags);
  let last: { readonly defaults: FreshnessDefaults; readonly resolved: GetOrComputeOptions } | undefined;
  return (defaults) => {
    if (last?.defaults !== defaults) {
      const resolved = { ...given, ...layFreshness(freshnessIn(defaults), own), tags };
      if (!expires) for (const name of needExpiration) delete resolved[name];
      last = { defaults, resolved };
    }
    return last.resolved;
  };
}

function withTags(tags: AnsweringOptions["tags"], more: readonly string[]): OfValue<readonly string[], unknown> {
  return typeof tags === "function"
    ? (value: unknown) => [...(tags(value) ?? []), ...more]
    : [...(tags ?? []), ...more];
}
