import { digest } from "ohash/crypto";
import { HashError } from "../../errors/index.ts";
import { type Binary, bytesOf, isBlob } from "./canonical-parts.ts";
import { type CanonicalText, canonicalText } from "./canonical-text.ts";
import { isStackOverflow } from "../support/is-stack-overflow.ts";

/** Up to this length, the digest in plain JavaScript, which some runtimes need anyway, is faster than waiting for the platform's. */
const maxSyncLength = 2_048;

/**
 * Returns 43 characters: SHA-256 (FIPS 180-4) as base64url (RFC 4648, 5). Equal values have the same hash in every runtime,
 * after a reload and in every release; other values have another one. Large binaries and long texts give a promise, short
 * values a string.
 *
 * Equality is deep equality. The order of an object's keys, of a Set's items and of a Map's entries does not matter.
 * Two references may lead to one object or to equal copies, except in values with cycles, and in values that repeated parts
 * make huge. `label` is hashed along with the value. Kinds are distinct:
 *
 * - `1`, `"1"` and `1n`,
 * - `0` and `-0`,
 * - `null`, `undefined`, a missing property and a hole in an array,
 * - a Map and an object,
 * - a `Uint8Array` and an `Int8Array` of the same bytes.
 *
 * Throws or rejects with a `HashError`, whose `path` leads to the place, for values without hashable content: functions,
 * symbols, promises, weak collections, instances of classes.
 *
 * @example
 * ```ts
 * (await hashValue({ a: 1, b: 2 })) === (await hashValue({ b: 2, a: 1 })); // true
 * ```
 */
export function hashValue(value: unknown, label = ""): string | Promise<string> {
  const canonical = toText(value);
  const { text, missing } = canonical;
  return missing ? hashWithBinaries(canonical, missing, label) : hashText(`${label}${text}`);
}

/** The digest of a text, computed synchronously. The text must be unambiguous and have no lone surrogates. */
export function hashTextSync(text: string): string {
  return digest(text);
}

function toText(value: unknown): CanonicalText {
  try {
    return canonicalText(value);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    throw new HashError("The value is too large or nested too deeply to be hashed: give the task a cacheKeyFn", {
      cause: error,
    });
  }
}

function webCrypto(): Crypto | undefined {
  return (globalThis as { crypto?: Crypto }).crypto;
}

function hashText(text: string): string | Promise<string> {
  return text.length <= maxSyncLength || webCrypto()?.subtle === undefined
    ? digest(text)
    : digestBytes(new TextEncoder().encode(text));
}

async function hashWithBinaries(
  canonical: CanonicalText,
  missing: ReadonlyMap<string, Binary>,
  label: string,
): Promise<string> {
  const digests = await Promise.all(
    Array.from(missing, async ([mark, binary]) => [mark, await digestBinary(binary)] as const),
  );
  return hashText(`${label}${canonical.complete(new Map(digests))}`);
}

/** The platform copies the bytes at the call. */
async function digestBinary(binary: Binary): Promise<string> {
  return digestBytes(isBlob(binary) ? new Uint8Array(await binary.arrayBuffer()) : bytesOf(binary));
}

async function digestBytes(bytes: Uint8Array): Promise<string> {
  if (webCrypto()?.subtle === undefined) {
    throw new HashError(
      "Large binary inputs are hashed only in secure contexts (https, localhost): give the task a cacheKeyFn",
    );
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", unshared(bytes)));
  return btoa(String.fromCharCode(...hash))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace("=", "");
}

/** WebCrypto refuses shared and resizable memory. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && !buffer.resizable ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}
