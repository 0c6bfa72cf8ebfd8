import { RemoteLockManager, type RemoteLockOptions } from "../../core/remote-locks/remote-lock-manager.ts";
import { DurableObjectLocks } from "./durable-object-locks.ts";
import type { LockNamespaceBinding } from "../bindings/lock-namespace.ts";

export interface DurableObjectLockManagerOptions extends RemoteLockOptions {
  /** The binding of the Durable Objects that keep the locks: `env.RESULT_LOCKS`. */
  readonly namespace: LockNamespaceBinding;
}

/**
 * Locks between all Workers everywhere: one Durable Object `ResultLock` for each key, first come first served. A lock
 * without `holdTimeout` lasts for 30 seconds unless renewed.
 *
 * Calls that failed on the way are repeated. They reject with `StorageUnreachableError` where that doesn't help, and
 * with `StorageError` for any other trouble of the object, such as too many calls.
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
