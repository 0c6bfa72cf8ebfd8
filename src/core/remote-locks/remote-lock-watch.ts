import type { HeldLock } from "../locks/lock-grant.ts";
import { unref } from "../concurrency/settle-within.ts";
import { longestLease, type LockService } from "./lock-service.ts";

/** Milliseconds from the end of a lease to the first check. The pauses double from there. */
const firstPause = 50;

/** The longest pause, in milliseconds: a day. No check follows it. */
const longestPause = longestLease;

/**
 * Finds out whether another holder took a lock whose lease has run out. It makes no call before the lease runs out, so a
 * lease that is renewed in time costs none.
 */
export class RemoteLockWatch {
  readonly #service: LockService;
  readonly #held: HeldLock;
  readonly #now: () => number;
  readonly #onTaken: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = firstPause;

  constructor(service: LockService, held: HeldLock, now: () => number, onTaken: () => void) {
    this.#service = service;
    this.#held = held;
    this.#now = now;
    this.#onTaken = onTaken;
  }

  /** Schedules the next check after the new end of the lease. */
  restart(): void {
    this.#pause = firstPause;
    this.#lookIn((this.#held.expiresAt ?? Infinity) - this.#now());
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookIn(delay: number): void {
    this.stop();
    if (delay > longestPause) return;
    const timer = setTimeout(() => void this.#look(timer), Math.max(delay, 1));
    this.#timer = timer;
    // a process may exit although one of its locks was never released
    unref(timer);
  }

  async #look(timer: ReturnType<typeof setTimeout>): Promise<void> {
    const isTaken = await this.#isTaken();
    // renewed or released in the meantime
    if (this.#timer !== timer) return;
    if (isTaken) return this.#onTaken();
    this.#lookIn(this.#pause);
    this.#pause *= 2;
  }

  async #isTaken(): Promise<boolean> {
    const { key, holder, token } = this.#held;
    try {
      const state = await this.#service.inspect(key, holder);
      return !state.isLastHolder || state.token !== token;
    } catch {
      // unknown; the next check may find out
      return false;
    }
  }
}
