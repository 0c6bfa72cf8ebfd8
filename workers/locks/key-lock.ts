import { isComputation } from "../../src/core/locks/holder.ts";
import type { Progress } from "../../src/core/concurrency/progress.ts";
import type {
  EndedComputation,
  EndLockOptions,
  LockLease,
  LockRequest,
  LockState,
  NumberedProgress,
} from "../../src/core/remote-locks/lock-service.ts";
import { later, settleWithin } from "../../src/core/concurrency/settle-within.ts";
import { LockQueue, type Call } from "./lock-queue.ts";
import {
  endGrants,
  extend,
  grant,
  grantProvisionally,
  isHeld,
  isLastHolder,
  lastCommitted,
  leaseOf,
  release,
  releaseUnused,
  renew,
  type LockRow,
} from "./lock-row.ts";

export interface KeyLockOptions {
  /** The row that was saved last. */
  readonly row: LockRow | undefined;
  readonly save: (row: LockRow) => void;
  readonly now: () => number;
}

/** The lock of one key: its row, the queue of callers that want it, and the callers that only wait until it is free. */
export class KeyLock {
  readonly #save: (row: LockRow) => void;
  readonly #now: () => number;
  readonly #queue = new LockQueue();
  readonly #watchers = new Set<(state: LockState) => void>();
  /** The watchers that wait for another progress too. */
  readonly #followers = new Set<(state: LockState) => void>();
  /** The latest report, and the token of its holder. A restart of the object forgets it. */
  #reported: { readonly token: number; readonly progress: NumberedProgress } | undefined;
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

  /** Call it after the saved row was deleted. */
  clear(): void {
    this.#row = undefined;
  }

  async acquire(request: LockRequest): Promise<LockLease | undefined> {
    this.#grantIfFree();
    const { holder, holdTimeout, wait, comesBack } = request;
    if (isLastHolder(this.#row, holder)) return this.#saveRow(extend(this.#row, holdTimeout, this.#now()));
    if (this.#isFree()) {
      this.#queue.remove(holder);
      return this.#saveRow(grant(this.#row, holder, holdTimeout, this.#now()));
    }
    if (wait === 0 && !comesBack) return undefined;
    return settleWithin<LockLease | undefined>({ timeout: wait, otherwise: undefined }, (answer) =>
      this.#enter({ request, answer, giveUp: () => answer(undefined) }),
    );
  }

  renew(holder: string, holdTimeout: number): LockLease | undefined {
    this.#grantIfFree();
    if (!isLastHolder(this.#row, holder)) return undefined;
    return this.#saveRow(renew(this.#row, holdTimeout, this.#now()));
  }

  release(holder: string, { committed, isUnused }: EndLockOptions = {}): boolean {
    this.#grantIfFree();
    const waiting = this.#queue.remove(holder);
    for (const call of waiting ?? []) call.giveUp();
    if (!isLastHolder(this.#row, holder)) return waiting !== undefined;
    this.#saveRow(isUnused ? releaseUnused(this.#row, this.#now()) : release(this.#row, committed, this.#now()));
    this.#grantIfFree();
    return true;
  }

  endComputation(): EndedComputation {
    this.#grantIfFree();
    if (this.inspect().isByHand) return { isByHand: true };
    const row = endGrants(this.#row, this.#now());
    if (row && row !== this.#row) {
      this.#saveRow(row);
      this.#grantIfFree();
    }
    return { isByHand: false, token: row?.token };
  }

  inspect(holder?: string): LockState {
    const now = this.#now();
    const row = this.#row;
    const isLocked = row !== undefined && isHeld(row, now);
    const isLast = isLastHolder(row, holder);
    return {
      isLocked,
      isByHand: isLocked && !isComputation(row.holder),
      token: row?.token,
      expiresIn: isLocked ? row.expiresAt - now : undefined,
      isHolder: isLocked && isLast,
      // under an unconfirmed grant nobody may write, because the next holder would not fence that writer
      isLastHolder: isLast && row.isConfirmed,
      // of a lock that is held: the last write that the waiting callers missed
      committed: isLocked ? row.committed : row && lastCommitted(row),
    };
  }

  report(holder: string, progress: Progress): boolean {
    this.#grantIfFree();
    if (!isLastHolder(this.#row, holder)) return false;
    const number = Math.max((this.#reported?.progress.number ?? 0) + 1, this.#now());
    this.#reported = { token: this.#row.token, progress: { ...progress, number } };
    for (const wake of [...this.#followers]) wake(this.#follow());
    return true;
  }

  async wait(timeout: number, seen?: number): Promise<LockState> {
    const current = seen === undefined ? this.inspect() : this.#follow();
    const isNews = (current.progress?.number ?? seen) !== seen;
    if (this.#isFree() || timeout === 0 || isNews) return current;
    const free = await settleWithin<LockState | undefined>({ timeout, otherwise: undefined }, (wake) => {
      this.#watchers.add(wake);
      if (seen !== undefined) this.#followers.add(wake);
      this.#resetTimer();
      return () => {
        this.#watchers.delete(wake);
        this.#followers.delete(wake);
        this.#resetTimer();
      };
    });
    return free ?? this.inspect();
  }

  /** The state with the holder's progress. */
  #follow(): LockState {
    const { token, progress } = this.#reported ?? {};
    return { ...this.inspect(), progress: token === this.#row?.token ? progress : undefined };
  }

  #isFree(): boolean {
    return !this.#row || !isHeld(this.#row, this.#now());
  }

  #saveRow(row: LockRow): LockLease {
    this.#row = row;
    this.#save(row);
    this.#resetTimer();
    return leaseOf(row, this.#now());
  }

  #enter(call: Call): () => void {
    this.#queue.enter(call, this.#now());
    this.#resetTimer();
    return () => {
      this.#queue.leave(call, this.#now());
      this.#resetTimer();
    };
  }

  /** If the lock is free or its lease has run out: wakes the callers that only wait, and grants it to the first in the queue. */
  #grantIfFree(): void {
    if (!this.#isFree()) return this.#resetTimer();
    const free = this.inspect();
    for (const wake of [...this.#watchers]) wake(free);
    const calls = this.#queue.first();
    const [first] = calls ?? [];
    if (!calls || !first) return this.#resetTimer();
    const { holder } = first.request;
    this.#queue.remove(holder);
    const lease = this.#saveRow(grantProvisionally(this.#row, holder, this.#now()));
    for (const call of [...calls]) call.answer(lease);
  }

  /** The timer runs only while a caller waits for a lease to end. */
  #resetTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const isAwaited = this.#watchers.size > 0 || this.#queue.first() !== undefined;
    if (!this.#row || this.#row.releasedAt !== undefined || !isAwaited) return;
    this.#cancelTimer = later(Math.max(this.#row.expiresAt - this.#now(), 1), () => this.#grantIfFree());
  }
}
