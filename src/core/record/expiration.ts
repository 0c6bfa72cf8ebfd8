import { InvalidArgumentError } from "../../errors/index.ts";
import { toMilliseconds, type Duration } from "../support/duration.ts";

/** When a record expires. Without either option it never does. */
export interface ExpirationOptions {
  /** The time at which the record expires. */
  expiration?: Date | undefined;
  /** How long the record lasts from now on. A negative lifetime is over at once. */
  expiresIn?: Duration | undefined;
}

/**
 * The time at which a record expires that is made at `now`, in milliseconds since 1970. Throws `InvalidArgumentError` for an
 * invalid date, an unreadable duration, or if both are given.
 */
export function expirationAt({ expiration, expiresIn }: ExpirationOptions, now: number): Date | undefined {
  if (expiresIn === undefined) return expiration && assertDate(new Date(assertDate(expiration)));
  if (expiration !== undefined) throw new InvalidArgumentError("Give expiration or expiresIn, not both");
  return assertDate(new Date(now + lifetimeOf(expiresIn)));
}

/** Milliseconds, which may be negative. Throws `InvalidArgumentError` for an unreadable duration. */
export function lifetimeOf(expiresIn: Duration, name = "expiresIn"): number {
  if (typeof expiresIn === "number" && expiresIn < 0) return -toMilliseconds(-expiresIn, name);
  const text = typeof expiresIn === "string" ? expiresIn.trim() : "";
  return text.startsWith("-") ? -toMilliseconds(text.slice(1), name) : toMilliseconds(expiresIn, name);
}

function assertDate(date: Date): Date {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(`expiration has to be a valid Date; got ${String(date)}`);
}
