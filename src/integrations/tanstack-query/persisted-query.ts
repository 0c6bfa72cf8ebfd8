import { InvalidArgumentError } from "../../errors/index.ts";
import { maxKeyBytes } from "../../core/record/storage-key.ts";
import { xxHash32 } from "../../core/record/xxhash32.ts";

/** The value of a record that keeps a query. */
export interface PersistedQuery {
  /** The hash of its key. */
  readonly queryHash: string;
  /** Its key. */
  readonly queryKey: readonly unknown[];
  /** The `buster` of the persister that kept it. */
  readonly buster: string;
  /** The data of the query. */
  readonly data: unknown;
  /** When the query function had the data, in milliseconds since 1970. */
  readonly dataUpdatedAt: number;
}

const maxPrefixLength = 100;

/** Throws `InvalidArgumentError` for a prefix that leaves no room for the hash of a query. */
export function assertPrefix(prefix: unknown): void {
  if (typeof prefix === "string" && prefix !== "" && prefix.length <= maxPrefixLength && prefix.isWellFormed()) return;
  throw new InvalidArgumentError(
    `prefix has to be a text of 1 to ${maxPrefixLength} characters; got ${String(prefix)}`,
  );
}

/** The key of the record. It holds the hash of the query as it is, or its beginning and a digest if it can't be a part of a key. */
export function recordKeyOf(prefix: string, queryHash: string): string {
  const fits = (prefix.length + 1 + queryHash.length) * 3 <= maxKeyBytes && queryHash.isWellFormed();
  const start = queryHash.slice(0, maxPrefixLength).toWellFormed();
  return `${prefix}/${fits ? queryHash : `${start}~${digestOf(queryHash)}`}`;
}

/** Two queries with one digest replace each other's records, and never get each other's data: the record names its query. */
function digestOf(queryHash: string): string {
  const text = JSON.stringify(queryHash);
  return [text, `-${text}`].map((each) => xxHash32(new TextEncoder().encode(each)).toString(36)).join("-");
}

/** Whether a value is the one that a record under `key` has. */
export function isPersistedQuery(value: unknown, key: string, prefix: string): value is PersistedQuery {
  if (typeof value !== "object" || value === null) return false;
  const { queryHash, queryKey, dataUpdatedAt, data } = value as Partial<PersistedQuery>;
  return (
    typeof queryHash === "string" &&
    recordKeyOf(prefix, queryHash) === key &&
    Array.isArray(queryKey) &&
    typeof dataUpdatedAt === "number" &&
    data !== undefined
  );
}
