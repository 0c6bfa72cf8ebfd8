import { createLockGrant, hasRunOut, type HeldLock, laterEnd, leaseEnd, lockNotHeld, loseLock } from "./lock-grant.ts";
import type { Progress } from "../concurrency/progress.ts";
import type {
  AcquireLockOptions,
  FreeLock,
  LockGrant,
  ProgressOptions,
  WaitForLockOptions,
} from "./result-lock-manager.ts";
import { later, settleWithin } from "../concurrency/settle-within.ts";

/** The number of keys whose committed etags are remembered. Beyond it, the oldest is forgotten. */
const rememberedCommits = 1_000;

/** A single counter for all keys and instances, so that nothing has to be kept for a free key. */
let lastToken = 0;

interface HeldMemoryLock extends HeldLock {
  /** The latest of its holder. */
  progress?: Progress;
}

/** A waiter in the queue. */
interface Claim extends ProgressOptions {
  readonly holder: string;
  readonly holdTimeout: number | undefined;
  readonly grant: (grant: LockGrant) => void;
  readonly reject: (reason: unknown) => void;
}

interface Watcher extends ProgressOptions {
  readonly wake: (free: FreeLock) => void;
  readonly reject: (reason: unknown) => void;
}

export interface MemoryLockOptions {
  readonly key: string;
  readonly now: () => number;
  /** The etag that the last holder of each key committed. */
  readonly commits: Map<string, string>;
  /** Called when the lock has neither a holder nor waiters. */
  readonly onIdle: () => void;
}

/** The lock of one key: its holder, the queue behind it, and the callers that only wait until it is free. */
export class MemoryLock {
  readonly #options: MemoryLockOptions;
  readonly #queue = new Set<Claim>();
  readonly #watchers = new Set<Watcher>();
  #held: HeldMemoryLock | undefined;
  /** The number of calls that were granted the lock since it was taken. */
  #grants = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: MemoryLockOptions) {
    this.#options = options;
  }

  async acquire(
    holder: string,
    { acquireTimeout, holdTimeout, signal, onProgress }: AcquireLockOptions,
  ): Promise<LockGrant | undefined> {
    const granted = this.#tryAcquire(holder, holdTimeout);
    const wait = !granted && acquireTimeout !== 0;
    const grant = await (wait
      ? settleWithin<LockGrant | undefined>({ timeout: acquireTimeout, signal, otherwise: undefined }, (take, reject) =>
          this.#enter(this.#queue, { holder, holdTimeout, onProgress, grant: take, reject }),
        )
      : granted);
    if (signal?.aborted) {
      if (grant) this.#takeBack(grant);
      throw signal.reason;
    }
    return grant;
  }

  /** Resolves once the lock is free or its lease has run out. */
  async wait({ timeout, signal, onProgress }: WaitForLockOptions): Promise<FreeLock | undefined> {
    if (this.#isFree()) return this.#free();
    if (timeout === 0) return undefined;
    return settleWithin<FreeLock | undefined>({ timeout, signal, otherwise: undefined }, (wake, reject) =>
      this.#enter(this.#watchers, { wake, reject, onProgress }),
    );
  }

  /** `undefined` once its lease has run out. */
  get holder(): string | undefined {
    return this.#isFree() ? undefined : this.#held?.holder;
  }

  release(holder: string, committed?: string): void {
    const { key, commits } = this.#options;
    this.#require(holder);
    // a record may have been replaced without a lock since; the key moves to the end, so that the oldest stays first
    commits.delete(key);
    if (committed !== undefined) commits.set(key, committed);
    for (const oldest of commits.keys()) {
      if (commits.size <= rememberedCommits) break;
      commits.delete(oldest);
    }
    this.#held = undefined;
    this.#advance();
  }

  renew(holder: string, holdTimeout: number): LockGrant {
    const held = this.#require(holder);
    held.expiresAt = leaseEnd(this.#options.now(), holdTimeout);
    this.#scheduleTimer();
    return this.#grant(held);
  }

  /** Tells the waiting callers how far the holder is. */
  report(holder: string, progress: Progress): void {
    if (this.#held?.holder !== holder) return;
    this.#held.progress = progress;
    for (const { onProgress } of [...this.#queue, ...this.#watchers]) onProgress?.(progress);
  }

  /** Drops the lock and ends all waits. */
  close(reason: unknown): void {
    const held = this.#held;
    this.#held = undefined;
    for (const waiting of [...this.#queue, ...this.#watchers]) waiting.reject(reason);
    if (held) loseLock(held);
    this.#scheduleTimer();
  }

  /** A holder keeps its lock until another caller takes it, so it can renew a lease that has run out until then. */
  #require(holder: string): HeldLock {
    this.#advance();
    if (this.#held?.holder !== holder) throw lockNotHeld(this.#options.key, holder);
    return this.#held;
  }

  #isFree(): boolean {
    return !this.#held || hasRunOut(this.#held, this.#options.now());
  }

  #free(): FreeLock {
    return { committed: this.#options.commits.get(this.#options.key) };
  }

  #tryAcquire(holder: string, holdTimeout: number | undefined): LockGrant | undefined {
    if (this.#held) this.#advance();
    if (this.#held?.holder === holder) return this.#extend(this.#held, holdTimeout);
    return this.#isFree() ? this.#take(holder, holdTimeout) : undefined;
  }

  /** Undoes a grant that its caller never saw. A holder that it took the lock from still has to be fenced. */
  #takeBack({ token, holder, takenOver, committed }: LockGrant): void {
    const held = this.#held;
    if (held?.token !== token || --this.#grants > 0) return;
    if (!takenOver) return this.release(holder, committed);
    // without a name, so that the caller which never saw the grant can't renew it
    this.#held = { ...held, holder: "", expiresAt: 0 };
    this.#advance();
  }

  #take(holder: string, holdTimeout: number | undefined): LockGrant {
    const { key, now, commits } = this.#options;
    const before = this.#held;
    this.#grants = 1;
    lastToken = Math.max(lastToken + 1, Math.floor(now() * 1_000));
    this.#held = {
      key,
      holder,
      token: lastToken,
      takenOver: before !== undefined,
      committed: commits.get(key),
      lost: new AbortController(),
      expiresAt: leaseEnd(now(), holdTimeout),
    };
    if (before) loseLock(before);
    return this.#grant(this.#held);
  }

  #extend(held: HeldLock, holdTimeout: number | undefined): LockGrant {
    this.#grants++;
    held.expiresAt = laterEnd(held.expiresAt, leaseEnd(this.#options.now(), holdTimeout));
    return this.#grant(held);
  }

  #grant(held: HeldLock): LockGrant {
    return createLockGrant(held, async () => {
      if (this.#held === held) this.release(held.holder);
    });
  }

  #enter<Waiting extends ProgressOptions>(place: Set<Waiting>, waiting: Waiting): () => void {
    place.add(waiting);
    if (this.#held?.progress) waiting.onProgress?.(this.#held.progress);
    this.#scheduleTimer();
    return () => {
      place.delete(waiting);
      this.#scheduleTimer();
    };
  }

  /** If the lock is free or its lease has run out, wakes all callers that only wait, and grants it to the first in the queue. */
  #advance(): void {
    if (!this.#isFree()) return this.#scheduleTimer();
    for (const watcher of [...this.#watchers]) watcher.wake(this.#free());
    const [first] = this.#queue;
    if (first) first.grant(this.#take(first.holder, first.holdTimeout));
    // several calls of the same holder share the lock
    for (const claim of [...this.#queue]) {
      if (this.#held && claim.holder === first?.holder) claim.grant(this.#extend(this.#held, claim.holdTimeout));
    }
    this.#scheduleTimer();
  }

  /** A timer runs only while a caller waits for a lease to end. */
  #scheduleTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const awaited = this.#queue.size + this.#watchers.size > 0;
    if (this.#held?.expiresAt !== undefined && awaited) {
      this.#cancelTimer = later(Math.max(this.#held.expiresAt - this.#options.now(), 1), () => this.#advance());
    }
    if (!this.#held && !awaited) this.#options.onIdle();
  }
}
