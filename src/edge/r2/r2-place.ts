import { invalidated } from "../../core/storages/invalidation-log.ts";
import type { StorageWriteOptions } from "../../core/storages/result-storage.ts";
import { StaleLockError } from "../../errors/index.ts";
import type { R2Head } from "../bindings/bindings.ts";
import { etagOf, isRecord, notesOf, parseEtag } from "./r2-object.ts";

// The place where a computation began, as text: `lock` under a grant, whose token says it all; otherwise `r` and the version of the
// record, `t` and the version of the tombstone, `-` for no object, or `?` if nobody could ask.

export const placeUnderLock = "lock";

export function placeOf(object: R2Head | undefined): string {
  if (!object) return "-";
  return (isRecord(object) ? "r" : "t") + object.version;
}

/** The place of a computation that found the record with this etag. */
export function placeOfEtag(etag: string | null | undefined): string | undefined {
  const version = etag ? parseEtag(etag)?.version : undefined;
  return version === undefined ? undefined : `r${version}`;
}

const swept = "swept.";

/** The note of a tombstone for a record that a sweep removes: that refuses no computation. */
export function sweptFence({ version }: R2Head): string {
  return swept + version;
}

type Origin = Pick<StorageWriteOptions, "since" | "grant" | "found">;

/** Throws `StaleLockError` or `InvalidatedError` if the object has changed since the write's lock was taken, or its value began. */
export function assertUnchanged(key: string, origin: Origin, object: R2Head | undefined): void {
  const { since, grant } = origin;
  const { token = 0, isDirect = false } = object ? notesOf(object) : {};
  const isLate = grant !== undefined && (grant.signal.aborted || token > grant.token);
  if (isLate && (since === undefined || !isDirect || token <= grant.token)) {
    throw new StaleLockError(`The lock on "${key}" was taken over before this write`, { key });
  }
  if (isLate || isChanged(origin, object)) throw invalidated(key);
}

function isChanged({ since, grant, found }: Origin, object: R2Head | undefined): boolean {
  if (since === undefined) return false;
  if (grant) return found !== undefined && isOther(found, object);
  if (placeOf(object) === since) return false;
  const fence = object && notesOf(object).fence;
  if (!object) return since !== "?";
  if (fence === "1") return since.startsWith("r");
  return !fence?.startsWith(swept) || (since !== "?" && since !== `r${fence.slice(swept.length)}`);
}

/** Whether the object is another one than the caller found under its lock, and no sweep has removed that. */
function isOther(found: string | null, object: R2Head | undefined): boolean {
  if (!object) return found !== null;
  if (isRecord(object)) return etagOf(object) !== found;
  const { fence } = notesOf(object);
  return found !== null && fence !== "1" && !fence!.startsWith(swept);
}
