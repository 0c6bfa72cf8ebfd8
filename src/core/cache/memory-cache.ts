import { createLRU } from "lru.min";
import { InvalidArgumentError } from "../../errors/index.ts";
import type { ResultRecord } from "../record/result-record.ts";

/** The records that a store keeps in memory. */
export interface ResultCache {
  /** The record, which then counts as the one used last. */
  get(key: string): ResultRecord | undefined;
  /** Takes in a record. The cache may drop this one or others for it. */
  set(key: string, record: ResultRecord): void;
  /** Drops the record, if there is one. */
  delete(key: string): void;
  /** Drops all records. */
  clear(): void;
  /** An empty cache with the same bounds, for records of another storage. Without it such records are not cached. */
  createEmpty?(): ResultCache;
}

/** The bounds of `defaultCache`. */
export interface DefaultCacheOptions {
  /** The maximum number of records. Default: 1,000. */
  maxRecords?: number;
  /** The maximum size of serialized bodies, in bytes. Default: 64 MiB. Values that were never serialized count by number alone. */
  maxBytes?: number;
  /** Milliseconds after which a record is read again. Default: no limit. For contexts without news of changes elsewhere. */
  maxAge?: number;
}

/**
 * A cache that drops the least recently used records beyond a number and a size. It never takes in a record larger than
 * `maxBytes`. Throws `InvalidArgumentError` for invalid bounds.
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
  // the size is stored beside the record, since the record's own size changes when it is serialized again
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
