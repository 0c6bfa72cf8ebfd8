/*
 * How a lock is granted, and taken over
 *
 * The browser's lock (`reprise/<name>/<key>`) gives the queue, and frees what a closed or killed context held. It can't
 * end the lock of a tab that is frozen or blocked, so each grant has a row beside it: holder, token, end of the lease.
 *
 * In turn: the browser grants its lock, one transaction puts the row on file, and only then the caller has the lock.
 * A release lets go of the browser's lock alone; its row is cleared away later, so a row says who had the lock last, and
 * only together with `navigator.locks.query()` who has it.
 *
 * Takeover: one who waits finds that the lease has run out. A transaction decides: lease over, and no live mark -> it
 * revokes the old row by writing a row of its own, as a mark. Whoever wrote the mark, and nobody else, steals the
 * browser's lock, then confirms in a second transaction that its row is still on file. The mark is a lease of one
 * second: a winner that dies or is stopped on the way is overtaken like any other holder, and one that is only slow
 * doesn't steal any more. So a takeover has one steal, and a cascade of them can't begin.
 *
 * While all that happens the old holder may release, and the browser hands its lock to the next in its queue:
 *  - a grantee that finds a live mark keeps the lock and waits: it is about to be stolen from, and queues again then;
 *  - one that finds any other row can't know yet whether that is the row of a holder who is gone, or whether the lock
 *    was stolen from it a moment ago and the row is that of the rightful holder. The answer of a query comes after
 *    the news of a steal, so it asks one, and writes only if the row is still the same then;
 *  - one that was stolen from while it wrote its row is not granted anything either.
 *
 * A lease that is lost is noticed by the browser's `AbortError`, by a renewal, by coming back from the back/forward
 * cache, and by `IndexedDbStorage`, which checks the token in its own write transaction. A lock that someone has without
 * any row for a second belongs to a context that was stopped before it was granted anything, and is taken over too.
 * `takenOver` is true after a takeover only: one whose tab is gone can't come back to write.
 */
import { createLockGrant, type HeldLock, hasRunOut, lockNotHeld, loseLock } from "../../core/locks/lock-grant.ts";
import type * as Contract from "../../core/locks/result-lock-manager.ts";
import { settleWithin } from "../../core/support/settle-within.ts";
import { LockNotHeldError } from "../../errors/index.ts";
import { LeaseTable } from "./lease-table.ts";
import { LeaseWatcher } from "./lease-watcher.ts";
import { LockAttempt, type WonLock } from "./lock-attempt.ts";
import { queryWebLocks, requestWebLock, type WebLock } from "./web-lock.ts";

export interface WebLockManagerOptions {
  /** Managers of one name share their locks, in all tabs and workers of the origin; `"reprise"` at first. The leases lie in the database of that name. */
  name?: string | undefined;
  /** The clock by which leases run out, in milliseconds since 1970; `Date.now` unless given. */
  now?: (() => number) | undefined;
}

interface HeldWebLock extends HeldLock {
  readonly lock: WebLock;
}

/** One call of `acquireLock` that waits. */
interface Acquisition {
  readonly holder: string;
  readonly holdTimeout: number | undefined;
  readonly attempt: LockAttempt;
  readonly resolve: (grant: Contract.LockGrant | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** `Infinity` in a row is "doesn't run out" in a grant. */
const toEnd = (expiresAt: number): number | undefined => (expiresAt === Infinity ? undefined : expiresAt);

/**
 * Locks between all tabs and workers of an origin. The browser's own Web Locks give the queue, and free the lock of a
 * tab that is closed or killed; a row in IndexedDB gives each grant its lease and its fencing token, and
 * `IndexedDbStorage` of the same name checks it inside its write.
 *
 * @example
 * ```ts
 * const locks = new WebLockManager();
 * const grant = await locks.acquireLock("report", "caller-1", { holdTimeout: 30_000 });
 * await locks.releaseLock("report", "caller-1");
 * ```
 */
export class WebLockManager implements Contract.ResultLockManager {
  readonly name: string;
  /** What the names of the browser's locks begin with; the key follows. */
  readonly #prefix: string;
  readonly #now: () => number;
  readonly #leases: LeaseTable;
  readonly #watcher: LeaseWatcher;
  readonly #held = new Map<string, HeldWebLock>();
  readonly #acquisitions = new Map<string, Set<Acquisition>>();
  readonly #waiting = new Set<(reason: unknown) => void>();
  /** Aborted by `close`, for what waits for the database then. */
  #open = new AbortController();

  constructor({ name = "reprise", now = () => Date.now() }: WebLockManagerOptions = {}) {
    this.name = name;
    this.#prefix = `reprise/${encodeURIComponent(name.toWellFormed())}/`;
    this.#now = now;
    this.#leases = LeaseTable.open(name);
    this.#watcher = new LeaseWatcher({ leases: this.#leases, now, prefix: this.#prefix });
  }

  async acquireLock(
    key: string,
    holder: string,
    options: Contract.AcquireLockOptions = {},
  ): Promise<Contract.LockGrant | undefined> {
    const { acquireTimeout, holdTimeout, signal } = options;
    signal?.throwIfAborted();
    const { signal: closed } = this.#open;
    const held = this.#held.get(key);
    const extended = held?.holder === holder && (await this.#extend(held, holdTimeout));
    if (extended) return extended;
    closed.throwIfAborted();
    const once = acquireTimeout === 0;
    return settleWithin<Contract.LockGrant | undefined>(
      { timeout: once ? undefined : acquireTimeout, signal, otherwise: undefined },
      (resolve, reject) => this.#acquire(key, holder, { holdTimeout, once, resolve, reject }),
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

  async isLocked(key: string): Promise<boolean> {
    return (await this.#state(key)).locked;
  }

  async isLockHolder(key: string, holder: string): Promise<boolean> {
    const state = await this.#state(key);
    return state.locked && state.holder === holder;
  }

  async waitForLock(
    key: string,
    { timeout, signal }: Contract.WaitForLockOptions = {},
  ): Promise<Contract.FreeLock | undefined> {
    signal?.throwIfAborted();
    const { signal: closed } = this.#open;
    const locked = await this.isLocked(key);
    closed.throwIfAborted();
    if (!locked) return {};
    if (timeout === 0) return undefined;
    return settleWithin<Contract.FreeLock | undefined>({ timeout, signal, otherwise: undefined }, (resolve, reject) => {
      const end = new AbortController();
      const stopWatching = this.#watcher.watch(key, () => resolve({}));
      // granted to all who wait at once, and let go at once
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

  /** Gives up what is held, whose signals abort, and what is waited for, which rejects with `LockNotHeldError`. */
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
    { once, holdTimeout, resolve, reject }: Omit<Acquisition, "attempt" | "holder"> & { once: boolean },
  ): () => void {
    const attempt = new LockAttempt({
      key,
      holder,
      holdTimeout,
      lockName: this.#prefix + key,
      leases: this.#leases,
      watcher: this.#watcher,
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

  #hold(key: string, { lock, row, takenOver, committed }: WonLock): Contract.LockGrant {
    const { holder, token, expiresAt } = row;
    const held: HeldWebLock = {
      key,
      holder,
      token,
      takenOver,
      committed,
      lock,
      leasePlace: this.#leases.place,
      lost: new AbortController(),
      expiresAt: toEnd(expiresAt),
    };
    const before = this.#held.get(key);
    if (before) this.#lose(before);
    if (this.#held.size === 0) addEventListener("pageshow", this.#onPageShow);
    this.#held.set(key, held);
    lock.onLost = () => this.#lose(held);
    // the same holder may have asked twice, and has the lock for both
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

  /** Another end for a lease that is still on file; `undefined` where it was lost. */
  async #prolong(
    held: HeldWebLock,
    end: (expiresAt: number, now: number) => number,
  ): Promise<Contract.LockGrant | undefined> {
    const row = await this.#leases.change(held.key, this.#now, (current, now) =>
      current?.token === held.token ? { ...current, expiresAt: end(current.expiresAt, now) } : undefined,
    );
    // released or lost meanwhile, which has been told
    if (this.#held.get(held.key) !== held) return undefined;
    if (!row) {
      this.#lose(held);
      return undefined;
    }
    held.expiresAt = toEnd(row.expiresAt);
    return this.#grant(held);
  }

  async #giveUp(held: HeldWebLock, committed?: string): Promise<void> {
    this.#held.delete(held.key);
    this.#leases.release(held.key, held.token, committed);
    await held.lock.release();
  }

  #lose(held: HeldWebLock): void {
    if (this.#held.get(held.key) === held) this.#held.delete(held.key);
    loseLock(held);
    // without a lease it would be in the way; a stolen one is gone already
    void held.lock.release();
  }

  /** Loses those of `held` whose leases are no longer on file. */
  async #check(held: readonly HeldWebLock[]): Promise<void> {
    const rows = await this.#leases.read(held.map(({ key }) => key));
    for (const [index, one] of held.entries()) if (rows[index]?.token !== one.token) this.#lose(one);
  }

  /** A page that comes back from the back/forward cache still holds its locks, but others may have ended its leases. */
  readonly #onPageShow = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) this.#check([...this.#held.values()]).catch(() => {});
  };

  /** A lock is held as long as the browser says so, and its lease on file has not run out. */
  async #state(key: string): Promise<{ locked: boolean; holder?: string | undefined }> {
    const own = this.#held.get(key);
    if (own && !hasRunOut(own, this.#now())) return { locked: true, holder: own.holder };
    const name = this.#prefix + key;
    const { held = [] } = await queryWebLocks();
    if (!held.some((lock) => lock.name === name && lock.mode === "exclusive")) return { locked: false };
    const [row] = await this.#leases.read([key]);
    if (!row) return { locked: true };
    const named = !row.taking && !this.#leases.isReleased(key, row);
    return { locked: !hasRunOut(row, this.#now()), holder: named ? row.holder : undefined };
  }
}
