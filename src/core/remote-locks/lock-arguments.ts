import { InvalidArgumentError } from "../../errors/index.ts";
import { longestLease, maxWait, type LockRequest } from "./lock-service.ts";

/** The maximum length of a holder's name and of an etag, in characters. */
export const maxNameLength = 1_024;

/** Throws `InvalidArgumentError` for arguments that no lock service accepts, as the next functions do. */
export function assertLockRequest({ holder, holdTimeout, wait }: LockRequest): void {
  assertHolder(holder);
  assertHoldTimeout(holdTimeout);
  assertWait(wait);
}

export function assertHolder(holder: unknown): void {
  assertName(holder, "holder");
}

export function assertSeen(seen: unknown): void {
  if (seen === undefined || (Number.isSafeInteger(seen) && (seen as number) >= 0)) return;
  throw new InvalidArgumentError("seen has to be the number of a progress, or 0");
}

export function assertCommitted(committed: unknown): void {
  if (committed !== undefined) assertName(committed, "committed");
}

export function assertHoldTimeout(holdTimeout: unknown): void {
  assertMilliseconds(holdTimeout, "holdTimeout", longestLease);
}

export function assertWait(wait: unknown): void {
  assertMilliseconds(wait, "The time to wait", maxWait);
}

function assertName(value: unknown, what: string): void {
  if (typeof value === "string" && value !== "" && value.length <= maxNameLength) return;
  throw new InvalidArgumentError(`${what} has to be a string of 1 to ${maxNameLength} characters`);
}

function assertMilliseconds(value: unknown, what: string, most: number): void {
  if (typeof value === "number" && value >= 0 && value <= most) return;
  throw new InvalidArgumentError(`${what} has to be 0 to ${most} milliseconds; got ${String(value)}`);
}
