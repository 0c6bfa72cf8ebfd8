import { ConfigurationError, InvalidArgumentError } from "../../errors/index.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import { assertTarget } from "../record/assert-target.ts";
import { expireRecord } from "../record/expire-record.ts";
import type { ResultStorage, StorageInvalidateOptions } from "../storages/result-storage.ts";
import { deleteManyFrom } from "../storages/storage-fallbacks.ts";

/** The target of a call: a key, keys, a prefix, tags, or `"all"`. */
export type InvalidateTarget = string | readonly string[] | Exclude<InvalidationTarget, "all">;

/** Throws `InvalidArgumentError` for anything that is no target. A key `"all"` has to be in an array. */
export function toTarget(given: InvalidateTarget): InvalidationTarget {
  const keys = typeof given === "string" && given !== "all" ? [given] : given;
  const target = Array.isArray(keys) ? { keys: keys as readonly string[] } : (keys as InvalidationTarget);
  assertTarget(target);
  return target;
}

export function assertMode(mode: unknown): void {
  if (mode === undefined || mode === "expire" || mode === "delete") return;
  throw new InvalidArgumentError(`mode has to be "expire" or "delete"; got ${JSON.stringify(mode) ?? typeof mode}`);
}

/** Uses the storage's own method. Without one, only keys can be invalidated. */
export async function invalidateIn(
  storage: ResultStorage,
  target: InvalidationTarget,
  options: StorageInvalidateOptions,
): Promise<void> {
  if (storage.invalidate) return storage.invalidate(target, options);
  if (target === "all" || !("keys" in target)) {
    throw new ConfigurationError(
      `The storage "${storage.type}" keeps no invalidations, so it would miss what is being computed: invalidate keys, or clear() it`,
    );
  }
  if (options.mode === "delete") return void (await deleteManyFrom(storage, target.keys));
  await Promise.all(target.keys.map((key) => expireIn(storage, key, options.now)));
}

async function expireIn(storage: ResultStorage, key: string, now: number): Promise<void> {
  const stored = await storage.read(key, { fresh: true });
  const expired = stored && expireRecord(stored.bytes, key, now);
  if (expired) await storage.write(key, expired.bytes, { metadata: expired.metadata });
}
