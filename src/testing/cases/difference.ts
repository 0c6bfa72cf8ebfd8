/**
 * The path to the first difference of two values, such as `$.rows.3.when`, or `undefined` if they are equal. Stricter than
 * most deep equality. It distinguishes `-0` from `0`, a hole from `undefined`, and one object that occurs twice from two equal
 * objects. It compares prototypes, and errors by their messages. The order of an object's keys doesn't matter.
 */
export function difference(left: unknown, right: unknown): string | undefined {
  return new Comparison().between(left, right, "$");
}

class Comparison {
  /** Pairs of corresponding objects. Cycles and repeated references have to match on both sides. */
  readonly #partners = new Map<object, object>();
  readonly #reverse = new Map<object, object>();

  between(left: unknown, right: unknown, path: string): string | undefined {
    if (!isObject(left) || !isObject(right)) return Object.is(left, right) ? undefined : path;
    if (this.#partners.has(left) || this.#reverse.has(right)) {
      return this.#partners.get(left) === right && this.#reverse.get(right) === left ? undefined : path;
    }
    this.#partners.set(left, right);
    this.#reverse.set(right, left);
    if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return `${path} (prototype)`;
    if (!Object.is(contentOf(left), contentOf(right)) || !sameBytes(left, right)) return `${path} (content)`;
    return this.#inside(partsOf(left), partsOf(right), path);
  }

  #inside(left: Part[], right: Part[], path: string): string | undefined {
    if (left.length !== right.length) return `${path} (${left.length} parts, ${right.length} parts)`;
    for (const [i, [name, value]] of left.entries()) {
      const [otherName, otherValue] = right[i]!;
      if (name !== otherName) return `${path} (${name}, ${otherName})`;
      const found = this.between(value, otherValue, `${path}.${name}`);
      if (found) return found;
    }
    return undefined;
  }
}

type Part = [name: string, value: unknown];

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The content of an object besides its properties, in a form that can be compared directly. */
function contentOf(value: object): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof RegExp) return `${String(value)} at ${value.lastIndex}`;
  if (value instanceof ArrayBuffer) return value.maxByteLength;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (/^(Number|String|Boolean|BigInt)$/.test(tag)) return value.valueOf();
  return /^(URL|URLSearchParams|Temporal.*)$/.test(tag) ? `${value as URL}` : undefined;
}

function sameBytes(left: object, right: object): boolean {
  const [one, other] = [bytesOf(left), bytesOf(right)];
  return one?.length === other?.length && (one?.every((byte, i) => byte === other?.[i]) ?? true);
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

const errorParts = ["name", "message", "stack", "cause", "errors", "error", "suppressed"];

function partsOf(value: object): Part[] {
  // the elements of a typed array come first, and count as content
  const own = Object.entries(value).slice(ArrayBuffer.isView(value) ? (value as Uint8Array).length : 0);
  const parts: Part[] = own.sort(([one], [other]) => (one < other ? -1 : 1));
  if (Array.isArray(value)) parts.push(["length", value.length]);
  if (value instanceof Map)
    parts.push(...[...(value as Map<unknown, unknown>)].map((entry, i): Part => [`entry ${i}`, [...entry]]));
  if (value instanceof Set)
    parts.push(...[...(value as Set<unknown>)].map((member, i): Part => [`member ${i}`, member]));
  if (value instanceof Error) {
    for (const name of errorParts) parts.push([name, (value as unknown as Record<string, unknown>)[name]]);
  }
  return parts;
}
