import type { InvalidationsSince, NumberedInvalidation } from "../../core/invalidation/invalidation-table.ts";
import type { Invalidation, InvalidationMode, InvalidationTarget } from "../../core/invalidation/invalidation.ts";
import { xxHash32 } from "../../core/record/xxhash32.ts";

/** The used part of a `DurableObjectNamespace<ResultInvalidations>`, the binding of the objects that keep invalidations. */
export interface InvalidationNamespaceBinding {
  /** The object with this name, `"0"` to `"7"`. */
  getByName(name: string): InvalidationStub;
}

/** The RPC methods of a `ResultInvalidations`. The object `"0"` also numbers and logs all invalidations. */
export interface InvalidationStub {
  /** Numbers an invalidation. Only for the object `"0"`. */
  note(target: InvalidationTarget, mode: InvalidationMode): Promise<NumberedInvalidation>;
  /** Keeps the object's part of an invalidation. Without a part, only its number. */
  add(number: number, part: NumberedInvalidation | undefined): Promise<void>;
  /** The invalidations of prefixes and all that came after `after`, and those of the given tags. */
  look(after: number, tags: readonly string[]): Promise<InvalidationNews>;
  /** All invalidations after a number. Only for the object `"0"`. */
  log(since: number): Promise<InvalidationsSince>;
  /** The last invalidation that covered the key, or one of the tags. Only for the object `"0"`. */
  last(key: string, tags: readonly string[]): Promise<Invalidation | undefined>;
}

/** An answer of `InvalidationStub.look`. */
export interface InvalidationNews {
  /** The object's own count, for the next `after`. */
  readonly position: number;
  /** The number of the last invalidation that the object knows. */
  readonly latest: number;
  /** The object has forgotten some invalidations up to this number. */
  readonly floor: number;
  /** The invalidations after the position that was asked for. */
  readonly invalidations: readonly NumberedInvalidation[];
}

/** The objects that share the questions. */
export const invalidationShards = 8;

const encoder = new TextEncoder();

/** The object that keeps the invalidations of a tag. */
export function shardOf(tag: string): number {
  return xxHash32(encoder.encode(tag)) % invalidationShards;
}

/** The part of an invalidation that an object keeps: one of tags is split up, one of keys is kept by no object. */
export function partFor(shard: number, invalidation: NumberedInvalidation): NumberedInvalidation | undefined {
  const { target } = invalidation;
  if (target === "all" || "prefix" in target) return invalidation;
  const tags = "tags" in target ? target.tags.filter((tag) => shardOf(tag) === shard) : [];
  return tags.length > 0 ? { ...invalidation, target: { tags } } : undefined;
}

/** One invalidation for each tag. Other targets stay as they are. */
export function splitTags(invalidation: NumberedInvalidation): NumberedInvalidation[] {
  const { target } = invalidation;
  if (target === "all" || !("tags" in target)) return [invalidation];
  return target.tags.map((tag) => ({ ...invalidation, target: { tags: [tag] } }));
}
