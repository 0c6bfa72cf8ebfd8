import type { StoreEvent } from "../../core/events/store-event.ts";
import type { PartialStoreOptions } from "../../core/options/store-options.ts";
import type { ResultStore } from "../../core/store/result-store.ts";

/** Stores over the same records and locks, each as if in its own context. Each case gets a new world. */
export interface StoreWorld {
  /** A store over the records and locks of this world, with these options. */
  createStore(options?: PartialStoreOptions): ResultStore;
  /** Overwrites the bytes under `key` without the stores' knowledge. */
  putBytes(key: string, bytes: Uint8Array): Promise<void>;
  /** Ends the world. No case uses it afterwards. */
  close(): Promise<void>;
}

/** A promise of the contract, identified by its name. */
export type StoreCase = readonly [name: string, run: (world: StoreWorld) => Promise<void>];

/** A store and the events that it emitted. */
export interface Watched {
  readonly store: ResultStore;
  readonly events: StoreEvent[];
  /** The types of the events of the store's own calls, `done` with its source. The number of looks depends on the storage. */
  trace(): string[];
}

/** A store of the world with its events recorded. */
export function watch(world: Pick<StoreWorld, "createStore">, options: PartialStoreOptions = {}): Watched {
  const events: StoreEvent[] = [];
  const store = world.createStore({ ...options, onEvent: (event) => events.push(event) });
  const trace = () =>
    events
      .filter(({ type }) => !["call-start", "look", "change"].includes(type))
      .map((event) => (event.type === "done" ? `done ${event.source}` : event.type));
  return { store, events, trace };
}

/** The same, for a store that uses no locks. */
export function watchWithoutLocks(...of: Parameters<typeof watch>): Watched {
  const watched = watch(...of);
  return { ...watched, store: watched.store.withOptions({ lockManager: undefined }) };
}

/** A clock that a test puts ahead, in milliseconds. It begins in the past, since a Worker refuses dates in the future. */
export function createClock(): { now: () => number; ahead: number } {
  const start = Date.now() - 36_000_000;
  const clock = { ahead: 0, now: () => start + clock.ahead };
  return clock;
}

/** A promise that the test settles itself. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}
