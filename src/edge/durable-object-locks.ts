import pRetry from "p-retry";
import {
  assertCommitted,
  assertHolder,
  assertHoldTimeout,
  assertLockRequest,
  assertWait,
} from "../core/lock-arguments.ts";
import type { EndLockOptions, LockLease, LockRequest, LockService, LockState } from "../core/lock-service.ts";
import { assertStorageKey } from "../core/storage-key.ts";
import { StorageError, StorageUnreachableError } from "../errors/index.ts";
import type { LockNamespaceBinding, LockStub } from "./lock-namespace.ts";

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

/** The locks of a Durable Object namespace, one object a key. All calls may be repeated, so those that failed on the way are. */
export class DurableObjectLocks implements LockService {
  readonly #namespace: LockNamespaceBinding;

  constructor(namespace: LockNamespaceBinding) {
    this.#namespace = namespace;
  }

  async acquire(key: string, request: LockRequest): Promise<LockLease | undefined> {
    assertLockRequest(request);
    return this.#call(key, (lock) => lock.acquire(request));
  }

  async renew(key: string, holder: string, holdTimeout: number): Promise<LockLease | undefined> {
    assertHolder(holder);
    assertHoldTimeout(holdTimeout);
    return this.#call(key, (lock) => lock.renew(holder, holdTimeout));
  }

  async release(key: string, holder: string, options: EndLockOptions = {}): Promise<boolean> {
    assertHolder(holder);
    assertCommitted(options.committed);
    return this.#call(key, async (lock, attempt) => {
      // not held any more after an attempt whose answer was lost
      return (await lock.release(holder, options)) || attempt > 1;
    });
  }

  async inspect(key: string, holder?: string): Promise<LockState> {
    if (holder !== undefined) assertHolder(holder);
    return this.#call(key, (lock) => lock.inspect(holder));
  }

  async wait(key: string, timeout: number): Promise<LockState> {
    assertWait(timeout);
    return this.#call(key, (lock) => lock.wait(timeout));
  }

  async #call<T>(key: string, call: (lock: LockStub, attempt: number) => Promise<T>): Promise<T> {
    assertStorageKey(key);
    try {
      // a stub on which a call has failed may stay broken
      return await pRetry((attempt) => call(this.#namespace.getByName(key), attempt), {
        ...retrying,
        shouldRetry: ({ error }) => isRetryable(error),
      });
    } catch (cause) {
      const Trouble = isRetryable(cause) ? StorageUnreachableError : StorageError;
      throw new Trouble("The lock's Durable Object did not answer", { key, cause });
    }
  }
}

function isRetryable(error: unknown): boolean {
  const { retryable, durableObjectReset, overloaded } = error as PlatformTrouble;
  return (retryable === true || durableObjectReset === true) && overloaded !== true;
}
