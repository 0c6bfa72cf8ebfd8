import { ConfigurationError, LockNotHeldError, LockTimeoutError } from "../../errors/index.ts";
import { type Duration, timesOf, toMilliseconds } from "../support/duration.ts";
import { generateHolder } from "../locks/holder.ts";
import { defaultHoldTimeout, keepLease } from "../locks/lease-keeper.ts";
import type { FreeLock, LockGrant, ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ReadOptions, StoreLockOptions } from "./call-options.ts";
import type { ResolvedStoreOptions } from "./store-options.ts";

/** Beyond as many, the grants lost longest ago are forgotten. */
const rememberedGrants = 1_000;
/** Milliseconds after the end of its lease from which on a grant counts as lost, if there are too many: in Workers its request is gone, and never releases. */
const abandonedAfter = 3_600_000;

interface Held {
  readonly grant: LockGrant;
  /** The etag of the last write under the lock, told to the next holder. */
  committed?: string;
}

/** A lock that was taken to run something under. */
export interface Hold {
  readonly grant: LockGrant;
  /** Renews the lease while `work` runs, and releases however it ends. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Leaves the lease to run out instead: for a write of which nobody knows whether it will still be done. */
  abandon(): void;
}

/** What a store does with its lock manager: remembers who holds what, tells of it, and keeps leases alive. */
export class StoreLocks {
  readonly #options: ResolvedStoreOptions;
  /** By holder and key: a write names its holder, a storage checks the grant. */
  readonly #held = new Map<string, Held>();

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
  }

  /** Throws `ConfigurationError` where there is none. */
  get manager(): ResultLockManager {
    const { lockManager } = this.#options;
    if (!lockManager) throw new ConfigurationError("This store has no lockManager: give it one to use locks");
    return lockManager;
  }

  async acquire(key: string, options: StoreLockOptions): Promise<LockGrant | undefined> {
    const { holder = generateHolder() } = options;
    const grant = await this.manager.acquireLock(key, holder, {
      ...timesOf(options, "holdTimeout", "acquireTimeout"),
      signal: options.signal,
    });
    if (!grant) return undefined;
    const name = heldName(key, holder);
    const held = this.#held.get(name);
    const before = held?.grant.token === grant.token ? held : undefined;
    if (grant.takenOver && !before) await this.#fence(grant);
    this.#held.delete(name);
    this.#held.set(name, { ...before, grant });
    // lost ones are kept for a while, since a write under one is a stale one
    for (const [other, { grant: oldest }] of this.#held) {
      if (this.#held.size <= rememberedGrants || !this.#isLost(oldest)) break;
      this.#held.delete(other);
    }
    const { token, takenOver } = grant;
    this.#options.emit?.({ type: "lock-acquired", key, holder, token, takenOver });
    return { ...grant, [Symbol.asyncDispose]: () => this.#releaseQuietly(grant) };
  }

  #isLost({ signal, expiresAt }: LockGrant): boolean {
    return signal.aborted || Number(expiresAt ?? Infinity) + abandonedAfter < this.#options.now();
  }

  async release(key: string, holder: string): Promise<void> {
    const { manager } = this;
    const held = this.#held.get(heldName(key, holder));
    this.#held.delete(heldName(key, holder));
    await manager.releaseLock(key, holder, { committed: held?.committed });
    this.#options.emit?.({ type: "lock-released", key, holder });
  }

  /** Tells the next holder what was written under `grant`. */
  noteCommit({ key, holder }: LockGrant, etag: string | undefined): void {
    const held = this.#held.get(heldName(key, holder));
    if (held && etag !== undefined) held.committed = etag;
  }

  /** The lock to run something under, or `undefined` after `acquireTimeout`. What the holder had before stays held afterwards. */
  async take(key: string, options: StoreLockOptions & { mayBeHeld?: boolean }): Promise<Hold | undefined> {
    const { holder = generateHolder(), holdTimeout = defaultHoldTimeout, mayBeHeld } = options;
    const lease = toMilliseconds(holdTimeout, "holdTimeout");
    const before = this.#held.get(heldName(key, holder));
    // another store with the same locks may have taken it, and releases it
    const isHeldElsewhere = !before && mayBeHeld === true && (await this.manager.isLockHolder(key, holder));
    const grant = await this.acquire(key, { ...options, holder, holdTimeout });
    if (!grant) return undefined;
    // what was remembered may have been lost since
    let release = !isHeldElsewhere && before?.grant.token !== grant.token;
    const onLost = (error: unknown) => this.#options.emit?.({ type: "lock-lost", key, holder, error });
    const run = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
      const stop = keepLease(this.manager, grant, lease, { signal, onLost });
      try {
        return await work();
      } finally {
        stop();
        if (release) await this.#releaseQuietly(grant);
        if (isHeldElsewhere) this.#held.delete(heldName(key, holder));
      }
    };
    const abandon = () => {
      release = false;
      this.#held.delete(heldName(key, holder));
    };
    return { grant, run, abandon };
  }

  /**
   * The grant that a write by `holder` is made under. Rejects with `LockNotHeldError` where `holder` doesn't have
   * the lock or, without `holder`, where anyone has it. Resolves to `undefined` where no lock is in the way.
   */
  async grantForWrite(key: string, holder: string | undefined): Promise<LockGrant | undefined> {
    const { lockManager } = this.#options;
    if (!lockManager) return undefined;
    if (holder === undefined) {
      if (!(await lockManager.isLocked(key))) return undefined;
      throw new LockNotHeldError(`Another holder has the lock on "${key}": name yours to write under it`, { key });
    }
    const held = this.#held.get(heldName(key, holder));
    if (held) return held.grant;
    // acquired from the manager itself: asking again hands the same grant back, and shortens no lease
    const again = { acquireTimeout: 0, holdTimeout: 0 };
    const grant = (await lockManager.isLockHolder(key, holder)) && (await lockManager.acquireLock(key, holder, again));
    if (grant) return grant;
    throw lockNotHeld(key, holder);
  }

  /** As `grantForWrite`, for what not every storage checks. */
  async grantForDelete(key: string, holder: string | undefined): Promise<LockGrant | undefined> {
    const grant = await this.grantForWrite(key, holder);
    if (!grant || (await this.manager.isLockHolder(key, grant.holder))) return grant;
    throw lockNotHeld(key, grant.holder);
  }

  /** Waits until no other holder has the lock. `undefined` where it didn't have to. Rejects with `LockTimeoutError` after `timeout`. */
  async waitForOthers(key: string, { holder, timeout, signal }: ReadOptions): Promise<FreeLock | undefined> {
    const { lockManager } = this.#options;
    const times = timesOf({ timeout }, "timeout");
    if (!lockManager || !(await lockManager.isLocked(key))) return undefined;
    if (holder !== undefined && (await lockManager.isLockHolder(key, holder))) return undefined;
    const free = await lockManager.waitForLock(key, { ...times, signal });
    if (!free) throw lockTimeout(key, timeout);
    return free;
  }

  /** Shuts out the holders before. Where that fails the lease ends at once, so that the next one has to do it again. */
  async #fence(grant: LockGrant): Promise<void> {
    const { key, holder } = grant;
    try {
      await this.#options.resultStorage.fence?.(key, grant);
    } catch (error) {
      await this.manager.renewLock(key, holder, 1).catch(() => {});
      throw error;
    }
  }

  /** The end of a lock that may have been lost: nothing to tell the caller, whose work is done. */
  async #releaseQuietly({ key, holder }: LockGrant): Promise<void> {
    try {
      await this.release(key, holder);
    } catch (error) {
      if (!(error instanceof LockNotHeldError)) this.#options.emit?.({ type: "lock-error", key, holder, error });
    }
  }
}

function lockNotHeld(key: string, holder: string): LockNotHeldError {
  return new LockNotHeldError(`${holder} does not hold the lock on "${key}"`, { key });
}

export function lockTimeout(key: string, timeout: Duration | undefined): LockTimeoutError {
  const time = typeof timeout === "number" ? `${timeout} ms` : timeout;
  return new LockTimeoutError(`The lock on "${key}" was not free within ${time}`, { key });
}

function heldName(key: string, holder: string): string {
  return `${holder}\0${key}`;
}
