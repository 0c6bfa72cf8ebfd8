import { randomId } from "../../core/support/random-id.ts";
import { StorageError } from "../../errors/index.ts";
import { isRecord, notesOf, tombstone } from "./r2-object.ts";
import type { R2Objects } from "./r2-objects.ts";

/** How often other writers may intervene before a deletion fails. */
const maxAttempts = 20;

/**
 * Replaces the record by a tombstone, only if nobody changed it since it was read: R2's own deletion has no condition, and
 * would take a newer record too. Resolves to whether this call did it. If the answer is lost, the id in the tombstone tells.
 */
export async function deleteRecord(objects: R2Objects, key: string): Promise<boolean> {
  const id = randomId();
  let lost: { error: unknown; version: string } | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const object = await objects.head(key);
    if (object && notesOf(object).fence === id) return true;
    // nobody knows whether the lost attempt or another caller deleted the record that was there
    if (lost && object?.version !== lost.version) throw lost.error;
    if (!object || !isRecord(object)) return false;
    try {
      if (await objects.put(key, tombstone(notesOf(object).token, id), object.etag)) return true;
    } catch (error) {
      if (lost) throw error;
      lost = { error, version: object.version };
    }
  }
  throw new StorageError(`Others wrote "${key}" in R2 ${maxAttempts} times before this deletion could`, { key });
}
