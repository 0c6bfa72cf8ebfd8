import { InvalidArgumentError } from "../../errors/index.ts";
import { randomId } from "../support/random-id.ts";

/** The longest key, in bytes of UTF-8. R2 has this limit, the lowest of the storages that keep keys unchanged. */
export const maxKeyBytes = 1_024;

const encoder = new TextEncoder();

/** Throws `InvalidArgumentError` for a key that is no string, empty, too long, or not well-formed Unicode. */
export function assertStorageKey(key: unknown): asserts key is string {
  if (typeof key !== "string") throw new InvalidArgumentError(`A storage key has to be a string; got ${typeof key}`);
  if (key === "") throw new InvalidArgumentError("A storage key can't be empty");
  // a UTF-16 unit is at most three bytes of UTF-8, so short keys need no encoding
  if (key.length * 3 > maxKeyBytes && encoder.encode(key).length > maxKeyBytes) {
    throw new InvalidArgumentError(
      `A storage key has at most ${maxKeyBytes} bytes of UTF-8; this one begins with "${key.slice(0, 40)}"`,
    );
  }
  if (!key.isWellFormed()) {
    throw new InvalidArgumentError("A storage key can't hold a lone surrogate", { key: key.toWellFormed() });
  }
}

/** Throws `InvalidArgumentError` for anything but an array of keys. */
export function assertStorageKeys(keys: unknown): asserts keys is readonly string[] {
  if (!Array.isArray(keys)) throw new InvalidArgumentError(`keys has to be an array of keys; got ${typeof keys}`);
  for (const key of keys) assertStorageKey(key);
}

/**
 * A fresh random UUID as 32 hex digits.
 *
 * @example
 * ```ts
 * defaultStorageKeyFn(); // such as "0b7e3d2c8f4a4c1e9d6a5b4c3d2e1f00"
 * ```
 */
export function defaultStorageKeyFn(): string {
  return randomId();
}
