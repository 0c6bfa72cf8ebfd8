import { ConfigurationError, LockNotHeldError, LockTimeoutError, StaleLockError } from "../../errors/index.ts";
import { type Duration, timesOf, toMilliseconds } from "../support/duration.ts";
import type { StoreEvent } from "../events/store-event.ts";
import { endComputation } from "../locks/end-computation.ts";
import { generateHolder } from "../locks/holder.ts";
import { lockNotHeld } from "../locks/lock-grant.ts";
import { assertNotHeldAround, currentEnclosing, currentTaken, type Enclosing } from "../locks/enclosing.ts";
import { defaultHoldTimeout, keepLease, type Lease, noteEnd } from "../locks/lease-keeper.ts";
import type { Progress } from "../concurrency/progress.ts";
import type { FreeLock, LockGrant, ProgressOptions, ResultLockManager } from "../locks/result-lock-manager.ts";
import type { ReadOptions, StoreLockOptions } from "../options/call-options.ts";
import type { ResolvedStoreOptions } from "../options/store-options.ts";
import { asyncDispose } from "../concurrency/async-dispose.ts";

/** Above this number, the grants lost longest ago are removed. */
const rememberedGrants = 1_000;
/**
 * If there are too many, a grant counts as lost this many milliseconds after its lease. In Workers its request has
 * ended and never releases it.
 */
const abandonedAfter = 3_600_000;

type LockListener = (
  event: Extract<StoreEvent, { type: "lock-acquired" | "lock-released" | "lock-lost" | "lock-error" }>,
) => void;

interface Held extends Lease {
  /** The etag of the last write under the lock, for the next holder. */
  committed?: string;
  /** The number of pieces of work under it. */
  users: number;
  /** Nobody works under it any more, but this write has to settle before its release. */
  abandoned?: Promise<unknown> | undefined;
  /** It was taken for a piece of work, so that the last user releases it. */
  isTaken?: boolean;
  /** Tells of it. */
  readonly emit: LockListener | undefined;
}

/** A lock taken for a piece of work. */
export interface Hold {
  readonly grant: LockGrant;
  /** Renews the lease while `work` runs, and releases the lock at its end. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Releases the lock now, although the work goes on. */
  end(): void;
  /**
   * Releases the lock once `write` has settled instead, unless its holder has taken it again. It is not renewed any more, so
   * that a write which never ends leaves it to its lease.
   */
  abandon(write: Promise<unknown>): void;
}

interface AcquireOptions extends StoreLockOptions, ProgressOptions {
  /** Tells of the lock as a part of a call. */
  emit?: LockListener | undefined;
}

export interface TakeOptions extends AcquireOptions {
  /** What the caller is inside of. */
  around: readonly Enclosing[];
  /** Whether the holder may have the lock already, through another store. */
  mayBeHeld?: boolean | undefined;
}

/** A store's use of its lock manager: it records grants, emits events and renews leases. */
export class StoreLocks {
  readonly #options: ResolvedStoreOptions;
  /** By holder and key. A write names its holder, and a storage checks the grant. */
  readonly #held = new Map<string, Held>();
  /** The releases on their way. */
  readonly #releases = new Map<string, Promise<void>>();

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
  }

  /** Throws `ConfigurationError` if there is none. */
  get manager(): ResultLockManager {
    const { lockManager } = this.#options;
    if (!lockManager)
      throw new ConfigurationError("This store has no lockManager: pass one, such as new MemoryLockManager()");
    return lockManager;
  }

  async acquire(key: string, options: StoreLockOptions): Promise<LockGrant | undefined> {
    const taken = currentTaken();
    if (options.acquireTimeout === undefined) {
      await assertNotHeldAround(currentEnclosing(), this.manager, key, options.holder);
    }
    const grant = (await this.#acquire(key, options))?.grant;
    if (grant) taken?.push({ manager: this.manager, key, holder: grant.holder });
    return grant;
  }

  async #acquire(key: string, options: AcquireOptions): Promise<Held | undefined> {
    const { manager } = this;
    const { holder = generateHolder(), signal, onProgress, emit = this.#options.emit } = options;
    const times = timesOf(options, "holdTimeout", "acquireTimeout");
    const asked = performance.now();
    const grant = await manager.acquireLock(key, holder, { ...times, signal, onProgress });
    if (!grant) return undefined;
    const { token, takenOver, expiresAt } = grant;
    const name = heldName(key, holder);
    let held = this.#held.get(name);
    if (held?.grant.token !== token) {
      if (takenOver && !(await this.#fence(grant))) {
        const left = times.acquireTimeout && Math.max(0, asked + times.acquireTimeout - performance.now());
        return this.#acquire(key, { ...options, acquireTimeout: left });
      }
      held = { grant, until: 0, users: 0, emit };
    }
    held.grant = { ...grant, [asyncDispose]: () => this.#releaseQuietly(grant) };
    // a manager may limit a lease for which no end was asked
    const { holdTimeout = Number(expiresAt) - Date.now() } = times;
    held.until = Math.max(held.until, expiresAt ? asked + holdTimeout : Infinity);
    noteEnd(grant, held.until);
    this.#held.delete(name);
    this.#held.set(name, held);
    // lost grants stay for a while, to recognise a write under one as stale
    for (const [other, { grant: oldest }] of this.#held) {
      if (this.#held.size <= rememberedGrants || !this.#isLost(oldest)) break;
      this.#held.delete(other);
    }
    emit?.({ type: "lock-acquired", key, holder, token, takenOver });
    return held;
  }

  /** Whether the holder surely has the lock, by what this store knows. */
  #isLive(key: string, holder: string): boolean {
    const held = this.#held.get(heldName(key, holder));
    return held !== undefined && !held.grant.signal.aborted && held.until > performance.now();
  }

  #isLost({ signal, expiresAt }: LockGrant): boolean {
    return signal.aborted || Number(expiresAt ?? Infinity) + abandonedAfter < this.#options.now();
  }

  async release(key: string, holder: string): Promise<void> {
    const { manager } = this;
    const name = heldName(key, holder);
    const held = this.#held.get(name);
    this.#held.delete(name);
    const release = manager.releaseLock(key, holder, { committed: held?.committed });
    this.#releases.set(name, release);
    await release.finally(() => this.#releases.delete(name));
    const { emit } = held ?? this.#options;
    emit?.({ type: "lock-released", key, holder });
  }

  /** Tells the callers that wait for the lock how far its holder is. That fails no computation. */
  report({ key, holder }: LockGrant, progress: Progress): void {
    const reporting = async () => this.manager.reportProgress?.(key, holder, progress);
    reporting().catch(() => {});
  }

  /** Passes the etag of a write under `grant` to the next holder. */
  noteCommit({ key, holder }: LockGrant, etag: string | undefined): void {
    const held = this.#held.get(heldName(key, holder));
    if (held && etag !== undefined) held.committed = etag;
  }

  /**
   * Takes a lock for a piece of work. `undefined` after `acquireTimeout`. A lock that the holder had before stays held
   * afterwards.
   */
  async take(key: string, { around, mayBeHeld, ...options }: TakeOptions): Promise<Hold | undefined> {
    const { holder = generateHolder(), holdTimeout = defaultHoldTimeout, emit = this.#options.emit } = options;
    const lease = toMilliseconds(holdTimeout, "holdTimeout");
    if (options.acquireTimeout !== 0 && around.length > 0) await assertNotHeldAround(around, this.manager, key, holder);
    const name = heldName(key, holder);
    await this.#releases.get(name)?.catch(() => {});
    const before = this.#held.get(name);
    // from now on, so that an earlier piece of work of the holder leaves the lock to this one
    if (before) before.users++;
    // another store with the same locks may have taken it, and will release it
    const isHeldElsewhere = !before && mayBeHeld === true && (await this.manager.isLockHolder(key, holder));
    const held = await this.#acquire(key, { ...options, holder, holdTimeout }).catch(async (error: unknown) => {
      if (before) await this.#leave(before);
      throw error;
    });
    if (held !== before) {
      if (before) await this.#leave(before);
      if (held) held.users++;
      if (held) held.isTaken ||= !isHeldElsewhere;
    }
    if (!held) return undefined;
    held.abandoned = undefined;
    const { grant } = held;
    if (isHeldElsewhere) noteEnd(grant, performance.now() + Number(grant.expiresAt ?? Infinity) - Date.now());
    const onLost = (error: unknown) => emit?.({ type: "lock-lost", key, holder, error });
    const ended = new AbortController();
    const leave = async () => {
      if (ended.signal.aborted) return;
      ended.abort();
      if (!held.isTaken && isHeldElsewhere) this.#held.delete(name);
      await this.#leave(held);
    };
    const run = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
      const stop = keepLease(this.manager, held, lease, { signal, onLost });
      ended.signal.addEventListener("abort", stop);
      try {
        return await work();
      } finally {
        await leave();
      }
    };
    const abandon = (write: Promise<unknown>) => {
      held.abandoned = write;
      const settle = () => {
        if (held.abandoned !== write) return undefined;
        held.abandoned = undefined;
        return this.#releaseUnused(held);
      };
      const end = write.then(settle, settle);
      this.#options.waitUntil?.(end);
    };
    return { grant, run, end: () => void leave(), abandon };
  }

  /**
   * Prepares a change by hand without a holder: computations of the key end, and their late writes are refused. Resolves to
   * the token for the change, if the lock manager has one. Rejects with `LockNotHeldError` if somebody took the lock by hand.
   */
  async endComputation(key: string): Promise<number | undefined> {
    const { lockManager } = this.#options;
    return lockManager && endComputation(lockManager, key);
  }

  /** The grant for a write by `holder`. Rejects with `LockNotHeldError` if `holder` doesn't have the lock. */
  async grantForWrite(key: string, holder: string): Promise<LockGrant | undefined> {
    const { lockManager } = this.#options;
    if (!lockManager) return undefined;
    const held = this.#held.get(heldName(key, holder));
    if (held) return held.grant;
    // acquired directly from the manager: a second request returns the same grant and shortens no lease
    const again = { acquireTimeout: 0, holdTimeout: 0 };
    const grant = (await lockManager.isLockHolder(key, holder)) && (await lockManager.acquireLock(key, holder, again));
    if (grant) return grant;
    throw lockNotHeld(key, holder);
  }

  /** Like `grantForWrite`, for changes that not every storage checks. */
  async grantForDelete(key: string, holder: string): Promise<LockGrant | undefined> {
    const grant = await this.grantForWrite(key, holder);
    if (!grant || (await this.manager.isLockHolder(key, grant.holder))) return grant;
    throw lockNotHeld(key, grant.holder);
  }

  /**
   * Waits until no other holder has the lock. `undefined` if it didn't have to wait. Rejects with `LockTimeoutError`
   * after `timeout`.
   */
  async waitForOthers(
    key: string,
    { holder, timeout, signal }: ReadOptions,
    around = currentEnclosing(),
  ): Promise<FreeLock | undefined> {
    const { lockManager } = this.#options;
    const times = timesOf({ timeout }, "timeout");
    if (!lockManager || (holder !== undefined && this.#isLive(key, holder))) return undefined;
    if (!(await lockManager.isLocked(key, { except: holder }))) return undefined;
    if (timeout !== 0) await assertNotHeldAround(around, lockManager, key, holder);
    const { emit } = this.#options;
    const onProgress = emit && ((progress: Progress) => emit({ type: "progress", key, ...progress }));
    const free = await lockManager.waitForLock(key, { ...times, signal, onProgress });
    if (!free) throw lockTimeout(key, timeout);
    return free;
  }

  /**
   * Makes the storage refuse earlier holders. If that fails, the lease ends at once, so that the next holder does it again. `false`
   * if a change of the key has taken the grant meanwhile: it has the larger token, so it refuses those holders too.
   */
  async #fence(grant: LockGrant): Promise<boolean> {
    const { key, holder } = grant;
    try {
      await this.#options.resultStorage.fence?.(key, grant);
      return true;
    } catch (error) {
      if (error instanceof StaleLockError) {
        await this.manager.releaseLock(key, holder).catch(() => {});
        return false;
      }
      await this.manager.renewLock(key, holder, 1).catch(() => {});
      throw error;
    }
  }

  #leave(held: Held): Promise<void> | undefined {
    held.users--;
    return this.#releaseUnused(held);
  }

  /** Releases a lock that was taken for work, once nobody works under it and no write has to settle. */
  #releaseUnused(held: Held): Promise<void> | undefined {
    const { grant, users, abandoned, isTaken } = held;
    const isUnused = isTaken && users === 0 && !abandoned;
    return isUnused && this.#held.get(heldName(grant.key, grant.holder)) === held
      ? this.#releaseQuietly(grant)
      : undefined;
  }

  /** Releases a lock that may have been lost. The caller's work is done, so it needs no error. */
  async #releaseQuietly({ key, holder }: LockGrant): Promise<void> {
    const { emit } = this.#held.get(heldName(key, holder)) ?? this.#options;
    try {
      await this.release(key, holder);
    } catch (error) {
      if (!(error instanceof LockNotHeldError)) emit?.({ type: "lock-error", key, holder, error });
    }
  }
}

export function lockTimeout(key: string, timeout: Duration | undefined): LockTimeoutError {
  const time = typeof timeout === "number" ? `${timeout} ms` : timeout;
  return new LockTimeoutError(`The lock on "${key}" was not free within ${time}`, { key });
}

function heldName(key: string, holder: string): string {
  return `${holder}\0${key}`;
}
