import { InvalidArgumentError } from "../../errors/index.ts";
import { type Duration, toMilliseconds } from "../support/duration.ts";

export interface RetryOptions {
  /** Tries of a job, the first one included; 5 at first. */
  maxAttempts?: number | undefined;
  /** Before the second try; 1 second at first. Twice as long before each further one, and up to half as long again by chance. */
  firstDelay?: Duration | undefined;
  /** The longest of these delays; 5 minutes at first. */
  maxDelay?: Duration | undefined;
  /** How long a job that has ended is remembered; 1 day at first. Its result is kept for as long as its task says. */
  memory?: Duration | undefined;
}

/** The same in milliseconds. */
export interface ResolvedRetryOptions {
  readonly maxAttempts: number;
  readonly firstDelay: number;
  readonly maxDelay: number;
  readonly memory: number;
}

/** Throws `InvalidArgumentError` for what can't be meant. */
export function resolveRetryOptions(options: RetryOptions): ResolvedRetryOptions {
  const { maxAttempts = 5, firstDelay = "1s", maxDelay = "5m", memory = "1d" } = options;
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1) {
    throw new InvalidArgumentError(`maxAttempts has to be a whole number above 0; got ${String(maxAttempts)}`);
  }
  return {
    maxAttempts,
    firstDelay: toMilliseconds(firstDelay, "firstDelay"),
    maxDelay: toMilliseconds(maxDelay, "maxDelay"),
    memory: toMilliseconds(memory, "memory"),
  };
}

/** Milliseconds from the end of a try to the next. `chance`: 0 to 1, so that jobs that failed together don't come back together. */
export function retryDelay(attempts: number, { firstDelay, maxDelay }: ResolvedRetryOptions, chance: number): number {
  return Math.min(firstDelay * 2 ** (attempts - 1) * (1 + chance / 2), maxDelay);
}
