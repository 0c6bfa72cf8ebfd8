import { hasRunOut } from "../core/lock-grant.ts";
import { later } from "../core/settle-within.ts";
import type { LeaseTable } from "./lease-table.ts";
import { queryWebLocks } from "./web-lock.ts";

/** Who waits shorter than this has no contender, and costs nothing here. Milliseconds, as is the next. */
const patience = 10;

/** How often to look where no expiry is known, since the holder may change. */
const pollInterval = 1_000;

/** Called when the lease of a key that is still locked has run out. */
type RunOut = () => void;

export interface LeaseWatcherOptions {
  readonly leases: LeaseTable;
  readonly now: () => number;
  readonly lockName: (key: string) => string;
}

/** Watches the leases of all keys that this context waits for, with one timer and one read for all. */
export class LeaseWatcher {
  readonly #options: LeaseWatcherOptions;
  readonly #watched = new Map<string, Set<RunOut>>();
  #cancelTimer: (() => void) | undefined;
  /** When the timer fires, in milliseconds since 1970. */
  #next = Infinity;

  constructor(options: LeaseWatcherOptions) {
    this.#options = options;
  }

  /** Calls `runOut` when the lease of `key` has run out, and again while that goes on. Returns what ends it. */
  watch(key: string, runOut: RunOut): () => void {
    let callbacks = this.#watched.get(key);
    if (!callbacks) this.#watched.set(key, (callbacks = new Set()));
    callbacks.add(runOut);
    this.#lookIn(patience);
    return () => {
      callbacks.delete(runOut);
      if (callbacks.size === 0 && this.#watched.get(key) === callbacks) this.#watched.delete(key);
      if (this.#watched.size === 0) this.#stop();
    };
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#next = Infinity;
  }

  #lookIn(delay: number): void {
    const at = this.#options.now() + delay;
    if (at >= this.#next) return;
    this.#stop();
    this.#next = at;
    this.#cancelTimer = later(delay, () => {
      this.#next = Infinity;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { leases, lockName, now } = this.#options;
    try {
      // its answer comes after all grants that need no waiting, so only those who have to wait are left
      const { held = [] } = await queryWebLocks();
      const locked = new Set(held.map(({ name, mode }) => (mode === "exclusive" ? name : undefined)));
      const keys = [...this.#watched.keys()].filter((key) => locked.has(lockName(key)));
      const rows = keys.length > 0 ? await leases.read(keys) : [];
      for (const [index, key] of keys.entries()) {
        const row = rows[index];
        if (row && hasRunOut(row, now())) this.#tell(key);
        else if (row) this.#lookIn(Math.max(row.expiresAt - now(), 1));
      }
    } catch {
      // the database or the page is out of use for a moment: the waiting goes on, and so does the looking
    }
    if (this.#watched.size > 0) this.#lookIn(pollInterval);
  }

  #tell(key: string): void {
    for (const runOut of [...(this.#watched.get(key) ?? [])]) runOut();
    // until the one who waits has gone on
    this.#lookIn(patience);
  }
}
