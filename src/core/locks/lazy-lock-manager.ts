import type {
  AcquireLockOptions,
  FreeLock,
  LockGrant,
  ReleaseLockOptions,
  ResultLockManager,
  WaitForLockOptions,
} from "./result-lock-manager.ts";

export interface LazyLockManagerOptions {
  /** Gives the locks; asked for each call. */
  readonly open: () => Promise<ResultLockManager>;
  /** Gives up those that are open. */
  readonly close: () => Promise<void>;
}

/** Locks that are known only at their first use. */
export class LazyLockManager implements ResultLockManager {
  readonly #options: LazyLockManagerOptions;

  constructor(options: LazyLockManagerOptions) {
    this.#options = options;
  }

  async acquireLock(key: string, holder: string, options?: AcquireLockOptions): Promise<LockGrant | undefined> {
    const locks = await this.#options.open();
    return locks.acquireLock(key, holder, options);
  }

  async releaseLock(key: string, holder: string, options?: ReleaseLockOptions): Promise<void> {
    const locks = await this.#options.open();
    return locks.releaseLock(key, holder, options);
  }

  async renewLock(key: string, holder: string, holdTimeout: number): Promise<LockGrant> {
    const locks = await this.#options.open();
    return locks.renewLock(key, holder, holdTimeout);
  }

  async isLocked(key: string): Promise<boolean> {
    const locks = await this.#options.open();
    return locks.isLocked(key);
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    const locks = await this.#options.open();
    return locks.isLockHolder(key, holder);
  }

  async waitForLock(key: string, options?: WaitForLockOptions): Promise<FreeLock | undefined> {
    const locks = await this.#options.open();
    return locks.waitForLock(key, options);
  }

  close(): Promise<void> {
    return this.#options.close();
  }
}
