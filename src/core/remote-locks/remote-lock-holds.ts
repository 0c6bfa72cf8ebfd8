import { createLockGrant, loseLock, type HeldLock } from "../locks/lock-grant.ts";
import type { LockService } from "./lock-service.ts";
import type { RemoteLease } from "./remote-lock-attempt.ts";
import { RemoteLockWatch } from "./remote-lock-watch.ts";
import type { LockGrant } from "../locks/result-lock-manager.ts";

/** The number of remembered holds. Beyond it, those with leases that ended long ago go: in Workers, their requests and timers are gone. */
const rememberedHolds = 1_000;
/** Milliseconds. */
const longAgo = 3_600_000;

/** A lock that this side holds, as far as it knows. */
export interface RemoteHold {
  readonly lock: HeldLock;
  readonly watch: RemoteLockWatch;
  /** The number of requests and answers that changed its lease. */
  changes: number;
}

export interface RemoteHoldsOptions {
  readonly service: LockService;
  readonly now: () => number;
  /** Called by `await using`. */
  readonly release: (lock: HeldLock) => Promise<void>;
}

/** The locks of a service that this side holds. Each has a signal that aborts once the lock is known to be lost. */
export class RemoteLockHolds {
  readonly #options: RemoteHoldsOptions;
  readonly #holds = new Map<string, RemoteHold>();

  constructor(options: RemoteHoldsOptions) {
    this.#options = options;
  }

  get(key: string, holder: string): RemoteHold | undefined {
    return this.#holds.get(holdName(key, holder));
  }

  /** Removes and returns all holds. */
  takeAll(): RemoteHold[] {
    const all = [...this.#holds.values()];
    for (const hold of all) this.remove(hold);
    return all;
  }

  /**
   * Call it before a request that changes the lease. `expiresAt`: the new end, if it may be an earlier one. It counts from
   * now on, because the answer may be lost. Returns the number for `LeaseRequest`.
   */
  changing(key: string, holder: string, expiresAt = Infinity): number {
    const hold = this.get(key, holder);
    if (!hold) return 0;
    if (expiresAt < hold.lock.expiresAt!) {
      hold.lock.expiresAt = expiresAt;
      hold.watch.restart();
    }
    return ++hold.changes;
  }

  /**
   * The grant of a lease. Leases with the same token share one hold. `toLater`: the service keeps the later of both ends.
   * Answers of overlapping requests may arrive in any order, so the earlier end counts then.
   */
  keep(key: string, holder: string, lease: RemoteLease, toLater = false): LockGrant {
    const before = this.get(key, holder);
    const isSame = before?.lock.token === lease.token;
    const hold = isSame ? before : this.#add(key, holder, lease);
    if (before && !isSame) this.lose(before);
    this.#holds.set(holdName(key, holder), hold);
    this.#forgetOldest();
    const { lock, watch } = hold;
    if (hold.changes !== lease.changes) lock.expiresAt = Math.min(lock.expiresAt!, lease.expiresAt);
    else if (!toLater || lease.expiresAt > lock.expiresAt!) lock.expiresAt = lease.expiresAt;
    hold.changes++;
    watch.restart();
    return createLockGrant(lock, () => this.#options.release(lock));
  }

  /** Milliseconds until the lease ends, as far as this side knows. */
  timeLeft(key: string, holder: string): number {
    return (this.get(key, holder)?.lock.expiresAt ?? 0) - this.#options.now();
  }

  /** Removes a lock that was released, or that another holder has. */
  remove({ lock, watch }: RemoteHold): void {
    watch.stop();
    const name = holdName(lock.key, lock.holder);
    if (this.#holds.get(name)?.lock === lock) this.#holds.delete(name);
  }

  lose(hold: RemoteHold): void {
    this.remove(hold);
    loseLock(hold.lock);
  }

  #forgetOldest(): void {
    for (const [name, { lock }] of this.#holds) {
      const isAbandoned = (lock.expiresAt ?? Infinity) + longAgo < this.#options.now();
      if (this.#holds.size <= rememberedHolds || !isAbandoned) break;
      this.#holds.delete(name);
    }
  }

  #add(key: string, holder: string, { token, takenOver, committed, unheldFor, expiresAt }: RemoteLease): RemoteHold {
    const { service, now } = this.#options;
    const lock: HeldLock = {
      key,
      holder,
      token,
      takenOver,
      committed,
      unheldFor,
      lost: new AbortController(),
      expiresAt,
    };
    const watch = new RemoteLockWatch(service, lock, now, () => this.lose(hold));
    const hold: RemoteHold = { lock, watch, changes: 0 };
    return hold;
  }
}

export function holdName(key: string, holder: string): string {
  return `${holder}\0${key}`;
}
