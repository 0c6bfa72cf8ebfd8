import { createLRU } from "lru.min";
import { InvalidArgumentError } from "../errors/index.ts";
import type { ResultRecord } from "./result-record.ts";

/** The records that a store keeps at hand. */
export interface ResultCache {
  get(key: string): ResultRecord | undefined;
  set(key: string, record: ResultRecord): void;
  delete(key: string): void;
  clear(): void;
}

export interface DefaultCacheOptions {
  /** 1,000 at first. */
  maxRecords?: number;
  /** Bytes of serialized bodies, 64 MiB at first. What was never serialized counts by number alone. */
  maxBytes?: number;
}

/**
 * A cache that drops the least recently used records beyond a number and a size. A record larger than
 * `maxBytes` is not taken in at all. Throws `InvalidArgumentError` for bounds that can't be meant.
 *
 * @example
 * ```ts
 * const store = new ResultStore({ cache: defaultCache({ maxRecords: 100, maxBytes: 8 * 2 ** 20 }) });
 * ```
 */
export function defaultCache({ maxRecords = 1_000, maxBytes = 64 * 2 ** 20 }: DefaultCacheOptions = {}): ResultCache {
  if (!(Number.isInteger(maxRecords) && maxRecords > 0 && maxBytes >= 0)) {
    throw new InvalidArgumentError(
      `maxRecords has to be 1 or more and maxBytes 0 or more; got ${maxRecords}, ${maxBytes}`,
    );
  }
  let total = 0;
  // the size is kept beside the record, since the record learns another one when it is serialized again
  const entries = createLRU<string, { record: ResultRecord; size: number }>({
    max: maxRecords,
    onEviction: (_key, { size }) => (total -= size),
  });
  return {
    get: (key) => entries.get(key)?.record,
    set(key, record) {
      const size = record.metadata.size ?? 0;
      if (size > maxBytes) {
        entries.delete(key);
        return;
      }
      entries.set(key, { record, size });
      total += size;
      while (total > maxBytes) entries.evict(1);
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}
