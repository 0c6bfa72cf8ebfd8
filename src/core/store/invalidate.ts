import { InvalidArgumentError } from "../../errors/index.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import { assertTarget } from "../record/assert-target.ts";

/** The target of a call: a key, keys, a prefix, tags, or `"all"`. */
export type InvalidateTarget = string | readonly string[] | Exclude<InvalidationTarget, "all">;

/** Throws `InvalidArgumentError` for anything that is no target. A key `"all"` has to be in an array. */
export function toTarget(given: InvalidateTarget): InvalidationTarget {
  const keys = typeof given === "string" && given !== "all" ? [given] : given;
  const target = Array.isArray(keys) ? { keys: keys as readonly string[] } : (keys as InvalidationTarget);
  assertTarget(target);
  return target;
}

export function assertMode(mode: unknown): void {
  if (mode === undefined || mode === "expire" || mode === "delete") return;
  throw new InvalidArgumentError(`mode has to be "expire" or "delete"; got ${JSON.stringify(mode) ?? typeof mode}`);
}
