import type { AcquireLockOptions, LockGrant } from "../../src/core/locks/result-lock-manager.ts";
import { isRepriseError } from "../../src/errors/index.ts";
import type { Held, LockPromises, LockWorld, Waiter } from "./lock-world.ts";

const elapsed = (): number => performance.now();

/**
 * The promises of a lock for one key, in the simplest words. Each call tells it what it asks, and each answer is judged:
 *
 * 1. Nobody gets the lock while another holder's lease lives.
 * 2. Each grant has a larger token than all before it; a holder that asks again keeps its token and never loses time.
 * 3. Waiting callers get the lock in the order of their arrival.
 * 4. A free lock has no waiting callers, and a wait ends at its timeout or with its signal, not before and not after.
 * 5. A holder that was overtaken is told, and can neither renew nor release.
 */
export class LockModel {
  readonly faults: string[] = [];
  readonly #world: LockWorld;
  readonly #promises: LockPromises;
  #held: Held | undefined;
  #lastToken = 0;
  #freed = 0;
  #places = 0;
  /** Since when nobody holds the lock, by the clock that no jump moves. */
  #freeSince = 0;
  /** In the order of arrival. */
  readonly #waiters = new Set<Waiter>();
  /** What was overtaken, until it was told. */
  readonly #overtaken = new Set<Held>();
  /** The holders one of whose calls was aborted in this step: another one may have got its place already. */
  readonly #aborted = new Set<string>();
  /** The holders that ever aborted a call. */
  readonly #everAborted = new Set<string>();
  #hasJumped = false;
  /** An answer was lost, so a call may fail though it did what was asked. */
  #hasLost = false;

  constructor(world: LockWorld, promises: LockPromises = {}) {
    this.#world = world;
    this.#promises = promises;
  }

  get waiting(): readonly Waiter[] {
    return [...this.#waiters];
  }

  acquire(holder: string, context: number, options: Pick<AcquireLockOptions, "acquireTimeout" | "holdTimeout">): void {
    const waiter = this.#enter("acquire", holder, context, options.acquireTimeout);
    if (this.#held && this.#held.leaseEnd <= Date.now()) this.#freed++;
    const { key, managers } = this.#world;
    void managers[context]!.acquireLock(key, holder, { ...options, signal: waiter.abort.signal })
      .then((grant) => (grant ? this.#judgeGrant(waiter, grant) : this.#judgeTimeout(waiter)), this.#judgeError(waiter))
      .finally(() => this.#leave(waiter));
  }

  wait(context: number, timeout?: number): void {
    const waiter = this.#enter("wait", `watcher ${this.#waiters.size}`, context, timeout);
    const { key, managers } = this.#world;
    void managers[context]!.waitForLock(key, { timeout, signal: waiter.abort.signal })
      .then((free) => (free ? this.#judgeWake(waiter) : this.#judgeTimeout(waiter)), this.#judgeError(waiter))
      .finally(() => this.#leave(waiter));
  }

  async release(holder: string, context: number): Promise<void> {
    if (this.#isAsking(holder)) return;
    const held = this.#held;
    const mayHold = held?.holder === holder && !held.isOver;
    const isSure = mayHold && this.#isSurelyHeld(held);
    // the lock is free from now on: whether the answer comes or the next holder's comes first
    if (mayHold) this.#free();
    const error = await errorOf(this.#world.managers[context]!.releaseLock(this.#world.key, holder));
    if (error && isSure && !this.#hasLost) this.#fault(`${holder} can't release its lock: ${String(error)}`);
    if (!error && !mayHold && !this.#mayHavePlace(holder))
      this.#fault(`${holder} released a lock that it does not hold`);
    if (error && !isNotHeld(error) && !this.#hasLost) this.#fault(`a release fails with ${String(error)}`);
  }

  async releaseHeld(): Promise<void> {
    if (this.#held) await this.release(this.#held.holder, this.#held.context);
  }

  async renew(holder: string, context: number, holdTimeout: number): Promise<void> {
    if (this.#isAsking(holder)) return;
    const held = this.#held;
    const asked = Date.now();
    if (held && held.leaseEnd <= asked) this.#freed++;
    try {
      const grant = await this.#world.managers[context]!.renewLock(this.#world.key, holder, holdTimeout);
      if (this.#held !== held || held?.holder !== holder) {
        if (!this.#hasLost) return this.#fault(`${holder} renewed a lock that it does not hold`);
        return this.#judgeGrant({ ...this.#newWaiter("acquire", holder, context, 0), place: 0 }, grant);
      }
      if (grant.token !== held.token) this.#fault(`a renewal changes the token of ${holder}`);
      held.leaseEnd = held.latestEnd = endOf(grant);
      if (held.leaseEnd < asked + holdTimeout - 1) this.#fault(`a renewal of ${holder} is too short`);
    } catch (error) {
      if (this.#hasLost) return this.#forgetEnd(holder, asked + holdTimeout);
      if (!isNotHeld(error)) this.#fault(`a renewal fails with ${String(error)}`);
      if (held?.holder === holder && this.#held === held && this.#isSurelyHeld(held))
        this.#fault(`${holder} can't renew its lock`);
    }
  }

  abort(index: number): void {
    const waiter = this.waiting.at(index % Math.max(this.waiting.length, 1));
    if (!waiter || waiter.isAborted) return;
    waiter.isAborted = true;
    // it may have had the lock for a moment
    if (!this.#held) this.#freeSince = elapsed();
    this.#aborted.add(waiter.holder);
    this.#everAborted.add(waiter.holder);
    this.#forgetEnd(waiter.holder);
    waiter.abort.abort(new Error("aborted"));
  }

  async crash(context: number): Promise<void> {
    await this.#world.crash!(context);
    for (const waiter of this.waiting) if (waiter.context === context) this.#leave(waiter);
    if (this.#held?.context === context && this.#promises.crashReleases) this.#free();
  }

  loseAnswer(): void {
    this.#hasLost = true;
    this.#world.loseAnswer!();
  }

  jump(by: number): void {
    this.#hasJumped = true;
    this.#world.jump!(by);
  }

  async look(context: number): Promise<void> {
    const { key, managers } = this.#world;
    const before = this.#held;
    const answers = Promise.all([
      managers[context]!.isLocked(key),
      managers[context]!.isLockHolder(key, before?.holder ?? "nobody"),
    ]);
    if (this.#hasLost && (await errorOf(answers))) return;
    const [isLocked, isHolder] = await answers;
    const isSteady = this.#held === before && before !== undefined && !before.isOver;
    if (isSteady && this.#isSurelyHeld(before) && !(isLocked && isHolder)) this.#fault("a held lock reads as free");
    // a client that gave up keeps a provisional lock for two seconds if its clock was set back
    const isSurelyFree = !before && !this.#held && !this.#hasJumped && elapsed() - this.#freeSince >= this.#world.slack;
    if (isSurelyFree && isLocked) this.#fault("a free lock reads as held");
  }

  /** Judges what has to have happened by now. */
  judge(): void {
    const { slack } = this.#world;
    this.#aborted.clear();
    const freeFor = this.#held ? Date.now() - this.#held.latestEnd : elapsed() - this.#freeSince;
    for (const waiter of this.#waiters) {
      const overdue = Math.min(freeFor, elapsed() - waiter.askedAt) - slack;
      if (overdue > 1 && !this.#hasJumped) this.#fault(`${waiter.holder} waits for a free lock`);
      if (elapsed() - waiter.askedAt > (waiter.timeout ?? Infinity) + slack)
        this.#fault(`${waiter.holder} waits beyond its timeout`);
      if (waiter.isAborted && slack === 0) this.#fault(`${waiter.holder} waits though it was aborted`);
    }
    for (const lost of this.#overtaken) {
      if (lost.grant.signal.aborted) this.#overtaken.delete(lost);
      else if (slack === 0) this.#fault(`${lost.holder} is not told that it lost the lock`);
    }
  }

  /** Ends the schedule: every call has to end once its turn comes. */
  async end(): Promise<void> {
    for (let round = 0; this.#waiters.size > 0; round++) {
      // a lease without a length lasts 30 seconds
      if (round * (this.#world.slack + 60) > 40_000)
        return this.#fault(`never end: ${this.waiting.map(({ holder }) => holder).join(", ")}`);
      await this.releaseHeld();
      await this.#world.sleep(this.#world.slack + 60);
    }
  }

  #enter(kind: Waiter["kind"], holder: string, context: number, timeout: number | undefined): Waiter {
    const waiter = this.#newWaiter(kind, holder, context, timeout);
    this.#waiters.add(waiter);
    return waiter;
  }

  #newWaiter(kind: Waiter["kind"], holder: string, context: number, timeout: number | undefined): Waiter {
    const shared =
      this.#promises.sharesPlaces && this.waiting.find((each) => each.holder === holder && each.timeout !== 0);
    return {
      place: (shared || undefined)?.place ?? ++this.#places,
      holder,
      context,
      kind,
      askedAt: elapsed(),
      timeout,
      abort: new AbortController(),
      freedBefore: this.#freed,
      isAborted: false,
      isSettled: false,
    };
  }

  /** Whether a service may have a place or a lock for a holder that doesn't know of it. */
  #mayHavePlace(holder: string): boolean {
    return this.#world.slack > 0 && (this.#everAborted.has(holder) || this.#hasLost);
  }

  /** A holder that asks for the lock has nothing to release or to renew yet. */
  #isAsking(holder: string): boolean {
    return this.waiting.some((waiter) => waiter.holder === holder);
  }

  #leave(waiter: Waiter): void {
    waiter.isSettled = true;
    this.#waiters.delete(waiter);
  }

  #judgeGrant(waiter: Waiter, grant: LockGrant): void {
    const { holder, context } = waiter;
    const before = this.#held;
    if (waiter.isSettled) return;
    if (waiter.isAborted && this.#world.slack === 0) this.#fault(`${holder} got the lock after its abort`);
    if (before?.holder === holder && !before.isOver && grant.token === before.token) {
      before.grant = grant;
      if (endOf(grant) < before.leaseEnd) this.#fault(`${holder} asked again and lost time`);
      before.leaseEnd = before.latestEnd = endOf(grant);
      return;
    }
    if (before && !before.isOver && before.leaseEnd > Date.now() && !before.grant.signal.aborted)
      this.#fault(`${holder} got the lock while ${before.holder} holds it for ${before.leaseEnd - Date.now()} ms`);
    if (grant.token <= this.#lastToken) this.#fault(`the token ${grant.token} follows ${this.#lastToken}`);
    const first = this.waiting.find((each) => each.kind === "acquire" && !each.isAborted && each.timeout !== 0);
    // a client whose clock was set back gives up no place, since it believes that it has the lock
    const hasOldPlace = this.#hasJumped && this.#world.slack > 0 && this.#everAborted.has(holder);
    const isInTurn =
      !first || first.holder === holder || waiter.place <= first.place || waiter.timeout === 0 || hasOldPlace;
    if (!isInTurn && !this.#aborted.has(holder)) this.#fault(`${holder} overtook ${first.holder}`);
    if (before && !before.isOver) this.#overtaken.add(before);
    this.#lastToken = grant.token;
    this.#held = {
      holder,
      token: grant.token,
      context,
      grant,
      leaseEnd: endOf(grant),
      latestEnd: endOf(grant),
      isOver: false,
    };
  }

  #judgeTimeout({ holder, timeout, askedAt }: Waiter): void {
    if (timeout === undefined) return this.#fault(`${holder} gave up without a timeout`);
    if (elapsed() - askedAt < timeout - 1) this.#fault(`${holder} gave up before its timeout`);
  }

  #judgeWake({ holder, freedBefore }: Waiter): void {
    const isFree = !this.#held || !this.#isSurelyHeld(this.#held);
    if (!isFree && this.#freed === freedBefore) this.#fault(`${holder} was woken though the lock was never free`);
  }

  #judgeError(waiter: Waiter): (error: unknown) => void {
    return (error) => {
      this.#forgetEnd(waiter.holder);
      if (!waiter.isAborted && !waiter.isSettled && !this.#hasLost)
        this.#fault(`${waiter.holder} was rejected: ${String(error)}`);
    };
  }

  /** A call that failed may have changed the lease of its holder, or have taken over one that had run out. */
  #forgetEnd(holder: string, earliest = Infinity): void {
    const held = this.#held;
    if (!held) return;
    if (held.leaseEnd <= Date.now()) held.leaseEnd = 0;
    if (held.holder !== holder) return;
    held.leaseEnd = Math.min(held.leaseEnd, earliest);
    held.latestEnd = Infinity;
  }

  #isSurelyHeld({ leaseEnd, grant }: Held): boolean {
    return leaseEnd > Date.now() + this.#world.slack && !grant.signal.aborted;
  }

  #free(): void {
    this.#held!.isOver = true;
    this.#held = undefined;
    this.#freed++;
    this.#freeSince = elapsed();
  }

  #fault(text: string): void {
    this.faults.push(text);
  }
}

function endOf({ expiresAt }: LockGrant): number {
  return expiresAt?.getTime() ?? Infinity;
}

function isNotHeld(error: unknown): boolean {
  return isRepriseError(error) && error.code === "LOCK_NOT_HELD";
}

async function errorOf(promise: Promise<unknown>): Promise<Error | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}
