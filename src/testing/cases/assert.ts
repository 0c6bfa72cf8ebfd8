import { difference } from "./difference.ts";
import { isRepriseError, type RepriseError } from "../../errors/index.ts";

/** Throws an `Error` with `message` unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Deep equality, including prototypes. Throws an `Error` that says where the values differ. */
export function assertEqual<T>(actual: T, expected: NoInfer<T>, message = "not equal"): void {
  const where = difference(actual, expected);
  assert(where === undefined, `${message} at ${where}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Resolves with the error that `attempt` rejects with or throws, if it is an error of this library with that `code`. Otherwise throws. */
export async function assertRejects(
  attempt: PromiseLike<unknown> | (() => unknown),
  code: string,
): Promise<RepriseError> {
  let outcome: unknown;
  try {
    outcome = await (typeof attempt === "function" ? attempt() : attempt);
  } catch (error) {
    assert(isRepriseError(error) && error.code === code, `expected an error with the code ${code}, got ${show(error)}`);
    return error;
  }
  throw new Error(`expected an error with the code ${code}, got the result ${show(outcome)}`);
}

/** A value as text for an error message, cut if it is long. Never throws. */
function show(value: unknown): string {
  if (value instanceof Error) return String(value);
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 500 ? `${text.slice(0, 500)}…` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}
