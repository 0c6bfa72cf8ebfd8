import { createLRU } from "lru.min";
import { InvalidArgumentError } from "../../errors/index.ts";
import type { ResultRecord } from "../record/result-record.ts";

/** The records that a store keeps at hand. */
export interface ResultCache {
  get(key: string): ResultRecord | undefined;
  set(key: string, record: ResultRecord): void;
  delete(key: string): void;
  clear(): void;
  /** Another one with the same bounds, for records of another storage. Without it such records are not cached. */
  createEmpty?(): ResultCache;
}

export interface DefaultCacheOptions {
  /** 1,000 at first. */
  maxRecords?: number;
  /** Bytes of serialized bodies, 64 MiB at first. What was never serialized counts by number alone. */
  maxBytes?: number;
  /** Milliseconds after which a record is asked for anew; no limit at first. For contexts that nobody tells of changes elsewhere. */
  maxAge?: number;
}

/**
 * A cache that drops the least recently used records beyond a number and a size. A record larger than
 * `maxBytes` is not taken in at all. Throws `InvalidArgumentError` for bounds that can't be meant.
 *
 * @example
 * ```ts
 * const store = createResultStore({ cache: defaultCache({ maxRecords: 100, maxBytes: 8 * 2 ** 20 }) });
 * ```
 */
export function defaultCache({
  maxRecords = 1_000,
  maxBytes = 64 * 2 ** 20,
  maxAge = Infinity,
}: DefaultCacheOptions = {}): ResultCache {
  if (!(Number.isInteger(maxRecords) && maxRecords > 0 && maxBytes >= 0 && maxAge >= 0)) {
    throw new InvalidArgumentError(
      `maxRecords has to be 1 or more, maxBytes and maxAge 0 or more; got ${maxRecords}, ${maxBytes}, ${maxAge}`,
    );
  }
  let total = 0;
  // the size is kept beside the record, since the record learns another one when it is serialized again
  const entries = createLRU<string, { record: ResultRecord; size: number; since: number }>({
    max: maxRecords,
    onEviction: (_key, { size }) => (total -= size),
  });
  const isOld = (since: number) => maxAge !== Infinity && performance.now() - since >= maxAge;
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry || !isOld(entry.since)) return entry?.record;
      entries.delete(key);
      return undefined;
    },
    set(key, record) {
      const size = record.metadata.size ?? 0;
      if (size > maxBytes) {
        entries.delete(key);
        return;
      }
      entries.set(key, { record, size, since: maxAge === Infinity ? 0 : performance.now() });
      total += size;
      while (total > maxBytes) entries.evict(1);
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    createEmpty: () => defaultCache({ maxRecords, maxBytes, maxAge }),
  };
}
