import { InvalidArgumentError } from "../../errors/index.ts";
import { type Duration, toMilliseconds } from "../support/duration.ts";

/** How often and when a job that failed is tried again. Durations are milliseconds, or strings such as `"5m"`. */
export interface RetryOptions {
  /** The number of attempts at a job, including the first one. After a `NonRetryableError` no further one follows. Default: 5. */
  maxAttempts?: number | undefined;
  /** The delay before the second attempt. Default: 1 second. It doubles before each further one, plus up to half at random. */
  firstDelay?: Duration | undefined;
  /** The maximum delay. Default: 5 minutes. */
  maxDelay?: Duration | undefined;
  /** How long a job is remembered after it ends. Default: 1 day. Its result lasts as long as its task specifies. */
  memory?: Duration | undefined;
}

/** The resolved options, in milliseconds. */
export interface ResolvedRetryOptions {
  readonly maxAttempts: number;
  readonly firstDelay: number;
  readonly maxDelay: number;
  readonly memory: number;
}

/** Throws `InvalidArgumentError` for invalid options. */
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

/** Milliseconds from the end of an attempt to the next. `chance`, 0 to 1, spreads the retries of jobs that failed together. */
export function retryDelay(attempts: number, { firstDelay, maxDelay }: ResolvedRetryOptions, chance: number): number {
  return Math.min(firstDelay * 2 ** (attempts - 1) * (1 + chance / 2), maxDelay);
}
