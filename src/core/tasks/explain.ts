import { settingsIn } from "../context/configure.ts";
import type { Scope } from "../context/scope.ts";
import type { Invalidation } from "../invalidation/invalidation.ts";
import { sourcePart } from "../keys/cache-policy.ts";
import { hashParts } from "../keys/part-hashes.ts";
import type { ResultRecordMetadata } from "../record/result-record-metadata.ts";
import { whyMissed } from "../answers/miss.ts";
import type { ResultStore } from "../store/result-store.ts";
import { internals } from "../store/store-internals.ts";
import type { TaskRecords } from "./task-options.ts";
import type { TaskPlace } from "./task-place.ts";

/** What a call of a task would find. */
export type Explanation =
  /** It would not be cached. */
  | { readonly state: "not-cached" }
  /** `refreshCache` computes it anyway. */
  | { readonly state: "refresh"; readonly key: string }
  /** A record answers it. A stale one answers while the result is computed anew. */
  | {
      readonly state: "hit" | "stale";
      readonly key: string;
      readonly createdAt: Date;
      readonly expiration?: Date | undefined;
      /** The record has an error, which is thrown again. */
      readonly isError?: true | undefined;
    }
  /** The record has expired, and no option allows a stale one. */
  | { readonly state: "expired"; readonly key: string; readonly expiration: Date }
  /** Nobody has computed it since this invalidation, which covers its key. */
  | {
      readonly state: "invalidated";
      readonly key: string;
      readonly invalidation: Invalidation;
      readonly nearest?: NearRecord | undefined;
    }
  /** There is no result for this key, and one for another key. */
  | { readonly state: "changed"; readonly key: string; readonly nearest: NearRecord }
  /** There is no result for this key, nor for any other key of the task. */
  | { readonly state: "never-computed"; readonly key: string }
  /** The storage, or its record, can't be read, or the result does not fit the schema. The call computes. */
  | { readonly state: "unreadable"; readonly key: string; readonly error: unknown };

/** The record of the task whose key has the fewest other parts. Of several, the newest. */
export interface NearRecord {
  /** The key of the record. */
  readonly key: string;
  /** When its result was computed. */
  readonly createdAt: Date;
  /**
   * The inputs that differ, by name. Other parts of the key have names with parentheses: `captures()`, `flow()`, `run()`, and
   * `policy()` for a policy of your own. `"..."`: one of the inputs that had no room in the record.
   */
  readonly changed: readonly string[];
  /** Whether the function's text or its `version` differs. */
  readonly isSourceChanged: boolean;
}

/** See `Task.explain`. */
export async function explainCall(place: TaskPlace, args: readonly unknown[], scope: Scope): Promise<Explanation> {
  const { resolved } = place;
  const description = place.describe(args, scope);
  const key = await place.keyOf(description, scope);
  if (key === undefined) return { state: "not-cached" };
  if (place.refreshes(scope)) return { state: "refresh", key };
  const store = place.store(scope, place.persists(scope));
  const look = await store[internals].peek(key, resolved.answering(settingsIn(scope).tasks));
  if ("record" in look) {
    const { createdAt, expiration, isError } = look.record.metadata;
    return { state: look.freshness === "stale" ? "stale" : "hit", key, createdAt, expiration, isError };
  }
  const { invalidation } = await whyMissed(store.resultStorage, key, look);
  if (look.expiration && !invalidation) return { state: "expired", key, expiration: look.expiration };
  if ("error" in look) return { state: "unreadable", key, error: look.error };
  const nearest = await findNearest(store, resolved.records, await hashParts(resolved.partsOf(description)));
  if (invalidation) return { state: "invalidated", key, invalidation, nearest };
  return nearest ? { state: "changed", key, nearest } : { state: "never-computed", key };
}

async function findNearest(
  store: ResultStore,
  { prefix, tags }: TaskRecords,
  own: Readonly<Record<string, string>>,
): Promise<NearRecord | undefined> {
  if (!store.resultStorage.list) return undefined;
  const { records } = await store.list({ ...(prefix !== undefined && { prefix }), allowExpired: true });
  let nearest: ResultRecordMetadata | undefined;
  let changed: string[] = [];
  for (const record of records) {
    if (!record.inputs || (tags && !record.tags?.includes(tags[0]!))) continue;
    const found = differences(own, record.inputs);
    const isNewer = found.length === changed.length && nearest && record.createdAt > nearest.createdAt;
    if (nearest && found.length >= changed.length && !isNewer) continue;
    nearest = record;
    changed = found;
  }
  if (!nearest) return undefined;
  const { storageKey: key, createdAt } = nearest;
  const isSourceChanged = changed.includes(sourcePart);
  return { key, createdAt, changed: changed.filter((name) => name !== sourcePart), isSourceChanged };
}

function differences(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): string[] {
  return Object.keys({ ...one, ...other }).filter((name) => one[name] !== other[name]);
}
