import { createLockGrant, loseLock, type HeldLock } from "../locks/lock-grant.ts";
import type { Progress } from "../concurrency/progress.ts";
import type { LatestSender } from "../concurrency/latest-sender.ts";
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
  /** Sends its progress. Absent: it has reported none. */
  reports?: LatestSender<Progress>;
}

/** The requests of one holder that may change its lease, until none is on its way. */
interface Requests {
  pending: number;
  /** The earliest end that one of them may bring about. They may arrive in any order. */
  end: number;
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
  readonly #requests = new Map<string, Requests>();

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
   * Begins a request that may change the lease. `holdTimeout`: its new length, if it may become shorter. The earlier end
   * counts from now on, because the answer may be lost. Returns the time. Call `settle` after the answer.
   */
  begin(key: string, holder: string, holdTimeout = Infinity): number {
    const name = holdName(key, holder);
    const requests = this.#requests.get(name) ?? { pending: 0, end: Infinity };
    this.#requests.set(name, requests);
    const asked = this.#options.now();
    requests.pending++;
    requests.end = Math.min(requests.end, asked + holdTimeout);
    const hold = this.#holds.get(name);
    if (hold && requests.end < hold.lock.expiresAt!) {
      hold.lock.expiresAt = requests.end;
      hold.watch.restart();
    }
    return asked;
  }

  settle(key: string, holder: string): void {
    const name = holdName(key, holder);
    if (--this.#requests.get(name)!.pending === 0) this.#requests.delete(name);
  }

  /**
   * The grant of a lease. Leases with the same token share one hold. `toLater`: the service keeps the later of both ends.
   */
  keep(key: string, holder: string, lease: RemoteLease, toLater = false): LockGrant {
    const name = holdName(key, holder);
    const before = this.#holds.get(name);
    const isSame = before?.lock.token === lease.token;
    const hold = isSame ? before : this.#add(key, holder, lease);
    if (before && !isSame) this.lose(before);
    this.#holds.set(name, hold);
    this.#forgetOldest();
    const { lock, watch } = hold;
    const end = toLater ? Math.max(lock.expiresAt!, lease.expiresAt) : lease.expiresAt;
    lock.expiresAt = Math.min(end, this.#requests.get(name)?.end ?? Infinity);
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
    const hold: RemoteHold = { lock, watch };
    return hold;
  }
}

export function holdName(key: string, holder: string): string {
  return `${holder}\0${key}`;
}
