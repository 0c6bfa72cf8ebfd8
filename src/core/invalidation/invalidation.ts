/** The records that an invalidation covers. */
export type InvalidationTarget =
  | "all"
  | { readonly keys: readonly string[] }
  | { readonly prefix: string }
  | { readonly tags: readonly string[] };

/** `"expire"`: the records become stale. `"delete"`: they are gone. */
export type InvalidationMode = "expire" | "delete";

/** An invalidation that happened. */
export interface Invalidation {
  /** The records that it covers. */
  readonly target: InvalidationTarget;
  /** `"delete"`: they are gone. `"expire"`: they are stale. */
  readonly mode: InvalidationMode;
  /** Milliseconds since 1970, by the clock of the place that keeps it. */
  readonly at: number;
}

/**
 * A change of records. `"kept"`: a computed value was kept. `"written"`: a record was written by hand. `"invalidated"`: records were
 * invalidated or deleted. A computation that began before one of the last two must not be joined or kept afterwards.
 */
export type ChangeKind = "kept" | "written" | "invalidated";

/**
 * Whether `target` covers a record with this key and these tags.
 *
 * @example
 * ```ts
 * covers({ prefix: "maps/" }, "maps/oslo"); // true
 * covers({ tags: ["roads"] }, "maps/oslo", ["roads", "rails"]); // true
 * ```
 */
export function covers(target: InvalidationTarget, key: string, tags: readonly string[] = []): boolean {
  if (target === "all") return true;
  if ("keys" in target) return target.keys.includes(key);
  if ("prefix" in target) return key.startsWith(target.prefix);
  return target.tags.some((tag) => tags.includes(tag));
}
