import { InvalidArgumentError } from "../../errors/index.ts";
import { toMilliseconds, type Duration } from "../support/duration.ts";

export interface ExpirationOptions {
  /** The time at which the record expires. */
  expiration?: Date | undefined;
  /** How long the record lasts from now on. */
  expiresIn?: Duration | undefined;
}

/**
 * Checks the options at once. Returns a function that computes the time of expiration when the result is ready.
 * Throws `InvalidArgumentError` for an invalid date, an unreadable duration, or if both are given.
 */
export function resolveExpiration(
  { expiration, expiresIn }: ExpirationOptions,
  now: () => number,
): () => Date | undefined {
  if (expiresIn !== undefined) {
    if (expiration !== undefined) throw new InvalidArgumentError("Give expiration or expiresIn, not both");
    const milliseconds = toMilliseconds(expiresIn, "expiresIn");
    const end = () => new Date(now() + milliseconds);
    assertDate(end());
    return end;
  }
  if (expiration !== undefined) assertDate(expiration);
  return () => expiration && new Date(expiration);
}

function assertDate(date: Date): Date {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(`expiration has to be a valid Date; got ${String(date)}`);
}
