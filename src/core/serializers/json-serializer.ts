import { SerializationError } from "../../errors/index.ts";
import type { Serializer } from "./serializer.ts";
import { stepTo } from "./locate.ts";
import { isPlainJson } from "./plain-json.ts";
import { describe, refuseAt, refuseReading } from "./refusal.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * JSON text as UTF-8, for records that other programs read too. What JSON would turn into something else, such as a
 * `Date`, a `Map`, `NaN` or an `undefined` in an array, is refused with a `SerializationError` whose `path` leads to
 * it: a replayed result is the computed one. Three things that hardly differ are let through: a property that is
 * `undefined` is left out, `-0` becomes `0`, and an object that occurs twice is written twice.
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
      if (!isPlainJson(value)) check(value, "$", []);
      return encoder.encode(JSON.stringify(value));
    } catch (cause) {
      throw cause instanceof SerializationError ? cause : refuseReading(value, cause);
    }
  }

  /** Throws `SerializationError` for what is no JSON. */
  loads(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(decoder.decode(bytes)) as unknown;
    } catch (cause) {
      throw new SerializationError("The bytes are no JSON", { cause });
    }
  }
}

/** Throws for the first thing that JSON would change. `around`: what `value` stands in. */
function check(value: unknown, path: string, around: readonly unknown[]): void {
  if (typeof value !== "object" || value === null) {
    if (!isJsonPrimitive(value)) throw refuseAt(path, describe(value));
    return;
  }
  if (around.includes(value)) throw refuseAt(path, "a reference to what it stands in");
  const inside = [...around, value];
  if (isJsonArray(value)) {
    for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, inside);
  } else if (isJsonObject(value)) {
    for (const [key, each] of Object.entries(value)) {
      if (each !== undefined) check(each, path + stepTo(key), inside);
    }
  } else {
    throw refuseAt(path, describe(value));
  }
}

function isJsonPrimitive(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** One that JSON writes whole. */
export function isJsonArray(value: object): value is unknown[] {
  return Object.getPrototypeOf(value) === Array.prototype && !("index" in value) && !("toJSON" in value);
}

/** The same of an object. */
export function isJsonObject(value: object): boolean {
  const hasOwnWays = "toJSON" in value || Object.getOwnPropertySymbols(value).length > 0;
  return Object.getPrototypeOf(value) === Object.prototype && !hasOwnWays;
}
