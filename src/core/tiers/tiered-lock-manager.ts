import { AccessDeniedError, LockNotHeldError, StorageUnreachableError } from "../../errors/index.ts";
import { guardListener, type StoreListener } from "../events/store-event.ts";
import { endComputation } from "../locks/end-computation.ts";
import { keepLease } from "../locks/lease-keeper.ts";
import type { Progress } from "../concurrency/progress.ts";
import { timeLeft } from "../concurrency/time-left.ts";
import { TieredHolds, type TieredHold } from "./tiered-lock-holds.ts";
import type * as Contract from "../locks/result-lock-manager.ts";

/** The options of `TieredLockManager`. */
export interface TieredLockManagerOptions {
  /** The near locks, such as those of a browser's tabs, and the locks that hold everywhere. */
  readonly tiers: readonly [Contract.ResultLockManager, Contract.ResultLockManager];
  /** Called with `offline`, `online` and `lock-error` events. */
  readonly onEvent?: StoreListener | undefined;
}

/**
 * Milliseconds of the near lease during the wait for the far lock. If it were shorter than the way, two callers nearby would take the
 * near lock from each other for ever.
 */
const leastNearLease = 1_000;

/**
 * A near lock within a far one: only a holder of the near lock asks for the far one. While the far locks can't be reached
 * (`StorageUnreachableError`), only the near ones are used, and one `offline` event is emitted. The same happens where the far
 * locks deny access, with a `lock-error` event.
 *
 * @example
 * ```ts
 * const locks = new TieredLockManager({ tiers: [new MemoryLockManager(), new MemoryLockManager()] });
 * await using grant = await locks.acquireLock("report", "caller-1", { acquireTimeout: 5_000 });
 * ```
 */
export class TieredLockManager implements Contract.ResultLockManager {
  readonly #near: Contract.ResultLockManager;
  readonly #far: Contract.ResultLockManager;
  readonly #emit: StoreListener | undefined;
  readonly #holds = new TieredHolds((hold) => this.#dispose(hold));
  #isOffline = false;

  constructor({ tiers: [near, far], onEvent }: TieredLockManagerOptions) {
    this.#near = near;
    this.#far = far;
    this.#emit = onEvent && guardListener(onEvent);
  }

  async acquireLock(
    key: string,
    holder: string,
    options: Contract.AcquireLockOptions = {},
  ): Promise<Contract.LockGrant | undefined> {
    const left = timeLeft(options.acquireTimeout);
    for (;;) {
      const grant = await this.#acquireBoth(key, holder, { ...options, acquireTimeout: left() });
      // a far lease that ended on its way here is the caller's to see: another one may end on its way too
      if (!grant?.within?.signal.aborted) return grant;
      // the near lock was lost during the wait for the far one
      await this.releaseLock(key, holder).catch(unlessLost);
    }
  }

  async #acquireBoth(
    key: string,
    holder: string,
    options: Contract.AcquireLockOptions,
  ): Promise<Contract.LockGrant | undefined> {
    const left = timeLeft(options.acquireTimeout);
    const { holdTimeout, onProgress } = options;
    const nearTimeout = holdTimeout && Math.max(holdTimeout, leastNearLease);
    const near = await this.#near.acquireLock(key, holder, { ...options, holdTimeout: nearTimeout });
    if (!near) return undefined;
    const before = this.#holds.get(key, holder);
    const isNew = before?.near.token !== near.token;
    // others nearby would take over a near lock that runs out before the far one is free
    const stop =
      isNew && nearTimeout
        ? keepLease(this.#near, { grant: near, until: 0 }, nearTimeout, { onLost: () => {} })
        : undefined;
    try {
      // callers nearby wait for this one, which waits for the far holder
      const relay = (progress: Progress) => {
        onProgress?.(progress);
        this.#near.reportProgress?.(key, holder, progress);
      };
      const again = { ...options, acquireTimeout: left(), ...(onProgress && { onProgress: relay }) };
      const onDenied = (error: unknown) => this.#emit?.({ type: "lock-error", key, holder, error });
      const far = await this.#reach(() => this.#far.acquireLock(key, holder, again), null, onDenied);
      if (far !== undefined) {
        if (isNew && holdTimeout !== nearTimeout)
          await this.#near.renewLock(key, holder, holdTimeout!).catch(unlessLost);
        return this.#holds.keep(near, far ?? (isNew ? undefined : before?.far));
      }
    } catch (error) {
      if (isNew) await this.#releaseNear(near);
      throw error;
    } finally {
      stop?.();
    }
    if (isNew) await this.#releaseNear(near);
    return undefined;
  }

  async releaseLock(key: string, holder: string, options?: Contract.ReleaseLockOptions): Promise<void> {
    const hold = this.#holds.get(key, holder);
    if (hold) this.#holds.remove(hold);
    try {
      // if the release can't be sent, the lease runs out
      if (!hold || hold.far) await this.#reach(() => this.#far.releaseLock(key, holder, options), undefined);
    } finally {
      await this.#near.releaseLock(key, holder, options);
    }
  }

  async renewLock(key: string, holder: string, holdTimeout: number): Promise<Contract.LockGrant> {
    const hold = this.#holds.get(key, holder);
    const near = await this.#near.renewLock(key, holder, holdTimeout);
    if (hold && !hold.far) return this.#holds.keep(near, undefined);
    const far = await this.#reach(() => this.#far.renewLock(key, holder, holdTimeout), hold?.far);
    return this.#holds.keep(near, far);
  }

  async isLocked(key: string, options?: Contract.IsLockedOptions): Promise<boolean> {
    return (await this.#near.isLocked(key, options)) || this.#reach(() => this.#far.isLocked(key, options), false);
  }

  /** A far manager without this method keeps its locks where the far storage does, which ends them by itself. */
  async endComputation(key: string): Promise<number | undefined> {
    const token = await endComputation(this.#near, key);
    const far = this.#far.endComputation?.bind(this.#far);
    return far ? this.#reach(() => far(key), token) : token;
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    const hold = this.#holds.get(key, holder);
    const near = await this.#near.isLockHolder(key, holder);
    // only the far locks know locks that are held elsewhere
    if (hold && (!near || !hold.far)) return near;
    return this.#reach(() => this.#far.isLockHolder(key, holder), near);
  }

  async waitForLock(key: string, options: Contract.WaitForLockOptions = {}): Promise<Contract.FreeLock | undefined> {
    const left = timeLeft(options.timeout);
    const near = await this.#near.waitForLock(key, options);
    return near && this.#reach(() => this.#far.waitForLock(key, { ...options, timeout: left() }), near);
  }

  reportProgress(key: string, holder: string, progress: Progress): void {
    for (const locks of [this.#near, this.#far]) locks.reportProgress?.(key, holder, progress);
  }

  /** Closes both tiers: drops held locks and ends waiting calls. */
  async close(): Promise<void> {
    this.#holds.clear();
    await this.#far.close?.();
    await this.#near.close?.();
  }

  /** The result of `call` to the far locks, or `otherwise` if they can't be reached, or deny access. */
  async #reach<T, Otherwise>(
    call: () => Promise<T>,
    otherwise: Otherwise,
    onDenied: (error: unknown) => void = () => {},
  ): Promise<T | Otherwise> {
    try {
      const answer = await call();
      this.#turnOnline();
      return answer;
    } catch (error) {
      if (error instanceof AccessDeniedError) {
        onDenied(error);
        return otherwise;
      }
      if (!(error instanceof StorageUnreachableError)) throw error;
      if (!this.#isOffline) this.#emit?.({ type: "offline", from: farLocks, error });
      this.#isOffline = true;
      return otherwise;
    }
  }

  #turnOnline(): void {
    if (this.#isOffline) this.#emit?.({ type: "online", from: farLocks });
    this.#isOffline = false;
  }

  async #dispose({ near: { key, holder } }: TieredHold): Promise<void> {
    await this.releaseLock(key, holder).catch(unlessLost);
  }

  async #releaseNear({ key, holder }: Contract.LockGrant): Promise<void> {
    await this.#near.releaseLock(key, holder).catch(unlessLost);
  }
}

/** The name of the far locks in events. */
const farLocks = "locks";

function unlessLost(error: unknown): void {
  if (!(error instanceof LockNotHeldError)) throw error;
}
