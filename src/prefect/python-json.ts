import { randomId } from "../core/support/random-id.ts";
import { isJsonArray, isJsonObject } from "../core/serializers/plain-json.ts";
import { stepTo } from "../core/serializers/locate.ts";
import { refuseReading } from "../core/serializers/devalue/refuse-part.ts";
import { describe, refuseAt } from "../core/serializers/refusal.ts";
import { beyondLimit, defaultMaxBytes } from "../core/serializers/limits.ts";
import type { Serializer } from "../core/serializers/serializer.ts";
import { isRepriseError, SerializationError } from "../errors/index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** JSON as Python's `json` writes and reads it: with spaces, ASCII only, and with `NaN` and `Infinity`. */
export const pythonJson: Serializer = {
  type: "json",
  dumps: (value) => encoder.encode(writePythonJson(value)),
  loads: (bytes, limits) => {
    try {
      limits?.checkText?.(bytes);
      return parsePythonJson(decoder.decode(bytes), limits?.maxBytes);
    } catch (cause) {
      if (isRepriseError(cause)) throw cause;
      throw new SerializationError("The bytes are no JSON", { cause });
    }
  },
};

const nonFinite = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY };

/** Also matches quotes and escapes, which show whether a number's name is inside a string. */
const quotesAndNonFinite = /\\[^]|"|-?Infinity|NaN/g;

/** A text needs this many bytes of the limit for each of these numbers, which take far more memory to read than others. */
const bytesPerNonFinite = 64;

/** Throws a `SyntaxError`, or `UnsupportedRecordError` beyond the limit. */
function parsePythonJson(text: string, maxBytes = defaultMaxBytes): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
  }
  const mark = randomId().slice(0, 12);
  const numbers = new Map(Object.entries(nonFinite).map(([name, value]) => [name + mark, value]));
  let marked = "";
  let end = 0;
  let left = maxBytes / bytesPerNonFinite;
  let inString = false;
  for (const { 0: token, index } of text.matchAll(quotesAndNonFinite)) {
    if (token === '"') inString = !inString;
    if (inString || !(token in nonFinite)) continue;
    if (--left < 0) throw beyondLimit("The numbers of the result take", maxBytes);
    marked += `${text.slice(end, index)}"${token}${mark}"`;
    end = index + token.length;
  }
  return restore(JSON.parse(marked + text.slice(end)), numbers);
}

/** Puts numbers where their marks are, in place: a reviver would take many times the memory of the text. */
function restore(value: unknown, numbers: ReadonlyMap<unknown, number>): unknown {
  if (typeof value !== "object" || value === null) return numbers.get(value) ?? value;
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) value[i] = restore(value[i], numbers);
  else {
    for (const [key, part] of Object.entries(value)) {
      if (numbers.has(key)) throw new SyntaxError("A number stands where a key has to be");
      (value as Record<string, unknown>)[key] = restore(part, numbers);
    }
  }
  return value;
}

/** Throws `SerializationError` with the path to a value that JSON would drop or change. */
function writePythonJson(value: unknown): string {
  try {
    return new PythonJsonWriter().write(value);
  } catch (cause) {
    throw cause instanceof SerializationError ? cause : refuseReading(value, cause);
  }
}

class PythonJsonWriter {
  /** The path to the current value, and the objects along it. */
  readonly #steps: (string | number)[] = [];
  readonly #around = new Set<object>();

  write(value: unknown): string {
    if (typeof value === "string") return quote(value);
    if (typeof value === "number") return writeNumber(value);
    if (typeof value === "boolean" || value === null) return String(value);
    if (typeof value !== "object") throw this.#refuse(describe(value));
    if (this.#around.has(value)) throw this.#refuse("a reference to what it stands in");
    this.#around.add(value);
    const text = this.#writeObject(value);
    this.#around.delete(value);
    return text;
  }

  #writeObject(value: object): string {
    let text = "";
    if (Array.isArray(value)) {
      // a loop by index, since iteration methods skip holes
      for (let i = 0; i < value.length; i++) text += (i ? ", " : "") + this.#writeAt(i, value[i]);
      if (isJsonArray(value)) return `[${text}]`;
    } else if (isJsonObject(value)) {
      this.#checkMark(value as Record<string, unknown>);
      for (const [key, each] of Object.entries(value)) {
        text += `${text ? ", " : ""}${quote(key)}: ${this.#writeAt(key, each)}`;
      }
      return `{${text}}`;
    }
    throw this.#refuse(describe(value));
  }

  /** Prefect's decoder makes an instance of the class that a mark names, from the part that belongs to it. */
  #checkMark(object: Record<string, unknown>): void {
    const [mark, part] = marks.find(([name]) => Object.hasOwn(object, name)) ?? [];
    if (!mark || !part) return;
    const isName = typeof object[mark] === "string" && qualifiedName.test(object[mark]);
    if (isName && Object.hasOwn(object, part)) return;
    this.#steps.push(isName ? part : mark);
    throw this.#refuse(isName ? `a ${mark} without its ${part}` : `a ${mark} that is no qualified name of Python`);
  }

  #writeAt(step: string | number, value: unknown): string {
    this.#steps.push(step);
    const text = this.write(value);
    this.#steps.pop();
    return text;
  }

  #refuse(what: string): SerializationError {
    const steps = this.#steps.map((step) => (typeof step === "number" ? `[${step}]` : stepTo(step)));
    return refuseAt(`$${steps.join("")}`, what);
  }
}

/** The digits of a whole number are exact, since Python reads an integer of any size. */
function writeNumber(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return String(Number.isInteger(value) ? BigInt(value) : value);
}

/** The keys that name a Python class, and the keys of its data, in the order in which Prefect looks for them. */
const marks = [
  ["__class__", "data"],
  ["__exc_type__", "message"],
] as const;

const qualifiedName = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)+$/u;

const printable = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (printable.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
