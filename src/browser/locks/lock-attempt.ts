import { hasRunOut } from "../../core/locks/lock-grant.ts";
import type { LeaseRow } from "../database/lease-row.ts";
import { type LeaseTable, releasedRowLife, takeMarkLife } from "./lease-table.ts";
import { queryWebLocks, requestWebLock, type WebLock } from "./web-lock.ts";

/** How long a grantee waits before it checks again whether a take mark is gone. Milliseconds, as are all here. */
const markPause = 10;

/** A winner that took longer than this does not steal: its mark may expire before the browser has carried out the steal. */
const stealBefore = takeMarkLife / 2;

/** How long a single try waits for shared holders. They hold the lock for an instant unless their context is stopped. */
const sharedTimeout = 1_000;

const pause = (delay: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delay));

/** A mark ends soon. One that ends later is from a clock that was set back since, or from nobody. */
const isLiveMark = (row: LeaseRow | undefined, time: number): boolean =>
  row?.taking === true && !hasRunOut(row, time) && row.expiresAt <= time + takeMarkLife;

/** A lock that was won: the browser's lock and its lease row. */
export interface WonLock {
  readonly lock: WebLock;
  readonly row: LeaseRow;
  readonly takenOver: boolean;
  readonly committed: string | undefined;
  readonly unheldFor: number | undefined;
}

export interface LockAttemptOptions {
  readonly key: string;
  readonly holder: string;
  readonly holdTimeout: number | undefined;
  readonly lockName: string;
  readonly leases: LeaseTable;
  /** Watches the lease of the present holder while this attempt queues. See `LeaseWatcher`. */
  readonly watch: (runOut: () => void) => () => void;
  readonly now: () => number;
  /** Called once, unless `fail` is called instead. */
  readonly win: (won: WonLock) => void;
  readonly fail: (error: unknown) => void;
}

/** One caller's attempt to get a lock: through the browser's queue, or by a takeover if the previous lease runs out first. */
export class LockAttempt {
  readonly #options: LockAttemptOptions;
  readonly #end = new AbortController();
  #stopWatching: (() => void) | undefined;
  #taking = false;

  constructor(options: LockAttemptOptions) {
    this.#options = options;
  }

  get isOver(): boolean {
    return this.#end.signal.aborted;
  }

  /** Waits in the queue without a time limit. */
  start(): void {
    this.#attempt(async () => {
      // most locks are free, and a request for a free lock needs no signal, no place in the queue and no watching
      if (!this.isOver && !(await this.#request({ ifAvailable: true }))) await this.#queue();
    });
  }

  /** Gives up, and releases a lock that is granted later. */
  stop(): void {
    this.#stopWatching?.();
    this.#end.abort();
  }

  /** Tries without a place in the queue. False if another caller holds the lock under a lease that has not run out. */
  async tryOnce(): Promise<boolean> {
    const { lockName, now } = this.#options;
    const deadline = now() + sharedTimeout;
    do {
      if (await this.#request({ ifAvailable: true })) return true;
      const { held = [], pending = [] } = await queryWebLocks();
      const isExclusive = ({ name, mode }: LockInfo): boolean => name === lockName && mode === "exclusive";
      if (held.some(isExclusive)) return this.#takeOver(false);
      if (pending.some(isExclusive)) return false;
    } while (now() < deadline);
    return false;
  }

  #attempt(way: () => Promise<unknown>): void {
    way().catch((error: unknown) => {
      if (!this.isOver) this.#options.fail(error);
    });
  }

  /** If the lock is stolen before it was granted, the caller queues again. */
  async #queue(): Promise<void> {
    const { watch } = this.#options;
    while (!this.isOver) {
      this.#stopWatching = watch(() => {
        // the watcher calls again, so a failure is retried
        this.#takeOver(true).catch(() => {});
      });
      if (await this.#request({ signal: this.#end.signal })) return;
    }
  }

  async #request(options: LockOptions): Promise<boolean> {
    const lock = await requestWebLock(this.#options.lockName, options);
    this.#stopWatching?.();
    return lock !== undefined && this.#record(lock);
  }

  /** Writes the lease row of a lock that the browser has granted. False if the lock was stolen in the meantime. */
  async #record(lock: WebLock): Promise<boolean> {
    const { key, leases, now } = this.#options;
    let before: LeaseRow | undefined;
    /** The token of a lease that had ended before this lock was granted. */
    let past: number | undefined;
    return this.#keepIf(lock, async () => {
      while (!this.isOver && !lock.lost) {
        let marked = false;
        const decide = (current: LeaseRow | undefined, time: number) => {
          before = current;
          marked = isLiveMark(current, time);
          const mayBeStolen = marked || (current && current.token !== past && !leases.isReleased(key, current));
          return mayBeStolen || this.isOver || lock.lost ? undefined : this.#nextRow(current, time);
        };
        const row = await leases.change(key, now, decide, () => lock.lose());
        const unheldFor = before ? undefined : releasedRowLife;
        if (row) return { lock, row, takenOver: false, committed: leases.committed(key, before?.token), unheldFor };
        if (marked) {
          await pause(markPause);
        } else {
          // a steal before this query is known after it; without one, the row belongs to a holder that is gone
          await queryWebLocks();
          past = before?.token;
        }
      }
      return undefined;
    });
  }

  /**
   * False if the lease has been renewed, or another caller takes the lock over. `unrecorded`: also takes the lock from a
   * holder that never wrote a lease row, and so was never granted it.
   */
  async #takeOver(unrecorded: boolean): Promise<boolean> {
    if (this.#taking || this.isOver) return false;
    this.#taking = true;
    try {
      return await this.#steal(unrecorded);
    } finally {
      this.#taking = false;
    }
  }

  async #steal(unrecorded: boolean): Promise<boolean> {
    const { key, leases, lockName, now } = this.#options;
    const mark = await leases.change(key, now, (current, time) =>
      (current ? hasRunOut(current, time) : unrecorded)
        ? { ...this.#nextRow(current, time), expiresAt: time + takeMarkLife, taking: true }
        : undefined,
    );
    if (!mark) return false;
    const ours = (current: LeaseRow | undefined): boolean => current?.token === mark.token;
    if (this.isOver || mark.expiresAt - now() < stealBefore) {
      // the next waiter needs the row to see that the previous lease had ended
      await leases.change(key, now, (current, time) => (ours(current) ? { ...mark, expiresAt: time } : undefined));
      return false;
    }
    const lock = await requestWebLock(lockName, { steal: true });
    if (!lock) return false;
    return this.#keepIf(lock, async () => {
      const row = await leases.change(key, now, (current, time) =>
        ours(current) ? { ...this.#nextRow(undefined, time), token: mark.token } : undefined,
      );
      return row && { lock, row, takenOver: true, committed: undefined, unheldFor: undefined };
    });
  }

  #nextRow(current: LeaseRow | undefined, time: number): LeaseRow {
    const { holder, holdTimeout = Infinity } = this.#options;
    return {
      holder,
      token: this.#options.leases.nextToken(current, time),
      expiresAt: time + holdTimeout,
    };
  }

  /** Refuses a lock that was stolen while its row was written, or that is no longer wanted. */
  async #keepIf(lock: WebLock, confirm: () => Promise<WonLock | undefined>): Promise<boolean> {
    const { key, leases, win } = this.#options;
    let kept = false;
    try {
      const won = await confirm();
      kept = won !== undefined && !this.isOver && !lock.lost;
      if (won && kept) {
        this.stop();
        win(won);
      } else if (won) leases.release(key, won.row.token);
    } finally {
      if (!kept) await lock.release();
    }
    return kept;
  }
}
