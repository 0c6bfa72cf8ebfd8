/** Whether JSON writes all of the array: elements only, none of them a hole. */
export function isJsonArray(array: unknown[]): boolean {
  return jsonElements(array) !== undefined;
}

function jsonElements(array: unknown[]): unknown[] | undefined {
  const isPlain = Object.getPrototypeOf(array) === Array.prototype && !hasToJson(array);
  return isPlain ? elementsOf(array) : undefined;
}

/** Whether JSON writes all of the object, as far as its own keys say. */
export function isJsonObject(object: object): boolean {
  return Object.getPrototypeOf(object) === Object.prototype && isOrdinary(object) && !hasToJson(object);
}

/** Whether an object is what its prototype says, and all of its properties are enumerable and have text as keys. */
export function isOrdinary(object: object): boolean {
  return (
    Object.prototype.toString.call(object) === "[object Object]" &&
    Object.getOwnPropertyNames(object).length === Object.keys(object).length &&
    Object.getOwnPropertySymbols(object).length === 0
  );
}

/**
 * The elements of an array that has no other enumerable properties, else `undefined`. It is a copy, since a getter may give
 * another value later. Engines list values much faster than keys.
 */
export function elementsOf(array: unknown[]): unknown[] | undefined {
  const values = Object.values(array);
  if (values.length !== array.length || Object.getOwnPropertySymbols(array).length > 0) return undefined;
  // another property may stand in for a hole or a hidden element
  for (let i = 0; i < values.length; i++) if (!Object.is(values[i], array[i])) return undefined;
  return values;
}

/** `JSON.stringify` takes `toJSON` for data unless it is a function. */
function hasToJson(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/**
 * A copy of a value that `JSON.parse(JSON.stringify(copy))` returns as it was, else `undefined`: finite numbers, strings,
 * booleans, null, and plain objects and arrays of them, without holes, symbol keys, hidden properties, `toJSON`, `-0`, or an
 * object that occurs twice. It is a copy since a getter may give another value when it is called again.
 *
 * With `zero`, an object may occur twice, but not within itself, and the copy has `zero` for `-0`.
 */
export function copyJson(value: unknown, zero?: string): unknown {
  return copyPart(value, new Set(), zero);
}

function copyPart(value: unknown, seen: Set<object>, zero: string | undefined): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") return Object.is(value, -0) ? zero : Number.isFinite(value) ? value : undefined;
  if (typeof value !== "object" || seen.size === seen.add(value).size) return undefined;
  const copy = Array.isArray(value) ? copyArray(value, seen, zero) : copyObject(value, seen, zero);
  if (zero) seen.delete(value);
  return copy;
}

function copyObject(object: object, seen: Set<object>, zero: string | undefined): unknown {
  if (!isJsonObject(object)) return undefined;
  const copy: Record<string, unknown> = { ...object };
  for (const key in copy) {
    const part = copy[key];
    const copied = copyPart(part, seen, zero);
    if (copied === undefined) return undefined;
    if (copied !== part) copy[key] = copied;
  }
  return copy;
}

function copyArray(array: unknown[], seen: Set<object>, zero: string | undefined): unknown {
  const copy = jsonElements(array);
  if (!copy) return undefined;
  for (let i = 0; i < copy.length; i++) {
    const copied = copyPart(copy[i], seen, zero);
    if (copied === undefined) return undefined;
    if (copied !== copy[i]) copy[i] = copied;
  }
  return copy;
}
