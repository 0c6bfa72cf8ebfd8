import { isPlainObject } from "../../core/support/is-plain-object.ts";
import type { PersistedQueryFilters } from "./tanstack-types.ts";

/** Whether a query with the key `key` is meant. */
export function matchesFilters(key: readonly unknown[], { queryKey, exact }: PersistedQueryFilters): boolean {
  return !queryKey || (contains(key, queryKey) && (!exact || contains(queryKey, key)));
}

/** Whether every item and property of `part` is in `whole` too, at the same place. */
function contains(whole: unknown, part: unknown): boolean {
  if (whole === part) return true;
  if (Array.isArray(whole) && Array.isArray(part))
    return part.length <= whole.length && part.every((item, i) => contains(whole[i], item));
  if (isPlainObject(whole) && isPlainObject(part))
    return Object.keys(part).every((name) => contains(whole[name], part[name]));
  return isObject(whole) && isObject(part) && hashQueryKey(whole) === hashQueryKey(part);
}

/** Such as a date, which has no properties. */
function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The hash of TanStack Query, unless a query has a `queryKeyHashFn`: JSON with sorted names. `undefined` for a key that JSON can't express. */
export function hashQueryKey(key: object): string | undefined {
  try {
    return JSON.stringify(key, (_, part: unknown) => (isPlainObject(part) ? sorted(part) : part));
  } catch {
    return undefined;
  }
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
}
