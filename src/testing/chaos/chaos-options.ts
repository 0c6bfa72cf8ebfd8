import { assertOptions } from "../../core/support/assert-options.ts";
import { type Duration, toMilliseconds } from "../../core/support/duration.ts";
import { InvalidArgumentError } from "../../errors/index.ts";

/** How much goes wrong. A share is a number from 0 (never) to 1 (at each call). */
export interface ChaosOptions {
  /** A whole number. The same seed and the same calls give the same faults. Default: 1. */
  seed?: number | undefined;
  /** The share of calls that fail and do nothing. Default: 0. */
  failures?: number | undefined;
  /** The share of calls that do what they say, and fail all the same: the caller can't know. Default: 0. */
  lostAnswers?: number | undefined;
  /** The share of calls that happen twice, as after a retry on the way. The caller gets the first answer. Default: 0. */
  repeats?: number | undefined;
  /** The share of calls that wait for a random time, before or after they happen. Default: 0. */
  delays?: number | undefined;
  /** The maximum delay. Default: `"20ms"`. */
  maxDelay?: Duration | undefined;
  /** Only these methods fail, such as `["write"]`. Default: all that reach for the storage or the locks. */
  methods?: readonly string[] | undefined;
}

export interface ResolvedChaosOptions {
  readonly seed: number;
  readonly failures: number;
  readonly lostAnswers: number;
  readonly repeats: number;
  readonly delays: number;
  readonly maxDelay: number;
  readonly methods: readonly string[] | undefined;
}

const shares = ["failures", "lostAnswers", "repeats", "delays"] as const;
export const chaosOptionNames = ["seed", ...shares, "maxDelay", "methods"] as const;

export function resolveChaosOptions(options: ChaosOptions): ResolvedChaosOptions {
  assertOptions("createChaos", options, chaosOptionNames);
  const { seed = 1, failures = 0, lostAnswers = 0, repeats = 0, delays = 0, maxDelay = "20ms", methods } = options;
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError(`seed has to be a whole number; got ${String(seed)}`);
  for (const name of shares) {
    const share: unknown = options[name] ?? 0;
    if (typeof share === "number" && share >= 0 && share <= 1) continue;
    throw new InvalidArgumentError(`${name} is a share, and has to be a number from 0 to 1; got ${String(share)}`);
  }
  return { seed, failures, lostAnswers, repeats, delays, maxDelay: toMilliseconds(maxDelay, "maxDelay"), methods };
}
