import pRetry from "p-retry";
import { assertStorageKey } from "../../core/record/storage-key.ts";
import { StorageError, StorageUnreachableError } from "../../errors/index.ts";

/** Retries for about 1.5 seconds: a moved or restarted object is back by then. Times in milliseconds. */
const retrying = { retries: 4, minTimeout: 50, maxTimeout: 1_000, factor: 2, randomize: true };

/** The flags that the platform sets on an error of a Durable Object. */
interface PlatformTrouble {
  /** The call may be repeated. */
  readonly retryable?: unknown;
  /** The object was restarted during the call and is available again. The call may have been done or not. */
  readonly durableObjectReset?: unknown;
  /** The call must not be repeated, since that would add to the load. */
  readonly overloaded?: unknown;
}

/**
 * Calls the object of `key`, and retries if the call fails in transit, so the call has to be repeatable. Errors name it by
 * `what`: `StorageUnreachableError` if the retries fail too, `StorageError` for any other failure of the object.
 */
export async function callObject<Stub, T>(
  namespace: { getByName(name: string): Stub },
  { key, what }: { key: string; what: string },
  call: (object: Stub, attempt: number) => Promise<T>,
): Promise<T> {
  assertStorageKey(key);
  try {
    // a stub may stay broken after a failed call
    return await pRetry((attempt) => call(namespace.getByName(key), attempt), {
      ...retrying,
      shouldRetry: ({ error }) => isRetryable(error),
    });
  } catch (cause) {
    const Trouble = isRetryable(cause) ? StorageUnreachableError : StorageError;
    throw new Trouble(`${what} Durable Object did not answer`, { key, cause });
  }
}

function isRetryable(error: unknown): boolean {
  const { retryable, durableObjectReset, overloaded } = error as PlatformTrouble;
  return (retryable === true || durableObjectReset === true) && overloaded !== true;
}
