import type { Invalidation } from "../../core/invalidation/invalidation.ts";

/** An invalidation in the database. Its row key is its place in the order of changes. */
export interface InvalidationRow extends Omit<Invalidation, "mode"> {
  /** Absent: the row stands for all invalidations up to it, which are forgotten. */
  readonly mode?: Invalidation["mode"];
  /** Keys of the records that were found by their tags. */
  readonly affected?: readonly string[] | undefined;
}
