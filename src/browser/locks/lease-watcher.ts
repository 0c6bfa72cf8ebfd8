import { hasRunOut } from "../../core/locks/lock-grant.ts";
import { later } from "../../core/support/settle-within.ts";
import type { LeaseRow } from "../database/lease-row.ts";
import type { LeaseTable } from "./lease-table.ts";
import { openChannel } from "../database/open-channel.ts";
import { queryWebLocks } from "./web-lock.ts";

/** Who waits shorter than this has no contender, and costs nothing here. Milliseconds, as is the next. */
const patience = 10;

/** How often to look where no expiry is near, since the holder may change. */
const pollInterval = 1_000;

/** Called when the lease of a key that is still locked has run out. */
type RunOut = () => void;

export interface LeaseWatcherOptions {
  readonly leases: LeaseTable;
  readonly now: () => number;
  /** What the names of locks begin with; the key follows. */
  readonly prefix: string;
}

/** Who has a lock without a lease on file, and since when. */
interface Unrecorded {
  readonly lockers: string;
  readonly since: number;
}

/** Watches the leases of all keys that this context waits for, with one timer and one read for all. */
export class LeaseWatcher {
  readonly #options: LeaseWatcherOptions;
  readonly #watched = new Map<string, Set<RunOut>>();
  readonly #unrecorded = new Map<string, Unrecorded>();
  #channel: BroadcastChannel | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When the timer fires, in milliseconds since 1970. */
  #next = Infinity;
  /** Milliseconds until a lock that is changing hands is looked at again. */
  #pause = patience;

  constructor(options: LeaseWatcherOptions) {
    this.#options = options;
  }

  /** Calls `runOut` when the lease of `key` has run out, and again while that goes on. Returns what ends it. */
  watch(key: string, runOut: RunOut): () => void {
    let callbacks = this.#watched.get(key);
    if (!callbacks) this.#watched.set(key, (callbacks = new Set()));
    callbacks.add(runOut);
    this.#pause = patience;
    this.#lookIn(patience);
    return () => {
      callbacks.delete(runOut);
      if (callbacks.size === 0 && this.#watched.get(key) === callbacks) {
        this.#watched.delete(key);
        this.#unrecorded.delete(key);
      }
      if (this.#watched.size === 0) this.#stop();
    };
  }

  /** Tells those who wait elsewhere of a lease that will be over before they look again by themselves. */
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
      // its answer comes after all grants that need no waiting, so only those who have to wait are left
      const { held = [] } = await queryWebLocks();
      if (this.#watched.size === 0) return;
      this.#listen();
      const keys = [...this.#watched.keys()];
      const rows = await this.#options.leases.read(keys);
      for (const [index, key] of keys.entries()) this.#judge(key, held, rows[index]);
    } catch {
      // the database or the page is out of use for a moment: the waiting goes on, and so does the looking
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
      if (hasRunOut(row, now())) this.#tell(key);
      else this.#lookIn(Math.max(row.expiresAt - now(), 1));
    } else if (this.#isStuck(key, lockers)) this.#tell(key);
    else {
      this.#lookIn(this.#pause);
      this.#pause = Math.min(2 * this.#pause, pollInterval);
    }
  }

  /** A tab that was stopped just when the lock was handed to it puts no lease on file, and nobody would ever end it. */
  #isStuck(key: string, lockers: readonly LockInfo[]): boolean {
    const seen = lockers.map(({ clientId, mode }) => `${clientId} ${mode}`).join();
    const { now } = this.#options;
    const before = this.#unrecorded.get(key);
    if (seen !== "" && before?.lockers === seen) return now() - before.since >= pollInterval;
    this.#unrecorded.set(key, { lockers: seen, since: now() });
    return false;
  }

  #tell(key: string): void {
    for (const runOut of [...(this.#watched.get(key) ?? [])]) runOut();
    // until the one who waits has gone on
    this.#lookIn(patience);
  }
}
