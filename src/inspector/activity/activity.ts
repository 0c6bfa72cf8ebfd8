import type { ResultRecordMetadata } from "../../core/record/result-record-metadata.ts";
import type { StoreEvent } from "../../core/events/store-event.ts";
import type { ResultStore } from "../../core/store/result-store.ts";
import { listen } from "../../core/watching/listen.ts";

const maxEvents = 200;
const maxKeys = 1_000;

export interface LoggedEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: StoreEvent;
}

/** A computation that runs in this context. */
export interface Computation {
  readonly key: string;
  readonly since: number;
  readonly fraction?: number;
  readonly note?: string | undefined;
}

/** A lock that a caller in this context holds or waits for. */
export interface OwnLock {
  readonly key: string;
  readonly isHeld: boolean;
  readonly token?: number;
  /** The call that takes it. Absent: a caller by hand. */
  readonly call?: number | undefined;
}

type Answer = Extract<StoreEvent, { type: "done" }>;

/** The recent events of a store, and what they say about computations, locks and answers. All of it is bounded. */
export class Activity {
  /** The latest first. */
  readonly events: LoggedEvent[] = [];
  /** By the id of the call. */
  readonly computations = new Map<number, Computation>();
  /** By holder and key. */
  readonly locks = new Map<string, OwnLock>();
  /** For each call that waits, the call whose computation it waits for. */
  readonly #leaders = new Map<number, number>();
  /** The last answer for each key. */
  readonly answers = new Map<ResultRecordMetadata["storageKey"], Answer>();
  readonly #onEvent: (event: StoreEvent) => void;
  readonly #stop: () => void;

  constructor(store: ResultStore, onEvent: (event: StoreEvent) => void) {
    this.#onEvent = onEvent;
    this.#stop = listen(store, (event) => this.#note(event));
  }

  /** Hears no further events. */
  close(): void {
    this.#stop();
  }

  eventsOf(key: string): LoggedEvent[] {
    return this.events.filter(({ event }) => "key" in event && event.key === key);
  }

  #note(event: StoreEvent): void {
    if (event.type === "progress") this.#dropProgress(event.key);
    this.events.unshift({ at: Date.now(), event });
    this.events.length = Math.min(this.events.length, maxEvents);
    this.#noteWork(event);
    this.#noteLock(event);
    this.#onEvent(event);
  }

  /** A computation may tell its progress very often, and only the latest matters. */
  #dropProgress(key: string): void {
    const index = this.events.findIndex(({ event }) => "key" in event && event.key === key);
    if (this.events[index]?.event.type === "progress") this.events.splice(index, 1);
  }

  #noteWork(event: StoreEvent): void {
    const { computations } = this;
    if (event.type === "compute-start") put(computations, event.call, { key: event.key, since: Date.now() });
    else if (event.type === "compute-end" || event.type === "compute-error") computations.delete(event.call);
    else if (event.type === "done") put(this.answers, event.key, event);
    else if (event.type === "progress") {
      for (const [call, computation] of computations) {
        const { fraction, note } = event;
        if (computation.key === event.key) computations.set(call, { ...computation, fraction, note });
      }
    }
  }

  #noteLock(event: StoreEvent): void {
    const { type } = event;
    if (type === "lock-wait") {
      const { key, call } = event;
      put(this.#leaders, call, call);
      put(this.locks, nameOf(event), { key, isHeld: false, call });
    } else if (type === "lock-acquired") {
      const { key, call, token } = event;
      put(this.locks, nameOf(event), { key, isHeld: true, token, call });
    } else if (type === "lock-released" || type === "lock-lost" || type === "lock-error") {
      this.locks.delete(nameOf(event));
    } else if (type === "join") put(this.#leaders, event.call, event.to);
    else if (type === "done" || type === "call-error") this.#endCall(event.call);
  }

  /** A caller that gives up, or gets the record of another context, has no lock to release. Callers that joined it still wait. */
  #endCall(call: number): void {
    this.#leaders.delete(call);
    const leaders = new Set<number | undefined>(this.#leaders.values());
    for (const [name, lock] of this.locks) if (!lock.isHeld && !leaders.has(lock.call)) this.locks.delete(name);
  }
}

function nameOf({ holder, key }: { readonly holder: string; readonly key: string }): string {
  return `${holder}\0${key}`;
}

/** The entry becomes the last one. The first one goes if there are too many. */
function put<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > maxKeys) map.delete(map.keys().next().value!);
}
