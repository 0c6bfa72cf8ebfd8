import type { LockGrant } from "../../core/locks/result-lock-manager.ts";
import { expireRecord } from "../../core/record/expire-record.ts";
import { randomId } from "../../core/support/random-id.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { directToken, notesOf, toHeadText, tombstone, withoutSalt, withSalt } from "./r2-object.ts";
import type { Change, R2Objects, ReadObject } from "./r2-objects.ts";
import { assertUnchanged } from "./r2-place.ts";

// Each function changes the object without changing its value: a new salt changes the etag for all earlier readers of the object.

/** Refuses the holders before `grant`. */
export async function fenceObject(objects: R2Objects, key: string, grant: LockGrant): Promise<void> {
  const { token } = grant;
  await rewrite(objects, key, (object): Change => {
    assertUnchanged(key, { grant }, object);
    const notes = object && notesOf(object);
    if (notes?.token === token) return undefined;
    if (!object || notes?.fence !== undefined) return tombstone({ token, fence: notes?.fence ?? "1" });
    return salted(withoutSalt(object.bytes, object), { ...notes!, token, isDirect: false });
  });
}

/** Refuses all computations that began before. `expireAt`: also lets the record expire then. */
export async function supersede(
  objects: R2Objects,
  key: string,
  { token, expireAt }: { token?: number | undefined; expireAt?: number } = {},
): Promise<R2Head> {
  const id = randomId();
  const written = await rewrite(objects, key, (object): Change => {
    const notes = object && notesOf(object);
    const next = directToken(notes, token);
    if (!object || notes?.fence !== undefined) return tombstone({ ...next, fence: id });
    const bytes = withoutSalt(object.bytes, object);
    const expired = expireAt === undefined ? undefined : expireRecord(bytes, key, expireAt);
    const head = expired ? toHeadText(expired.metadata) : notes!.head;
    return salted(expired?.bytes ?? bytes, { ...notes!, ...next, head });
  });
  return written!;
}

function rewrite(
  objects: R2Objects,
  key: string,
  decide: (object: ReadObject | undefined) => Change,
): Promise<R2Head | undefined> {
  return objects.change(key, () => objects.get(key), decide);
}

/** A record that changes is no longer a copy of another storage's. */
function salted(bytes: Uint8Array, notes: ReturnType<typeof notesOf>): Change {
  return { body: withSalt(bytes), notes: { ...notes, etag: undefined, isSalted: true } };
}
