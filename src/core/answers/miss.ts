import type { MissReason, StoreEvent } from "../events/store-event.ts";
import type { Invalidation } from "../invalidation/invalidation.ts";
import type { LastInvalidationOptions, ResultStorage } from "../storages/result-storage.ts";
import type { Miss } from "./record-access.ts";

interface WhyMissed {
  readonly reason: MissReason;
  readonly invalidation?: Invalidation;
}

type MissListener = (event: Extract<StoreEvent, { type: "miss" }>) => void;

/** Tells of a miss. */
export async function tellMiss(emit: MissListener, storage: ResultStorage, key: string, look: Miss): Promise<void> {
  const { error } = look;
  const why = await whyMissed(storage, key, look, { known: true });
  emit({ type: "miss", key, ...why, ...(error !== undefined && { error }) });
}

/** The reason for a miss. Asks a storage that deletes or changes the records of an invalidation for the last one. */
export async function whyMissed(
  storage: ResultStorage,
  key: string,
  look: Miss,
  options?: LastInvalidationOptions,
): Promise<WhyMissed> {
  const { miss: reason } = look;
  const invalidation = look.invalidation ?? (await lastCause(storage, key, look, options).catch(() => undefined));
  return invalidation ? { reason: "invalidated", invalidation } : { reason };
}

async function lastCause(
  storage: ResultStorage,
  key: string,
  { miss, expiration }: Miss,
  options: LastInvalidationOptions | undefined,
): Promise<Invalidation | undefined> {
  if (!storage.lastInvalidation || (miss !== "absent" && !expiration)) return undefined;
  const last = await storage.lastInvalidation(key, options);
  const isCause = expiration ? last?.mode === "expire" && last.at === expiration.getTime() : last?.mode === "delete";
  return isCause ? last : undefined;
}
