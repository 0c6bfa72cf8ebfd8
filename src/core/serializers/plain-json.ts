/**
 * Whether `JSON.parse(JSON.stringify(value))` returns an equal value: finite numbers, strings, booleans, null, and plain
 * objects and arrays of them, without holes, symbol keys, `toJSON`, `-0`, or an object that occurs twice.
 */
export function isPlainJson(value: unknown): boolean {
  return isPlain(value, new Set());
}

function isPlain(value: unknown, seen: Set<object>): boolean {
  const type = typeof value;
  if (type === "string" || type === "boolean" || value === null) return true;
  if (type === "number") return Number.isFinite(value) && !Object.is(value, -0);
  return type === "object" && isPlainObject(value as object, seen);
}

function isPlainObject(value: object, seen: Set<object>): boolean {
  if (seen.size === seen.add(value).size || "toJSON" in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return isPlainArray(value as unknown[], seen);
  if (prototype !== Object.prototype || Object.getOwnPropertySymbols(value).length > 0) return false;
  for (const key in value) {
    if (!isPlain((value as Record<string, unknown>)[key], seen)) return false;
  }
  return true;
}

/** A hole reads as undefined. JSON ignores the properties that a match has besides its elements. */
function isPlainArray(value: unknown[], seen: Set<object>): boolean {
  if ("index" in value) return false;
  for (let i = 0; i < value.length; i++) {
    if (!isPlain(value[i], seen)) return false;
  }
  return true;
}
