/*
 * How a lock is granted, and taken over
 *
 * The browser's lock (`reprise/<name>/<key>`) provides the queue, and frees the locks of a closed or killed context. It
 * can't end the lock of a frozen or blocked tab, so each grant has a row beside it: holder, token, end of the lease.
 * A grant takes three steps: the browser grants its lock, one transaction decides on the row and begins to store it, and then the
 * caller has the lock. Transactions that begin later see the row. If it can't be stored, the lock is lost.
 * A release frees the browser's lock alone; its row is deleted later, after half a second at least. So without a row nobody has the
 * lock, or had it a moment ago. A row names the last holder, and shows the current one only together with
 * `navigator.locks.query()`.
 * Takeover: a waiter finds that the lease has run out, and a transaction decides. If the lease is over and there is no live
 * mark, the waiter revokes the old row by writing its own row as a mark. The context that wrote the mark, and no other,
 * steals the browser's lock. It then confirms in a second transaction that its row is still there. The mark is a lease of
 * one second. A winner that dies or stops on the way is overtaken like any other holder, and a slow winner does not steal
 * any more. So each takeover has one steal, and steals can't cascade.
 *
 * During a takeover the old holder may release, and the browser then grants its lock to the next in its queue:
 *  - A grantee that finds a live mark keeps the lock and waits: its lock is about to be stolen, and it then queues again.
 *  - A grantee that finds any other row can't know whose it is. The row's holder may be gone, or may have just stolen the
 *    lock. The answer of a lock query comes after the news of a steal, so the grantee queries first, and writes only if
 *    the row is unchanged.
 *  - A grantee whose lock is stolen while it writes its row is not granted the lock.
 *
 * Four events reveal a lost lease: the browser's `AbortError`, a renewal, a return from the back/forward cache, and a write
 * by `IndexedDbStorage`, which checks the token in its own transaction. A lock held for a second without any row belongs to
 * a context that was stopped before its grant, and is taken over too. `takenOver` is true only after a takeover, since a
 * holder whose tab is gone can't come back to write.
 */
import { isMeant } from "../../core/locks/holder.ts";
import { createLockGrant, type HeldLock, hasRunOut, lockNotHeld, loseLock } from "../../core/locks/lock-grant.ts";
import type { Progress, ProgressListener } from "../../core/concurrency/progress.ts";
import type * as Contract from "../../core/locks/result-lock-manager.ts";
import { settleWithin } from "../../core/concurrency/settle-within.ts";
import { LockNotHeldError } from "../../errors/index.ts";
import { leasePlaceOf } from "../database/lease-row.ts";
import { LeaseTable } from "./lease-table.ts";
import { LeaseWatcher } from "./lease-watcher.ts";
import { LockAttempt, type WonLock } from "./lock-attempt.ts";
import { ProgressChannel } from "./progress-channel.ts";
import { assertWebLocks, queryWebLocks, requestWebLock, type WebLock } from "./web-lock.ts";

/** The options of `WebLockManager`. */
export interface WebLockManagerOptions {
  /** Managers with the same name share their locks in all tabs and workers of the origin, and keep leases in the database of that name. Default: `"reprise"`. */
  name?: string | undefined;
  /** The clock for leases, in milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;
}

interface HeldWebLock extends HeldLock {
  readonly lock: WebLock;
}

/** A waiting call of `acquireLock`. */
interface Acquisition {
  readonly holder: string;
  readonly holdTimeout: number | undefined;
  readonly attempt: LockAttempt;
  readonly resolve: (grant: Contract.LockGrant | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

interface AcquireMode extends Contract.ProgressOptions {
  readonly once: boolean;
}

/** `Infinity` in a row means "doesn't run out" in a grant. */
const toEnd = (expiresAt: number): number | undefined => (expiresAt === Infinity ? undefined : expiresAt);

/**
 * Locks across all tabs and workers of an origin. The browser's Web Locks (https://w3c.github.io/web-locks/) provide the
 * queue, and free the lock of a closed or killed tab. A row in IndexedDB gives each grant its lease and fencing token, and `IndexedDbStorage` of the same name
 * checks it inside its write.
 *
 * @example
 * ```ts
 * const locks = new WebLockManager();
 * const grant = await locks.acquireLock("report", "caller-1", { holdTimeout: 30_000 });
 * await locks.releaseLock("report", "caller-1");
 * ```
 */
export class WebLockManager implements Contract.ResultLockManager {
  /** The name of the database that keeps the leases. */
  readonly name: string;
  readonly leasePlace: string;
  /** The prefix of the browser's lock names; the key follows. */
  readonly #prefix: string;
  readonly #now: () => number;
  readonly #leases: LeaseTable;
  readonly #watcher: LeaseWatcher;
  readonly #progress: ProgressChannel;
  readonly #held = new Map<string, HeldWebLock>();
  readonly #acquisitions = new Map<string, Set<Acquisition>>();
  readonly #waiting = new Set<(reason: unknown) => void>();
  /** `close` aborts it, which ends waits for the database. */
  #open = new AbortController();

  constructor({ name = "reprise", now = () => Date.now() }: WebLockManagerOptions = {}) {
    this.name = name;
    this.leasePlace = leasePlaceOf(name);
    this.#prefix = `reprise/${encodeURIComponent(name.toWellFormed())}/`;
    this.#now = now;
    this.#leases = LeaseTable.open(name);
    this.#progress = new ProgressChannel(`${this.#prefix}progress`);
    this.#watcher = new LeaseWatcher({ leases: this.#leases, now, prefix: this.#prefix });
  }

  async acquireLock(
    key: string,
    holder: string,
    options: Contract.AcquireLockOptions = {},
  ): Promise<Contract.LockGrant | undefined> {
    const { acquireTimeout, holdTimeout, signal, onProgress } = options;
    signal?.throwIfAborted();
    const { signal: closed } = this.#open;
    const held = this.#held.get(key);
    const extended = held?.holder === holder && (await this.#extend(held, holdTimeout));
    signal?.throwIfAborted();
    if (extended) return extended;
    closed.throwIfAborted();
    const once = acquireTimeout === 0;
    return settleWithin<Contract.LockGrant | undefined>(
      { timeout: once ? undefined : acquireTimeout, signal, otherwise: undefined },
      (resolve, reject) => this.#acquire(key, holder, { holdTimeout, once, onProgress, resolve, reject }),
    );
  }

  async releaseLock(key: string, holder: string, { committed }: Contract.ReleaseLockOptions = {}): Promise<void> {
    const held = this.#require(key, holder);
    if (hasRunOut(held, this.#now())) await this.#check([held]);
    if (this.#require(key, holder) !== held) throw lockNotHeld(key, holder);
    await this.#giveUp(held, committed);
  }

  async renewLock(key: string, holder: string, holdTimeout: number): Promise<Contract.LockGrant> {
    const grant = await this.#prolong(this.#require(key, holder), (_, now) => now + holdTimeout);
    if (!grant) throw lockNotHeld(key, holder);
    return grant;
  }

  async isLocked(key: string, options: Contract.IsLockedOptions = {}): Promise<boolean> {
    const { locked, holder } = await this.#state(key);
    return locked && isMeant(holder, options);
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    const state = await this.#state(key);
    return state.locked && state.holder === holder;
  }

  async waitForLock(
    key: string,
    { timeout, signal, onProgress }: Contract.WaitForLockOptions = {},
  ): Promise<Contract.FreeLock | undefined> {
    signal?.throwIfAborted();
    const { signal: closed } = this.#open;
    if (timeout === 0) {
      const locked = await this.isLocked(key);
      signal?.throwIfAborted();
      closed.throwIfAborted();
      return locked ? undefined : {};
    }
    return settleWithin<Contract.FreeLock | undefined>({ timeout, signal, otherwise: undefined }, (resolve, reject) => {
      const end = new AbortController();
      const stopWatching = this.#watch(key, onProgress, () => resolve({}));
      // its lease may be over already
      this.isLocked(key).then((locked) => locked || resolve({}), reject);
      // a shared lock is granted to all waiters at once, and released at once
      requestWebLock(this.#prefix + key, { mode: "shared", signal: end.signal })
        .then((lock) => lock?.release())
        .then(() => resolve({}), reject);
      this.#waiting.add(reject);
      return () => {
        end.abort();
        stopWatching();
        this.#waiting.delete(reject);
      };
    });
  }

  reportProgress(key: string, holder: string, progress: Progress): void {
    if (this.#held.get(key)?.holder === holder) this.#progress.report(key, progress);
  }

  /** Drops held locks, whose signals abort, and ends waiting calls, which reject with `LockNotHeldError`. */
  async close(): Promise<void> {
    const closed = new LockNotHeldError("The lock manager was closed");
    this.#open.abort(closed);
    this.#open = new AbortController();
    for (const { reject } of [...this.#acquisitions.values()].flatMap((set) => [...set])) reject(closed);
    for (const reject of [...this.#waiting]) reject(closed);
    await Promise.all(
      [...this.#held.values()].map((held) => {
        loseLock(held);
        return this.#giveUp(held);
      }),
    );
    await this.#leases.close();
    removeEventListener("pageshow", this.#onPageShow);
  }

  #require(key: string, holder: string): HeldWebLock {
    const held = this.#held.get(key);
    if (held?.holder !== holder) throw lockNotHeld(key, holder);
    return held;
  }

  #acquire(
    key: string,
    holder: string,
    { once, holdTimeout, onProgress, resolve, reject }: Omit<Acquisition, "attempt" | "holder"> & AcquireMode,
  ): () => void {
    const attempt = new LockAttempt({
      key,
      holder,
      holdTimeout,
      lockName: this.#prefix + key,
      leases: this.#leases,
      watch: (runOut) => this.#watch(key, onProgress, runOut),
      now: this.#now,
      win: (won) => resolve(this.#hold(key, won)),
      fail: reject,
    });
    const acquisition: Acquisition = { holder, holdTimeout, attempt, resolve, reject };
    const all = this.#acquisitions.get(key) ?? new Set();
    this.#acquisitions.set(key, all.add(acquisition));
    if (once) attempt.tryOnce().then((won) => won || resolve(undefined), reject);
    else attempt.start();
    return () => {
      attempt.stop();
      all.delete(acquisition);
      if (all.size === 0 && this.#acquisitions.get(key) === all) this.#acquisitions.delete(key);
    };
  }

  /** Watches the lease of a lock that a call waits for, and tells the call how far the holder is. */
  #watch(key: string, onProgress: ProgressListener | undefined, runOut: () => void): () => void {
    const stopWatching = this.#watcher.watch(key, runOut);
    const stopListening = onProgress && this.#progress.listen(key, onProgress);
    return () => {
      stopWatching();
      stopListening?.();
    };
  }

  #hold(key: string, { lock, row, takenOver, committed, unheldFor }: WonLock): Contract.LockGrant {
    const { holder, token, expiresAt } = row;
    const held: HeldWebLock = {
      key,
      holder,
      token,
      takenOver,
      committed,
      unheldFor,
      lock,
      leasePlace: this.leasePlace,
      lost: new AbortController(),
      expiresAt: toEnd(expiresAt),
    };
    const before = this.#held.get(key);
    if (before) this.#lose(before);
    if (this.#held.size === 0) addEventListener("pageshow", this.#onPageShow);
    this.#held.set(key, held);
    lock.onLost = () => this.#lose(held);
    // several calls of the same holder share the lock
    for (const { holder: other, holdTimeout, attempt, resolve, reject } of this.#acquisitions.get(key) ?? []) {
      if (other !== holder || attempt.isOver) continue;
      attempt.stop();
      this.#extend(held, holdTimeout).then(
        (grant) => (grant ? resolve(grant) : reject(lockNotHeld(key, holder))),
        reject,
      );
    }
    return this.#grant(held);
  }

  #grant(held: HeldWebLock): Contract.LockGrant {
    if (held.expiresAt !== undefined) this.#watcher.announce(held.expiresAt - this.#now());
    return createLockGrant(held, async () => {
      if (this.#held.get(held.key) === held) await this.#giveUp(held);
    });
  }

  #extend(held: HeldWebLock, holdTimeout: number | undefined): Promise<Contract.LockGrant | undefined> {
    return this.#prolong(held, (expiresAt, now) => Math.max(expiresAt, now + (holdTimeout ?? Infinity)));
  }

  /** Changes the end of a lease whose row is still there; `undefined` if the lease was lost. */
  async #prolong(
    held: HeldWebLock,
    end: (expiresAt: number, now: number) => number,
  ): Promise<Contract.LockGrant | undefined> {
    const row = await this.#leases.change(held.key, this.#now, (current, now) =>
      current?.token === held.token ? { ...current, expiresAt: end(current.expiresAt, now) } : undefined,
    );
    // released or lost in the meantime, and already reported
    if (this.#held.get(held.key) !== held) return undefined;
    if (!row) {
      this.#lose(held);
      return undefined;
    }
    held.expiresAt = toEnd(row.expiresAt);
    return this.#grant(held);
  }

  async #giveUp(held: HeldWebLock, committed?: string): Promise<void> {
    this.#drop(held);
    this.#leases.release(held.key, held.token, committed);
    await held.lock.release();
  }

  #drop(held: HeldWebLock): void {
    if (this.#held.get(held.key) !== held) return;
    this.#held.delete(held.key);
    this.#progress.end(held.key);
  }

  #lose(held: HeldWebLock): void {
    this.#drop(held);
    loseLock(held);
    // without a lease it would block others; a stolen lock is already gone
    void held.lock.release();
  }

  /** Marks those of `held` as lost whose lease rows are gone. */
  async #check(held: readonly HeldWebLock[]): Promise<void> {
    const rows = await this.#leases.read(held.map(({ key }) => key));
    for (const [index, one] of held.entries()) if (rows[index]?.token !== one.token) this.#lose(one);
  }

  /** A page that returns from the back/forward cache still holds its locks, but others may have ended its leases. */
  readonly #onPageShow = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) this.#check([...this.#held.values()]).catch(() => {});
  };

  /** A lock is held if its lease has not run out, and the browser reports it as held. Its row is there before its caller hears of the grant. */
  async #state(key: string): Promise<{ locked: boolean; holder?: string | undefined }> {
    assertWebLocks();
    const own = this.#held.get(key);
    if (own && !hasRunOut(own, this.#now())) return { locked: true, holder: own.holder };
    const [row] = await this.#leases.read([key]);
    if (!row || hasRunOut(row, this.#now()) || this.#leases.isReleased(key, row)) return { locked: false };
    const name = this.#prefix + key;
    const { held = [] } = await queryWebLocks();
    const locked = held.some((lock) => lock.name === name && lock.mode === "exclusive");
    return { locked, holder: row.taking ? undefined : row.holder };
  }
}
