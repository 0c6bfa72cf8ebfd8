import { hasRunOut } from "../../core/locks/lock-grant.ts";
import { later } from "../../core/concurrency/settle-within.ts";
import type { LeaseRow } from "../database/lease-row.ts";
import type { LeaseTable } from "./lease-table.ts";
import { openChannel } from "../database/open-channel.ts";
import { queryWebLocks } from "./web-lock.ts";

/** A caller that waits shorter than this has no contender, and costs nothing here. Milliseconds, as is the next. */
const firstDelay = 10;

/** How often to check when no expiry is near, since the holder may change. */
const pollInterval = 1_000;

/** Called when the lease of a key has run out while the key is still locked. */
type RunOut = () => void;

export interface LeaseWatcherOptions {
  readonly leases: LeaseTable;
  readonly now: () => number;
  /** The prefix of lock names; the key follows. */
  readonly prefix: string;
}

/** The holder of a lock without a lease row, and the time since when. */
interface Unrecorded {
  readonly lockers: string;
  readonly since: number;
}

/** Watches the leases of all keys that this context waits for, with one timer and one read. */
export class LeaseWatcher {
  readonly #options: LeaseWatcherOptions;
  readonly #watched = new Map<string, Set<RunOut>>();
  readonly #unrecorded = new Map<string, Unrecorded>();
  #channel: BroadcastChannel | undefined;
  #cancelTimer: (() => void) | undefined;
  /** The time of the next timer, in milliseconds since 1970. */
  #next = Infinity;
  /** Milliseconds until the next check of a lock that is changing hands. */
  #pause = firstDelay;

  constructor(options: LeaseWatcherOptions) {
    this.#options = options;
  }

  /** Calls `runOut` when the lease of `key` has run out, repeatedly while it remains so. Returns a function that stops the watch. */
  watch(key: string, runOut: RunOut): () => void {
    let callbacks = this.#watched.get(key);
    if (!callbacks) this.#watched.set(key, (callbacks = new Set()));
    callbacks.add(runOut);
    this.#pause = firstDelay;
    this.#lookIn(firstDelay);
    return () => {
      callbacks.delete(runOut);
      if (callbacks.size === 0 && this.#watched.get(key) === callbacks) {
        this.#watched.delete(key);
        this.#unrecorded.delete(key);
      }
      if (this.#watched.size === 0) this.#stop();
    };
  }

  /** Notifies waiters in other contexts of a lease that will end before their next own check. */
  announce(lease: number): void {
    if (lease > 2 * pollInterval) return;
    const channel = openChannel(this.#options.prefix);
    channel?.postMessage(undefined);
    channel?.close();
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#next = Infinity;
    this.#unrecorded.clear();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #lookIn(delay: number): void {
    const at = this.#options.now() + delay;
    if (at >= this.#next) return;
    this.#next = at;
    this.#cancelTimer?.();
    this.#cancelTimer = later(delay, () => {
      this.#next = Infinity;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      // the answer comes after all grants that need no waiting, so the remaining entries really have to wait
      const { held = [] } = await queryWebLocks();
      if (this.#watched.size === 0) return;
      this.#listen();
      const keys = [...this.#watched.keys()];
      const rows = await this.#options.leases.read(keys);
      for (const [index, key] of keys.entries()) this.#judge(key, held, rows[index]);
    } catch {
      // the database or the page is briefly unavailable, so the watch continues
    }
    if (this.#watched.size > 0) this.#lookIn(pollInterval);
  }

  #listen(): void {
    this.#channel ??= openChannel(this.#options.prefix);
    if (this.#channel) this.#channel.onmessage = () => this.#lookIn(0);
  }

  #judge(key: string, held: readonly LockInfo[], row: LeaseRow | undefined): void {
    const { now, prefix } = this.#options;
    const lockers = held.filter(({ name }) => name === prefix + key);
    if (row && lockers.some(({ mode }) => mode === "exclusive")) {
      this.#unrecorded.delete(key);
      if (hasRunOut(row, now())) this.#notify(key);
      else this.#lookIn(Math.max(row.expiresAt - now(), 1));
    } else if (this.#isStuck(key, lockers)) this.#notify(key);
    else {
      this.#lookIn(this.#pause);
      this.#pause = Math.min(2 * this.#pause, pollInterval);
    }
  }

  /** A tab that was stopped just as it got the lock has no lease row, so no expiry would ever end it. */
  #isStuck(key: string, lockers: readonly LockInfo[]): boolean {
    const seen = lockers.map(({ clientId, mode }) => `${clientId} ${mode}`).join();
    const { now } = this.#options;
    const before = this.#unrecorded.get(key);
    if (seen !== "" && before?.lockers === seen) return now() - before.since >= pollInterval;
    this.#unrecorded.set(key, { lockers: seen, since: now() });
    return false;
  }

  #notify(key: string): void {
    for (const runOut of [...(this.#watched.get(key) ?? [])]) runOut();
    // until the waiter has proceeded
    this.#lookIn(firstDelay);
  }
}
