import { SerializationError } from "../../../errors/index.ts";
import { mark } from "./value-marks.ts";

/** Digits of one `bigint`. Reading more takes more than linear time. */
const maxDigits = 100_000;
/** A hexadecimal number of this length has at most `maxDigits` decimal digits. */
const maxHexDigits = 83_000;
/** Pairs of all `URLSearchParams` of a value. Platforms take far more memory and time for a pair than its text has bytes. */
const maxPairs = 100_000;
/** Characters of all regular expressions of a value. Platforms take long to make classes, and groups of one name. */
const maxPattern = 32_768;
/** Properties such as `\p{RGI_Emoji}` stand for thousands of strings, and count as this many characters. */
const stringsLength = 1_024;
const ofStrings = /\\p\{(RGI_|Basic_E|Emoji_K)/;
/** Blobs and files of a value. Browsers keep each of them in another process. */
const maxBlobs = 4_096;

/** Counts the parts of a value that take far longer to read than to write. A writer and a reader of it count alike. */
export class ValueBounds {
  #pairs = 0;
  #pattern = 0;
  #blobs = 0;

  hasRoomForBigInt(bigint: bigint): boolean {
    return bigint.toString(16).length <= maxHexDigits;
  }

  hasRoomForParams(params: string): boolean {
    this.#pairs += params.split("&", maxPairs).length;
    return this.#pairs < maxPairs;
  }

  hasRoomForPattern(source: string): boolean {
    this.#pattern += source.length + (source.split(ofStrings).length - 1) * stringsLength;
    return this.#pattern <= maxPattern;
  }

  hasRoomForBlob(): boolean {
    return ++this.#blobs <= maxBlobs;
  }
}

/**
 * Checks a text in devalue's notation before anything is made of it. Throws `SerializationError`. A short text
 * without a backslash can't go beyond a bound.
 */
export function assertBounds(text: string, flattened: unknown): void {
  if ((text.length <= maxPattern && !text.includes("\\")) || !Array.isArray(flattened)) return;
  const bounds = new ValueBounds();
  for (const part of flattened as unknown[]) {
    if (Array.isArray(part) && !isWithin(part, bounds)) {
      throw new SerializationError(`The bytes hold a value beyond its bounds, of the type ${String(part[0])}`);
    }
  }
}

function isWithin([type, text]: readonly unknown[], bounds: ValueBounds): boolean {
  switch (type) {
    case mark:
      // any other payload would hide a value from this check
      return typeof text === "number";
    case "BigInt":
      return typeof text === "string" && text.length <= maxDigits;
    case "URLSearchParams":
      return typeof text === "string" && bounds.hasRoomForParams(text);
    case "RegExp":
      return typeof text === "string" && bounds.hasRoomForPattern(text);
    default:
      return true;
  }
}
