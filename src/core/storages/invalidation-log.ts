import { InvalidatedError } from "../../errors/index.ts";
import {
  covers,
  type Invalidation,
  type InvalidationMode,
  type InvalidationTarget,
} from "../invalidation/invalidation.ts";

/** Above this number, the oldest are forgotten, and computations that began before them are refused. */
const rememberedInvalidations = 10_000;

interface Entry extends Invalidation {
  /** The keys of the records that were found by their tags. */
  readonly affected: readonly string[];
}

/** The invalidations of a storage in memory, in their order. */
export class InvalidationLog {
  #entries: Entry[] = [];
  /** The number of the invalidations before `#entries`. */
  #forgotten = 0;

  /** The place after all invalidations so far. */
  get end(): number {
    return this.#forgotten + this.#entries.length;
  }

  note(target: InvalidationTarget, mode: InvalidationMode, at: number, affected: readonly string[] = []): void {
    this.#entries.push({ target, mode, at, affected });
    if (this.#entries.length < 2 * rememberedInvalidations) return;
    this.#entries = this.#entries.slice(rememberedInvalidations);
    this.#forgotten += rememberedInvalidations;
  }

  /** Whether an invalidation after the place `since` covers a record. */
  coversSince(since: number, key: string, tags: readonly string[] | undefined): boolean {
    if (since < this.#forgotten) return true;
    for (let i = this.#entries.length - 1; i >= since - this.#forgotten; i--) {
      if (covers(this.#entries[i]!.target, key, tags)) return true;
    }
    return false;
  }

  /** The last invalidation that covered the key, or a record under it. */
  last(key: string): Invalidation | undefined {
    const entry = this.#entries.findLast(({ target, affected }) => covers(target, key) || affected.includes(key));
    return entry && { target: entry.target, mode: entry.mode, at: entry.at };
  }
}

export function invalidated(key: string): InvalidatedError {
  return new InvalidatedError(
    `"${key}" was invalidated or changed after its value began to be computed, so the value is not kept`,
    { key },
  );
}
