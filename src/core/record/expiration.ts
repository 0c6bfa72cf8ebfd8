import { InvalidArgumentError } from "../../errors/index.ts";
import { toMilliseconds, type Duration } from "../support/duration.ts";

export interface ExpirationOptions {
  /** When the record is over. */
  expiration?: Date | undefined;
  /** How long it lasts from now on. */
  expiresIn?: Duration | undefined;
}

/**
 * Checks the options at once and gives what works the moment out later, when the result is there.
 * Throws `InvalidArgumentError` for an invalid date, a duration that can't be read, or both at once.
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
