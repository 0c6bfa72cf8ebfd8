import { LockNotHeldError } from "../../errors/index.ts";
import { lockedByHand, lockNotHeld, type HeldLock } from "../locks/lock-grant.ts";
import { bareLease, longestLease, maxWait, type EndLockOptions, type LockService } from "./lock-service.ts";
import { raceSignal } from "../concurrency/race-signal.ts";
import { attemptLock, datedLease, type RemoteLease, spaceOut } from "./remote-lock-attempt.ts";
import { holdName, RemoteLockHolds } from "./remote-lock-holds.ts";
import { followQueue, reportInterval } from "./remote-lock-progress.ts";
import { RemoteLockWaits } from "./remote-lock-waits.ts";
import { type Progress, toProgress } from "../concurrency/progress.ts";
import type * as Contract from "../locks/result-lock-manager.ts";
import { LatestSender } from "../concurrency/latest-sender.ts";
import { settleWithin } from "../concurrency/settle-within.ts";

/** How long a caller that gives up waits until the service has been notified, in milliseconds. */
const giveUpTimeout = 1_000;

/** The options of `RemoteLockManager`. */
export interface RemoteLockOptions {
  /** The clock for the ends of leases, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Locks that a service keeps on another machine. Leases last at most a day, and 30 seconds without `holdTimeout`. The
 * manager learns of a lost lock when a renewal is refused, or when it checks after the end of a lease without renewal.
 *
 * @example
 * ```ts
 * const manager = (service: LockService) => new RemoteLockManager(service);
 * ```
 */
export class RemoteLockManager implements Contract.ResultLockManager {
  readonly #service: LockService;
  readonly #holds: RemoteLockHolds;
  readonly #waits = new RemoteLockWaits();
  /** The leases that current requests ask for, by holder and key. */
  readonly #attempts = new Map<string, number[]>();
  /** By holder and key: an aborted call still waits at the service, in the place that it shares with another one. */
  readonly #leftBehind = new Set<string>();
  /** The releases on their way, by holder and key. */
  readonly #releases = new Map<string, Promise<unknown>>();

  /** Present if the service has it. */
  readonly endComputation?: (key: string) => Promise<number | undefined>;

  constructor(service: LockService, { now = () => Date.now() }: RemoteLockOptions = {}) {
    this.#service = service;
    this.#holds = new RemoteLockHolds({ service, now, release: (lock) => this.#dispose(lock) });
    if ("endComputation" in service)
      this.endComputation = async (key) => {
        const { isByHand, token } = await service.endComputation!(key);
        if (isByHand) throw lockedByHand(key);
        return token;
      };
  }

  async acquireLock(
    key: string,
    holder: string,
    options: Contract.AcquireLockOptions = {},
  ): Promise<Contract.LockGrant | undefined> {
    const { acquireTimeout, signal, onProgress } = options;
    const holdTimeout = Math.min(options.holdTimeout ?? bareLease, longestLease);
    const name = holdName(key, holder);
    return this.#waits.run(signal, async (ended) => {
      const attempts = this.#attempts.get(name) ?? [];
      this.#attempts.set(name, attempts);
      attempts.push(holdTimeout);
      const unfollow = onProgress && followQueue((wait) => this.waitForLock(key, wait), onProgress);
      let isOver = false;
      const end = () => {
        if (isOver) return;
        isOver = true;
        unfollow?.();
        attempts.splice(attempts.indexOf(holdTimeout), 1);
        if (attempts.length === 0) this.#attempts.delete(name);
      };
      let lease: RemoteLease | undefined;
      try {
        const releases = this.#releases.get(name);
        if (releases) await raceSignal(releases, ended);
        lease = await attemptLock(this.#service, {
          key,
          holder,
          holdTimeout,
          acquireTimeout,
          signal: ended,
          begin: (length) => this.#holds.begin(key, holder, length),
          settle: () => this.#holds.settle(key, holder),
          confirmedTimeout: () => Math.max(...attempts, this.#holds.timeLeft(key, holder)),
          onLateGrant: ({ token }) => {
            end();
            void this.#giveUp(key, holder, { isUnused: true }, token);
          },
        });
      } catch (error) {
        end();
        await this.#giveUp(key, holder, { isUnused: true });
        throw error;
      }
      end();
      if (!lease) {
        if (this.#leftBehind.has(name)) await this.#giveUp(key, holder, { isUnused: true });
        return undefined;
      }
      // the service has answered all calls in the place
      this.#leftBehind.delete(name);
      const grant = this.#holds.keep(key, holder, lease, true);
      this.#holds.settle(key, holder);
      return grant;
    });
  }

  async releaseLock(key: string, holder: string, options: Contract.ReleaseLockOptions = {}): Promise<void> {
    const hold = this.#holds.get(key, holder);
    // the service would end the wait of the other call
    if (!hold && this.#attempts.has(holdName(key, holder))) throw lockNotHeld(key, holder);
    if (hold) this.#holds.remove(hold);
    if (await this.#release(key, holder, options)) return;
    if (hold) this.#holds.lose(hold);
    throw lockNotHeld(key, holder);
  }

  async renewLock(key: string, holder: string, holdTimeout: number): Promise<Contract.LockGrant> {
    const hold = this.#holds.get(key, holder);
    const length = Math.min(holdTimeout, longestLease);
    const asked = this.#holds.begin(key, holder, length);
    try {
      const lease = await this.#service.renew(key, holder, length);
      // it may have been released in the meantime
      if (lease && hold === this.#holds.get(key, holder))
        return this.#holds.keep(key, holder, datedLease(lease, asked));
      if (!lease && hold) this.#holds.lose(hold);
    } finally {
      this.#holds.settle(key, holder);
    }
    throw lockNotHeld(key, holder);
  }

  async isLocked(key: string, { except, byHand }: Contract.IsLockedOptions = {}): Promise<boolean> {
    const { isLocked, isHolder, isByHand = true } = await this.#service.inspect(key, except);
    return isLocked && !isHolder && (isByHand || !byHand);
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    return (await this.#service.inspect(key, holder)).isHolder;
  }

  async waitForLock(
    key: string,
    { timeout = Infinity, signal, onProgress }: Contract.WaitForLockOptions = {},
  ): Promise<Contract.FreeLock | undefined> {
    return this.#waits.run(signal, async (ended) => {
      const deadline = performance.now() + timeout;
      let first: number | undefined;
      let seen = onProgress && 0;
      for (;;) {
        const began = performance.now();
        const left = Math.max(0, deadline - began);
        const { isLocked, token, committed, progress } = await raceSignal(
          this.#service.wait(key, Math.min(left, maxWait), seen),
          ended,
        );
        // a different grant than before: the lock was free between two calls
        if (!isLocked || token !== (first ??= token)) return { committed };
        const news = progress?.number === seen ? undefined : toProgress(progress);
        if (news) onProgress?.(news);
        seen = progress?.number ?? seen;
        if (left <= (news ? 0 : maxWait)) return undefined;
        await spaceOut(began, ended);
      }
    });
  }

  /** Sends at most one report a second. */
  reportProgress(key: string, holder: string, progress: Progress): void {
    const hold = this.#holds.get(key, holder);
    if (!hold) return;
    hold.reports ??= new LatestSender(reportInterval, async (latest) => {
      if (this.#holds.get(key, holder) === hold) await this.#service.report?.(key, holder, latest);
    });
    hold.reports.push(progress);
  }

  /** Drops held locks, whose signals abort, and ends waiting calls, which reject with `LockNotHeldError`. */
  async close(): Promise<void> {
    const held = this.#holds.takeAll();
    const ended = this.#waits.end(new LockNotHeldError("The lock manager was closed"));
    for (const hold of held) this.#holds.lose(hold);
    await Promise.all([ended, ...held.map(({ lock }) => this.#giveUp(lock.key, lock.holder))]);
  }

  /** Tells the service to drop a caller's place or lock. Never rejects, since the service will notice by itself. */
  async #giveUp(key: string, holder: string, options?: EndLockOptions, token?: number): Promise<void> {
    // another call of the same holder still waits for it, or has it; a hold from before the grant of `token` was lost
    const hold = this.#holds.get(key, holder);
    const isHeld = token === undefined ? this.#holds.timeLeft(key, holder) > 0 : token === hold?.lock.token;
    const name = holdName(key, holder);
    if (isHeld) return;
    if (this.#attempts.has(name)) return void this.#leftBehind.add(name);
    this.#leftBehind.delete(name);
    await settleWithin<unknown>({ timeout: giveUpTimeout, otherwise: undefined }, (resolve) => {
      this.#release(key, holder, options).then(resolve, resolve);
      return () => {};
    });
  }

  /** The holder's next request waits for it. Otherwise it may arrive after that request, and free the lock again. */
  #release(key: string, holder: string, options?: EndLockOptions): Promise<boolean> {
    const name = holdName(key, holder);
    const release = this.#service.release(key, holder, options);
    const all = Promise.allSettled([release, this.#releases.get(name)]).finally(() => {
      if (this.#releases.get(name) === all) this.#releases.delete(name);
    });
    this.#releases.set(name, all);
    return release;
  }

  async #dispose(lock: HeldLock): Promise<void> {
    if (this.#holds.get(lock.key, lock.holder)?.lock !== lock) return;
    await this.releaseLock(lock.key, lock.holder).catch((error: unknown) => {
      // lost without notice
      if (!(error instanceof LockNotHeldError)) throw error;
    });
  }
}
