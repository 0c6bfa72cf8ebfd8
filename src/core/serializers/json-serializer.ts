import { SerializationError } from "../../errors/index.ts";
import type { Serializer } from "./serializer.ts";
import { isPlainJson } from "./plain-json.ts";
import { stepTo } from "./locate.ts";
import { describe, refuseAt, unreadableAt } from "./refusal.ts";

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
    if (!isReadablePlainJson(value)) assertJson(value);
    return encoder.encode(JSON.stringify(value));
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

function isReadablePlainJson(value: unknown): boolean {
  try {
    return isPlainJson(value);
  } catch {
    return false;
  }
}

/** Throws `SerializationError` for the first thing that JSON would change, or that can't be read. */
function assertJson(value: unknown): void {
  try {
    check(value, "$", []);
  } catch (cause) {
    if (cause instanceof SerializationError) throw cause;
    throw new SerializationError("The value is nested too deeply", { cause, path: "$" });
  }
}

/** `around`: what `value` stands in. */
function check(value: unknown, path: string, around: readonly unknown[]): void {
  if (typeof value !== "object" || value === null) {
    if (!isJsonPrimitive(value)) throw refuseAt(path, describe(value));
    return;
  }
  if (around.includes(value)) throw refuseAt(path, "a reference to what it stands in");
  const isArray = isJsonArray(value);
  if (!isArray && !isJsonObject(value)) throw refuseAt(path, describe(value));
  // the holes of an array are read too
  for (const key of isArray ? value.keys() : Object.keys(value)) {
    const childPath = path + (typeof key === "number" ? `[${key}]` : stepTo(key));
    const child = readAt(value, key, childPath);
    if (isArray || child !== undefined) check(child, childPath, [...around, value]);
  }
}

function readAt(value: object, key: number | string, path: string): unknown {
  try {
    return (value as Record<number | string, unknown>)[key];
  } catch (cause) {
    throw unreadableAt(path, cause);
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
