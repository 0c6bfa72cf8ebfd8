import { mapConcurrently } from "../../core/support/map-concurrently.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { concurrentCalls } from "../bindings/binding-calls.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { tryMetadata } from "./r2-heads.ts";
import { walkObjects } from "./r2-lists.ts";
import { notesOf } from "./r2-object.ts";
import type { R2Objects } from "./r2-objects.ts";

/** Milliseconds after which nobody comes back who lost a lock. */
const maxLateness = 24 * 3_600_000;

export interface R2SweepOptions {
  now: number;
  /** Deletes the record that was listed, and no other that has taken its place. */
  remove: (object: R2Head) => Promise<boolean>;
  onDelete: ((key: string) => void) | undefined;
}

interface Remaining {
  readonly object: R2Head;
  readonly createdAt: number;
}

/** One pass over a bucket. */
export class R2Sweep {
  readonly #objects: R2Objects;
  readonly #options: R2SweepOptions;
  readonly #remaining: Remaining[] = [];
  #freed = 0;

  constructor(objects: R2Objects, options: R2SweepOptions) {
    this.#objects = objects;
    this.#options = options;
  }

  /** How many records went. */
  async removeExpired(isOver: (metadata: ResultRecordMetadata) => boolean): Promise<number> {
    let expired = 0;
    for await (const page of walkObjects(this.#objects, {})) {
      await mapConcurrently(page, concurrentCalls, async (object) => {
        if (notesOf(object).isFence) return this.#removeOldFence(object);
        const metadata = await tryMetadata(this.#objects, object);
        const isExpired = metadata !== undefined && isOver(metadata);
        if (isExpired && (await this.#remove(object))) expired++;
        if (!isExpired) {
          this.#remaining.push({
            object,
            createdAt: Number(metadata?.createdAt ?? object.uploaded),
          });
        }
      });
    }
    return expired;
  }

  /** Removes the oldest until `bytes` are free, counting those of the expired. How many records went. */
  async free(bytes: number): Promise<number> {
    let evicted = 0;
    for (const { object } of this.#remaining.sort((one, other) => one.createdAt - other.createdAt)) {
      if (this.#freed >= bytes) break;
      if (await this.#remove(object)) evicted++;
    }
    return evicted;
  }

  async #remove(object: R2Head): Promise<boolean> {
    if (!(await this.#options.remove(object))) return false;
    this.#freed += object.size;
    this.#options.onDelete?.(object.key);
    return true;
  }

  /** Looked at once more: R2 deletes without a condition, and a record may have taken its place since the list. */
  async #removeOldFence(object: R2Head): Promise<void> {
    if (this.#options.now - object.uploaded.getTime() < maxLateness) return;
    const present = await this.#objects.head(object.key);
    if (present?.version === object.version) await this.#objects.delete(object.key);
  }
}
