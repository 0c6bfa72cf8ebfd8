import { covers, type InvalidationTarget } from "../invalidation/invalidation.ts";

/** Whether both targets may cover the same record. `undefined`: it depends on the tags of the records that there are. */
export function overlap(one: InvalidationTarget, other: InvalidationTarget): boolean | undefined {
  if (one === "all" || other === "all") return true;
  if ("tags" in one || "tags" in other) {
    const isShared = "tags" in one && "tags" in other && one.tags.some((tag) => other.tags.includes(tag));
    return isShared || undefined;
  }
  if ("keys" in one) return one.keys.some((key) => covers(other, key));
  if ("keys" in other) return overlap(other, one);
  return one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
}
