import { RemoteLockManager, type RemoteLockOptions } from "../../core/remote-locks/remote-lock-manager.ts";
import { DurableObjectLocks } from "./durable-object-locks.ts";
import type { LockNamespaceBinding } from "../bindings/lock-namespace.ts";

/** The options of `DurableObjectLockManager`. */
export interface DurableObjectLockManagerOptions extends RemoteLockOptions {
  /** The binding of the Durable Objects that keep the locks: `env.RESULT_LOCKS`. */
  readonly namespace: LockNamespaceBinding;
}

/**
 * Locks across all Workers: one Durable Object `ResultLock` for each key, first come, first served. A lock without
 * `holdTimeout` lasts for 30 seconds unless renewed.
 *
 * Calls that fail in transit are retried. They reject with `StorageUnreachableError` if the retries fail too, and with
 * `StorageError` for any other failure of the object, such as overload.
 *
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 * import { DurableObjectLockManager } from "reprise/edge";
 *
 * const locks = new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });
 * await using grant = await locks.acquireLock("report", crypto.randomUUID(), { acquireTimeout: 5_000 });
 * ```
 */
export class DurableObjectLockManager extends RemoteLockManager {
  constructor({ namespace, ...options }: DurableObjectLockManagerOptions) {
    super(new DurableObjectLocks(namespace), options);
  }
}
