import { maxNameLength } from "../../src/core/remote-locks/lock-arguments.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";

// Each function takes a field of a body or a query. It throws `InvalidArgumentError`, which names the field.

/** A duration of 0 to `most` milliseconds. */
export function toMilliseconds(value: unknown, name: string, most: number): number {
  if (typeof value === "number" && value >= 0 && value <= most) return value;
  throw new InvalidArgumentError(`${name} has to be a number of 0 to ${most} milliseconds; got ${show(value)}`);
}

/** The name of a lock holder, a task or an etag. */
export function toName(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "" && value.length <= maxNameLength && value.isWellFormed()) return value;
  throw new InvalidArgumentError(
    `${name} has to be a string of 1 to ${maxNameLength} characters without lone surrogates; got ${typeof value}`,
  );
}

export function toFlag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidArgumentError(`${name} has to be true or false; got ${typeof value}`);
}

/** A wrong value as an error shows it: at most 100 characters, and only the type of an object. */
export function show(value: unknown): string {
  return ["number", "string"].includes(typeof value) ? JSON.stringify(value).slice(0, 100) : typeof value;
}
