import type { HeldLock } from "../locks/lock-grant.ts";
import { longestLease, type LockService } from "./lock-service.ts";

/** Milliseconds from the end of a lease to the first look at it again; the pauses double from there. */
const firstPause = 50;

/** After a pause as long as this no look is made any more, in milliseconds: a day. */
const longestPause = longestLease;

/**
 * Finds out whether a lock whose lease has run out was taken by another. No call is made before that: a lease that is
 * kept alive costs none.
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

  /** Looks once the lease has run out, which has another end now. */
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
    // a process ends although a lock of it was never released
    (timer as { unref?: () => void }).unref?.();
  }

  async #look(timer: ReturnType<typeof setTimeout>): Promise<void> {
    const isTaken = await this.#isTaken();
    // renewed or released meanwhile
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
      // not known; the next look may tell
      return false;
    }
  }
}
