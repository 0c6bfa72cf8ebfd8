import { LockNotHeldError } from "../../errors/index.ts";
import { isMeant } from "./holder.ts";
import { lockNotHeld } from "./lock-grant.ts";
import { MemoryLock } from "./memory-lock.ts";
import type { Progress } from "../concurrency/progress.ts";
import type * as Contract from "./result-lock-manager.ts";

/** The options of `MemoryLockManager`. */
export interface MemoryLockManagerOptions {
  /** The clock for leases, in milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;
}

/**
 * Locks between the callers of one context, first come, first served. Instances share no locks.
 *
 * @example
 * ```ts
 * const locks = new MemoryLockManager();
 * const grant = await locks.acquireLock("report", "caller-1", { holdTimeout: 30_000 });
 * await locks.releaseLock("report", "caller-1");
 * ```
 */
export class MemoryLockManager implements Contract.ResultLockManager {
  readonly #now: () => number;
  /** Only keys with a holder or a waiter. */
  readonly #locks = new Map<string, MemoryLock>();
  readonly #commits = new Map<string, string>();

  constructor({ now = () => Date.now() }: MemoryLockManagerOptions = {}) {
    this.#now = now;
  }

  async acquireLock(
    key: string,
    holder: string,
    options: Contract.AcquireLockOptions = {},
  ): Promise<Contract.LockGrant | undefined> {
    options.signal?.throwIfAborted();
    return this.#lock(key).acquire(holder, options);
  }

  async releaseLock(key: string, holder: string, { committed }: Contract.ReleaseLockOptions = {}): Promise<void> {
    this.#held(key, holder).release(holder, committed);
  }

  async renewLock(key: string, holder: string, holdTimeout: number): Promise<Contract.LockGrant> {
    return this.#held(key, holder).renew(holder, holdTimeout);
  }

  /** Whether the lock has neither a holder, even of a lease that has run out, nor waiting callers. */
  isIdle(key: string): boolean {
    return !this.#locks.has(key);
  }

  async isLocked(key: string, options: Contract.IsLockedOptions = {}): Promise<boolean> {
    const holder = this.#locks.get(key)?.holder;
    return holder !== undefined && isMeant(holder, options);
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    return this.#locks.get(key)?.holder === holder;
  }

  async waitForLock(key: string, options: Contract.WaitForLockOptions = {}): Promise<Contract.FreeLock | undefined> {
    options.signal?.throwIfAborted();
    const lock = this.#locks.get(key);
    const free = await (lock ? lock.wait(options) : { committed: this.#commits.get(key) });
    options.signal?.throwIfAborted();
    return free;
  }

  reportProgress(key: string, holder: string, progress: Progress): void {
    this.#locks.get(key)?.report(holder, progress);
  }

  /** Drops held locks, whose signals abort, and ends waiting calls, which reject with `LockNotHeldError`. */
  async close(): Promise<void> {
    for (const lock of [...this.#locks.values()]) lock.close(new LockNotHeldError("The lock manager was closed"));
  }

  #lock(key: string): MemoryLock {
    let lock = this.#locks.get(key);
    if (!lock) {
      lock = new MemoryLock({ key, now: this.#now, commits: this.#commits, onIdle: () => this.#locks.delete(key) });
      this.#locks.set(key, lock);
    }
    return lock;
  }

  #held(key: string, holder: string): MemoryLock {
    const lock = this.#locks.get(key);
    if (!lock) throw lockNotHeld(key, holder);
    return lock;
  }
}
