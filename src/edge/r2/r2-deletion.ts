import type { StorageDeleteOptions } from "../../core/storages/result-storage.ts";
import { randomId } from "../../core/support/random-id.ts";
import { StorageError } from "../../errors/index.ts";
import { directToken, isRecord, notesOf, tombstone } from "./r2-object.ts";
import type { R2Objects } from "./r2-objects.ts";
import { assertUnchanged } from "./r2-place.ts";

/** How often other writers may intervene before a deletion fails. */
const maxAttempts = 20;

/**
 * Replaces the record by a tombstone, only if nobody changed it since it was read: R2's own deletion has no condition, and
 * would take a newer record too. The tombstone refuses what began before, so it is also put where there is no record. Resolves to
 * whether this call deleted a record. If the answer is lost, the id in the tombstone tells.
 */
export async function deleteRecord(
  objects: R2Objects,
  key: string,
  { token, grant }: StorageDeleteOptions = {},
): Promise<boolean> {
  const id = randomId();
  let lost: { error: unknown; version: string | undefined; wasRecord: boolean } | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const object = (await objects.head(key)) ?? undefined;
    const notes = object && notesOf(object);
    if (lost && notes?.fence === id) return lost.wasRecord;
    // nobody knows whether the lost attempt or another caller deleted the record that was there
    if (lost && object?.version !== lost.version) throw lost.error;
    assertUnchanged(key, { grant }, object);
    const wasRecord = object !== undefined && isRecord(object);
    const next = grant ? { token: grant.token } : directToken(notes, token);
    try {
      if (await objects.put(key, tombstone({ ...next, fence: id }), object?.etag)) return wasRecord;
    } catch (error) {
      if (lost) throw error;
      lost = { error, version: object?.version, wasRecord };
    }
  }
  throw new StorageError(`Others wrote "${key}" in R2 ${maxAttempts} times before this deletion could`, { key });
}
