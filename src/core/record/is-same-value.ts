/**
 * Whether two values have the same contents. Stricter than most deep equality. It distinguishes `-0` from `0`, a hole from
 * `undefined`, and one object that occurs twice from two equal objects. It compares prototypes, and errors by their messages.
 * The order of an object's keys doesn't matter.
 */
export function isSameValue(left: unknown, right: unknown, partners = new Map<unknown, unknown>()): boolean {
  if (!isObject(left) || !isObject(right)) return Object.is(left, right);
  if (partners.has(left) || partners.has(right)) return partners.get(left) === right && partners.get(right) === left;
  // cycles and repeated references have to match on both sides
  partners.set(left, right).set(right, left);
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right) || !hasSameBytes(left, right)) return false;
  const [one, other] = [partsOf(left), partsOf(right)];
  return one.length === other.length && one.every((part, i) => isSameValue(part, other[i], partners));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function hasSameBytes(left: object, right: object): boolean {
  const [one, other] = [bytesOf(left), bytesOf(right)];
  return one?.length === other?.length && (one?.every((byte, i) => byte === other![i]) ?? true);
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** Non-enumerable properties of errors, arrays, regular expressions and buffers. */
const hiddenNames = ["name", "message", "stack", "cause", "errors", "length", "lastIndex", "maxByteLength"];
const primitiveTags = /^(Date|Number|String|Boolean|BigInt)$/;
const textTags = /^(RegExp|URL|URLSearchParams|Temporal.*)$/;

function partsOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [];
  const parts: unknown[] = Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flat();
  if (value instanceof Map || value instanceof Set) parts.push(...(value as Iterable<unknown>));
  for (const name of hiddenNames) parts.push((value as Record<string, unknown>)[name]);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (primitiveTags.test(tag)) parts.push(value.valueOf());
  if (textTags.test(tag)) parts.push(`${value as URL}`);
  return parts;
}
