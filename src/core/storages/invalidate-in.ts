import { ConfigurationError } from "../../errors/index.ts";
import type { InvalidationTarget } from "../invalidation/invalidation.ts";
import { expireRecord } from "../record/expire-record.ts";
import { allOrFirstError } from "../concurrency/all-or-first-error.ts";
import type { ResultStorage, StorageInvalidateOptions } from "./result-storage.ts";
import { deleteManyFrom } from "./storage-fallbacks.ts";

/** Uses the storage's own method. Without one, only keys can be invalidated. */
export async function invalidateIn(
  storage: ResultStorage,
  target: InvalidationTarget,
  options: StorageInvalidateOptions,
): Promise<void> {
  if (storage.invalidate) return storage.invalidate(target, options);
  if (target === "all" || !("keys" in target)) {
    const advice = (storage.clear ?? storage.list) ? "invalidate keys, or clear() it" : "invalidate keys";
    throw new ConfigurationError(
      `The storage "${storage.type}" keeps no invalidations, so it would miss what is being computed: ${advice}`,
    );
  }
  const { mode, now, tokens } = options;
  if (mode === "expire") await allOrFirstError(target.keys.map((key) => expireIn(storage, key, now, tokens?.get(key))));
  else if (!tokens?.size) await deleteManyFrom(storage, target.keys);
  else await allOrFirstError(target.keys.map((key) => storage.delete(key, { token: tokens.get(key) })));
}

/** Without conditional writes, a write that comes between is lost. */
async function expireIn(storage: ResultStorage, key: string, now: number, token: number | undefined): Promise<void> {
  const stored = await storage.read(key, { fresh: true });
  const expired = stored && expireRecord(stored.bytes, key, now);
  if (!expired) return;
  const ifMatch = storage.capabilities.conditionalWrites ? stored.etag : undefined;
  await storage.write(key, expired.bytes, { metadata: expired.metadata, token, ifMatch });
}
