import { isRepriseError, SerializationError } from "../../errors/index.ts";
import type { LoadLimits, Serializer } from "./serializer.ts";
import { stepTo } from "./locate.ts";
import { copyJson, isJsonArray, isJsonObject } from "./plain-json.ts";
import { describe, refuseAt, unreadableAt } from "./refusal.ts";
import { isStackOverflow } from "../support/is-stack-overflow.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * JSON text as UTF-8, for records that other programs read too. It refuses values that JSON would change, such as a `Date`,
 * a `Map`, `NaN` or `undefined`. The `path` of the `SerializationError` leads to the value. So a kept result equals the
 * computed one, with one exception: an object that occurs twice is written twice, and read as two objects.
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
    // JSON has -0, but JSON.stringify writes 0
    const zero = `-0 ${Math.random()}`;
    try {
      const copy = copyJson(value, zero);
      if (copy !== undefined) return encoder.encode(JSON.stringify(copy).replaceAll(`"${zero}"`, "-0"));
    } catch (cause) {
      throw explain(value, cause);
    }
    throw explain(value);
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

/** The error for a value that JSON can't carry, or that throws `thrown` while it is read. */
function explain(value: unknown, thrown?: unknown): SerializationError {
  const steps: (string | number)[] = [];
  let cause = thrown;
  const pathOf = () => `$${steps.map((key) => (typeof key === "number" ? `[${key}]` : stepTo(key))).join("")}`;
  try {
    const refused = findRefused(value, steps, new Set());
    if (refused) return refuseAt(pathOf(), refused, "JSON has no such value; DevalueSerializer takes more");
  } catch (again) {
    cause = again;
  }
  const isTooDeep = isStackOverflow(cause) && (steps.length === 0 || steps.length > 500);
  return isTooDeep
    ? new SerializationError("The value is nested too deeply", { cause, path: "$" })
    : unreadableAt(pathOf(), cause);
}

/** Describes the first part that JSON would change. `steps` lead to that part then, or to one that throws when it is read. */
function findRefused(value: unknown, steps: (string | number)[], around: Set<object>): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
    return undefined;
  if (typeof value !== "object") return describe(value);
  if (around.has(value)) return "a reference to what it stands in";
  const isArray = Array.isArray(value);
  if (!isArray && !isJsonObject(value)) return describe(value);
  around.add(value);
  // iterates over holes of an array too
  const keys = isArray ? value : Object.keys(value);
  for (let i = 0; i < keys.length; i++) {
    const key = isArray ? i : (keys[i] as string);
    steps.push(key);
    const refused = findRefused((value as Record<string | number, unknown>)[key], steps, around);
    if (refused) return refused;
    steps.pop();
  }
  around.delete(value);
  return isArray && !isJsonArray(value) ? describe(value) : undefined;
}
