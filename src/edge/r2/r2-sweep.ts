import { mapConcurrently } from "../../core/concurrency/map-concurrently.ts";
import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import { concurrentCalls } from "../bindings/binding-calls.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { tryMetadata } from "./r2-heads.ts";
import { walkObjects } from "./r2-lists.ts";
import { isRecord, notesOf, tombstone } from "./r2-object.ts";
import { sweptFence } from "./r2-place.ts";
import type { R2Objects } from "./r2-objects.ts";

/** Milliseconds after which no holder that lost its lock can still come back. */
const maxLateness = 24 * 3_600_000;

export interface R2SweepOptions {
  now: number;
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

  /** Returns the number of deleted records. */
  async removeExpired(isOver: (metadata: ResultRecordMetadata) => boolean): Promise<number> {
    let expired = 0;
    for await (const page of walkObjects(this.#objects, {})) {
      await mapConcurrently(page, concurrentCalls, async (object) => {
        if (!isRecord(object)) return this.#removeOldFence(object);
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

  /** Removes the oldest records until `bytes` are free, expired ones included. Returns the number of deleted records. */
  async free(bytes: number): Promise<number> {
    let evicted = 0;
    for (const { object } of this.#remaining.sort((one, other) => one.createdAt - other.createdAt)) {
      if (this.#freed >= bytes) break;
      if (await this.#remove(object)) evicted++;
    }
    return evicted;
  }

  /** Deletes the listed record, but no other one that has replaced it. */
  async #remove(object: R2Head): Promise<boolean> {
    const { token, isDirect } = notesOf(object);
    const swept = tombstone({ token, isDirect, fence: sweptFence(object) });
    if (!(await this.#objects.put(object.key, swept, object.etag))) return false;
    this.#freed += object.size;
    this.#options.onDelete?.(object.key);
    return true;
  }

  /**
   * Reads the object again: R2 has no conditional delete, and a record may have replaced the fence since the list. The
   * deletion follows at once or not at all; the next sweep tries again.
   */
  async #removeOldFence(object: R2Head): Promise<void> {
    if (this.#options.now - object.uploaded.getTime() < maxLateness) return;
    const present = await this.#objects.head(object.key);
    if (present?.version === object.version) await this.#objects.deleteOnce(object.key).catch(() => {});
  }
}
