import { covers, type Invalidation } from "./invalidation.ts";

/** An invalidation with its place in the order of all. */
export interface NumberedInvalidation extends Invalidation {
  /** Its place in the order of all invalidations. */
  readonly number: number;
}

/** Invalidations of a shared storage. */
export interface InvalidationsSince {
  /** The number of the last one. */
  readonly latest: number;
  /** In their order. Absent if some are forgotten. */
  readonly invalidations?: readonly NumberedInvalidation[] | undefined;
}

/** The part of a record's metadata that decides which invalidations count against it. */
export interface Judged {
  readonly storageKey: string;
  readonly tags?: readonly string[] | undefined;
  readonly generation?: number | undefined;
}

/** The invalidations of a shared storage that this context knows. A later one replaces an earlier one of the same target and mode. */
export class InvalidationTable {
  readonly #byTarget = new Map<string, NumberedInvalidation>();
  /** In the order of their numbers. Absent: they have to be sorted again. */
  #sorted: NumberedInvalidation[] | undefined;
  /** The number of the last known invalidation. */
  #latest = 0;
  /** Invalidations up to this number may be forgotten. */
  #floor = 0;

  get latest(): number {
    return this.#latest;
  }

  get size(): number {
    return this.#byTarget.size;
  }

  add(invalidations: readonly NumberedInvalidation[]): void {
    for (const each of invalidations) {
      const name = JSON.stringify([each.mode, each.target]);
      if ((this.#byTarget.get(name)?.number ?? 0) >= each.number) continue;
      this.#byTarget.set(name, each);
      this.#sorted = undefined;
      this.noteLatest(each.number);
    }
  }

  /** Notes that invalidations up to this number happened. */
  noteLatest(number: number): void {
    this.#latest = Math.max(this.#latest, number);
  }

  /** Notes that invalidations up to this number may be forgotten: records from before can't be judged, and are invalid. */
  forgetBefore(number: number): void {
    this.#floor = Math.max(this.#floor, number);
    this.noteLatest(number);
  }

  /** The known invalidation that counts against a record: one that deletes before one that expires. */
  judge({ storageKey, tags, generation = 0 }: Judged): Invalidation | undefined {
    if (generation >= this.#latest) return undefined;
    if (generation < this.#floor) return { target: "all", mode: "delete", at: 0 };
    let found: Invalidation | undefined;
    const sorted = (this.#sorted ??= [...this.#byTarget.values()].sort((one, other) => one.number - other.number));
    for (let i = sorted.length - 1; i >= 0 && sorted[i]!.number > generation; i--) {
      const { target, mode, at } = sorted[i]!;
      if (!covers(target, storageKey, tags)) continue;
      found = { target, mode, at };
      if (mode === "delete") break;
    }
    return found;
  }
}
