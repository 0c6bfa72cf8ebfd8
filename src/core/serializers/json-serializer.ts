import { isRepriseError, SerializationError } from "../../errors/index.ts";
import type { LoadLimits, Serializer } from "./serializer.ts";
import { stepTo } from "./locate.ts";
import { describe, refuseAt, unreadableAt } from "./refusal.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * JSON text as UTF-8, for records that other programs read too. It refuses values that JSON would change, such as a `Date`,
 * a `Map`, `NaN` or an `undefined` in an array. The `path` of the `SerializationError` leads to the value. So a kept result
 * equals the computed one, with three small exceptions: a property that is `undefined` is left out, `-0` becomes `0`, and an
 * object that occurs twice is written twice.
 *
 * @example
 * ```ts
 * new JsonSerializer().dumps({ rows: [1, 2] }); // the bytes of {"rows":[1,2]}
 * // { when: new Date() } would come back as a string: SerializationError, path "$.when"
 * ```
 */
export class JsonSerializer implements Serializer {
  readonly type = "json";

  /** Throws `SerializationError`. */
  dumps(value: unknown): Uint8Array {
    try {
      check(value, new Set());
      return encoder.encode(JSON.stringify(value));
    } catch (cause) {
      if (cause instanceof Refusal) throw cause.toError();
      if (!(cause instanceof RangeError)) throw unreadableAt("$", cause);
      throw new SerializationError("The value is nested too deeply", { cause, path: "$" });
    }
  }

  /** Throws `SerializationError` if the bytes are no JSON. */
  loads(bytes: Uint8Array, limits?: LoadLimits): unknown {
    try {
      limits?.checkText?.(bytes);
      return JSON.parse(decoder.decode(bytes)) as unknown;
    } catch (cause) {
      if (isRepriseError(cause)) throw cause;
      throw new SerializationError("The bytes are no JSON", { cause });
    }
  }
}

/** The reason why a value is refused. The place is known once the check has left all surrounding values. */
class Refusal extends Error {
  /** The path, from the inside out. */
  readonly steps: (string | number)[] = [];
  readonly #toError: (path: string) => SerializationError;

  constructor(toError: (path: string) => SerializationError) {
    super();
    this.#toError = toError;
  }

  toError(): SerializationError {
    const steps = this.steps.reverse().map((key) => (typeof key === "number" ? `[${key}]` : stepTo(key)));
    return this.#toError(`$${steps.join("")}`);
  }
}

/** Throws a `Refusal` for the first value that JSON would change, or that can't be read. `around`: the surrounding objects. */
function check(value: unknown, around: Set<object>): void {
  if (isJsonPrimitive(value)) return;
  if (typeof value !== "object" || value === null) throw refusalOf(describe(value));
  if (around.has(value)) throw refusalOf("a reference to what it stands in");
  const isArray = isJsonArray(value);
  if (!isArray && !isJsonObject(value)) throw refusalOf(describe(value));
  around.add(value);
  let key: string | number | undefined;
  let isReading = true;
  try {
    // iterates over holes of an array too
    const keys = isArray ? value : Object.keys(value);
    for (let i = 0; i < keys.length; i++) {
      key = isArray ? i : (keys[i] as string);
      isReading = true;
      const child = (value as Record<string | number, unknown>)[key];
      isReading = false;
      if (isArray || child !== undefined) check(child, around);
    }
  } catch (cause) {
    const refusal = isReading ? new Refusal((path) => unreadableAt(path, cause)) : cause;
    if (refusal instanceof Refusal && key !== undefined) refusal.steps.push(key);
    throw refusal;
  }
  around.delete(value);
}

function refusalOf(what: string): Refusal {
  return new Refusal((path) => refuseAt(path, what));
}

function isJsonPrimitive(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** Whether JSON writes all of the array. */
export function isJsonArray(value: object): value is unknown[] {
  return Object.getPrototypeOf(value) === Array.prototype && !("index" in value) && !("toJSON" in value);
}

/** Whether JSON writes all of the object. */
export function isJsonObject(value: object): boolean {
  const hasOwnWays = "toJSON" in value || Object.getOwnPropertySymbols(value).length > 0;
  return Object.getPrototypeOf(value) === Object.prototype && !hasOwnWays;
}
