import pRetry from "p-retry";
import { assertStorageKey } from "../../core/record/storage-key.ts";
import { StorageError, StorageUnreachableError } from "../../errors/index.ts";

/** Within about a second and a half: an object that is moved or restarted is back by then. Milliseconds. */
const retrying = { retries: 4, minTimeout: 50, maxTimeout: 1_000, factor: 2, randomize: true };

/** What the platform says with an error of a Durable Object. */
interface PlatformTrouble {
  /** The call may be made again. */
  readonly retryable?: unknown;
  /** The object was restarted under the call, which may have been done or not; it is there again. */
  readonly durableObjectReset?: unknown;
  /** It may not, or it would only become worse. */
  readonly overloaded?: unknown;
}

/**
 * Calls the object of `key`, again where the call failed on the way, so it has to be one that may be repeated. `what` it is stands in
 * errors: `StorageUnreachableError` where that doesn't help, `StorageError` for any other trouble of the object.
 */
export async function callObject<Stub, T>(
  namespace: { getByName(name: string): Stub },
  { key, what }: { key: string; what: string },
  call: (object: Stub, attempt: number) => Promise<T>,
): Promise<T> {
  assertStorageKey(key);
  try {
    // a stub on which a call has failed may stay broken
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
