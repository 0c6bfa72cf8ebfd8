import type { EndLockOptions, LockLease, LockRequest, LockState } from "../../src/core/remote-locks/lock-service.ts";
import { later, settleWithin } from "../../src/core/support/settle-within.ts";
import { LockQueue, type Call } from "./lock-queue.ts";
import {
  extend,
  giveBack,
  grant,
  grantProvisionally,
  isHeld,
  isLastHolder,
  lastCommitted,
  leaseOf,
  release,
  renew,
  type LockRow,
} from "./lock-row.ts";

export interface KeyLockOptions {
  /** What was saved last. */
  readonly row: LockRow | undefined;
  readonly save: (row: LockRow) => void;
  readonly now: () => number;
}

/** The lock of one key: what is stored of it, the queue behind it, and those who only wait for it to be free. */
export class KeyLock {
  readonly #save: (row: LockRow) => void;
  readonly #now: () => number;
  readonly #queue = new LockQueue();
  readonly #watchers = new Set<(state: LockState) => void>();
  #row: LockRow | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor({ row, save, now }: KeyLockOptions) {
    this.#row = row;
    this.#save = save;
    this.#now = now;
  }

  get row(): LockRow | undefined {
    return this.#row;
  }

  /** What was saved has been deleted. */
  forget(): void {
    this.#row = undefined;
  }

  async acquire(request: LockRequest): Promise<LockLease | undefined> {
    this.#advance();
    const { holder, holdTimeout, wait, comesBack } = request;
    if (isLastHolder(this.#row, holder)) return this.#keep(extend(this.#row, holdTimeout, this.#now()));
    if (this.#isFree()) {
      this.#queue.remove(holder);
      return this.#keep(grant(this.#row, holder, holdTimeout, this.#now()));
    }
    if (wait === 0 && !comesBack) return undefined;
    return settleWithin<LockLease | undefined>({ timeout: wait, otherwise: undefined }, (answer) =>
      this.#enter({ request, answer, giveUp: () => answer(undefined) }),
    );
  }

  renew(holder: string, holdTimeout: number): LockLease | undefined {
    this.#advance();
    if (!isLastHolder(this.#row, holder)) return undefined;
    return this.#keep(renew(this.#row, holdTimeout, this.#now()));
  }

  release(holder: string, { committed, isUnused }: EndLockOptions = {}): boolean {
    this.#advance();
    const waiting = this.#queue.remove(holder);
    for (const call of waiting ?? []) call.giveUp();
    if (!isLastHolder(this.#row, holder)) return waiting !== undefined;
    this.#keep(isUnused ? giveBack(this.#row, this.#now()) : release(this.#row, committed, this.#now()));
    this.#advance();
    return true;
  }

  inspect(holder?: string): LockState {
    const now = this.#now();
    const row = this.#row;
    const isLocked = row !== undefined && isHeld(row, now);
    const isLast = isLastHolder(row, holder);
    return {
      isLocked,
      token: row?.token,
      expiresIn: isLocked ? row.expiresAt - now : undefined,
      isHolder: isLocked && isLast,
      // under a grant that was not confirmed nobody may write: the next holder would not be told to shut it out
      isLastHolder: isLast && row.isConfirmed,
      // while it is held: what whoever waits for longer has missed
      committed: isLocked ? row.committed : row && lastCommitted(row),
    };
  }

  async wait(timeout: number): Promise<LockState> {
    if (this.#isFree() || timeout === 0) return this.inspect();
    const free = await settleWithin<LockState | undefined>({ timeout, otherwise: undefined }, (wake) => {
      this.#watchers.add(wake);
      this.#rest();
      return () => {
        this.#watchers.delete(wake);
        this.#rest();
      };
    });
    return free ?? this.inspect();
  }

  #isFree(): boolean {
    return !this.#row || !isHeld(this.#row, this.#now());
  }

  #keep(row: LockRow): LockLease {
    this.#row = row;
    this.#save(row);
    this.#rest();
    return leaseOf(row, this.#now());
  }

  #enter(call: Call): () => void {
    this.#queue.enter(call, this.#now());
    this.#rest();
    return () => {
      this.#queue.leave(call, this.#now());
      this.#rest();
    };
  }

  /** Once the lock is free or its lease has run out: wakes all who only wait, and hands it to the first in the queue. */
  #advance(): void {
    if (!this.#isFree()) return this.#rest();
    const free = this.inspect();
    for (const wake of [...this.#watchers]) wake(free);
    const calls = this.#queue.first();
    const [first] = calls ?? [];
    if (!calls || !first) return this.#rest();
    const { holder } = first.request;
    this.#queue.remove(holder);
    const lease = this.#keep(grantProvisionally(this.#row, holder, this.#now()));
    for (const call of [...calls]) call.answer(lease);
  }

  /** A timer runs only while someone waits for a lease to end. */
  #rest(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const isAwaited = this.#watchers.size > 0 || this.#queue.first() !== undefined;
    if (!this.#row || this.#row.releasedAt !== undefined || !isAwaited) return;
    this.#cancelTimer = later(Math.max(this.#row.expiresAt - this.#now(), 1), () => this.#advance());
  }
}
