import pRetry from "p-retry";
import { raceSignal } from "../../core/concurrency/race-signal.ts";
import { isRepriseError, StorageError } from "../../errors/index.ts";

/** The connections that a Worker may have open at once. */
export const concurrentCalls = 6;

/** The platform received the call and refused it, so nothing was done. */
const refusals = /\b429\b|too many requests|10058/i;
/** The platform failed internally. The call may have been done or not. */
const troubles = /\b5\d\d\b|internal error|10001|10043|network connection lost/i;

export interface BindingCallOptions {
  key?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Whether the call may be repeated although its first attempt may have succeeded. */
  isRepeatable?: boolean;
  /** Default: 4. */
  retries?: number;
}

/**
 * Resolves with the result of `call`. Retries with backoff and jitter where that is safe. Rejects with `StorageError` around
 * the platform's error, and with the signal's reason once that aborts.
 */
export async function callBinding<T>(
  what: string,
  call: () => Promise<T>,
  { key, signal, isRepeatable = true, retries = 4 }: BindingCallOptions,
): Promise<T> {
  signal?.throwIfAborted();
  const mayRetry = ({ error: { message } }: { error: Error }) =>
    refusals.test(message) || (isRepeatable && troubles.test(message));
  const options = { retries, minTimeout: 300, factor: 2, randomize: true, shouldRetry: mayRetry, signal };
  try {
    // most calls succeed at once, and need no retries to be set up
    const first = call();
    return await raceSignal(
      first.catch(() => pRetry((attempt) => (attempt === 1 ? first : call()), options)),
      signal,
    );
  } catch (cause) {
    if (signal?.aborted || isRepriseError(cause)) throw cause;
    throw new StorageError(`${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { key, cause });
  }
}
