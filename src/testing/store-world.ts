import type { StoreEvent } from "../core/events/store-event.ts";
import type { PartialStoreOptions } from "../core/store/store-options.ts";
import type { ResultStore } from "../core/store/result-store.ts";

/** Stores over the same records and locks, each as if in a context of its own. A world is made for each case. */
export interface StoreWorld {
  createStore(options?: PartialStoreOptions): ResultStore;
  /** Overwrites what the storage has under `key` behind the stores' backs. */
  putBytes(key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A promise of the contract, by its name. */
export type StoreCase = readonly [name: string, run: (world: StoreWorld) => Promise<void>];

/** A store and all that it told. */
export interface Watched {
  readonly store: ResultStore;
  readonly events: StoreEvent[];
  /** The types of the events of its own calls, `done` with its source. */
  trace(): string[];
}

/** A store of the world that is listened to. */
export function watch(world: StoreWorld, options: PartialStoreOptions = {}): Watched {
  const events: StoreEvent[] = [];
  const store = world.createStore({ ...options, onEvent: (event) => events.push(event) });
  const trace = () =>
    events
      .filter(({ type }) => type !== "invalidate")
      .map((event) => (event.type === "done" ? `done ${event.source}` : event.type));
  return { store, events, trace };
}

/** A promise to be settled by hand. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}
