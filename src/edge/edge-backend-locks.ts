import type {
  AcquireLockOptions,
  FreeLock,
  LockGrant,
  ReleaseLockOptions,
  ResultLockManager,
  WaitForLockOptions,
} from "../core/result-lock-manager.ts";
import type { LazyBackend } from "./edge-backend.ts";

/** The locks of a backend that is opened at first use. */
export class BackendLockManager implements ResultLockManager {
  readonly #backend: LazyBackend;

  constructor(backend: LazyBackend) {
    this.#backend = backend;
  }

  async acquireLock(key: string, holder: string, options?: AcquireLockOptions): Promise<LockGrant | undefined> {
    const { locks } = await this.#backend.open();
    return locks.acquireLock(key, holder, options);
  }

  async releaseLock(key: string, holder: string, options?: ReleaseLockOptions): Promise<void> {
    const { locks } = await this.#backend.open();
    return locks.releaseLock(key, holder, options);
  }

  async renewLock(key: string, holder: string, holdTimeout: number): Promise<LockGrant> {
    const { locks } = await this.#backend.open();
    return locks.renewLock(key, holder, holdTimeout);
  }

  async isLocked(key: string): Promise<boolean> {
    const { locks } = await this.#backend.open();
    return locks.isLocked(key);
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    const { locks } = await this.#backend.open();
    return locks.isLockHolder(key, holder);
  }

  async waitForLock(key: string, options?: WaitForLockOptions): Promise<FreeLock | undefined> {
    const { locks } = await this.#backend.open();
    return locks.waitForLock(key, options);
  }

  async close(): Promise<void> {
    await this.#backend.opened?.locks.close?.();
  }
}
