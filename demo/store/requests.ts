import type { StoreEvent } from "reprise";
import { type AnswerSource, sourceOf } from "./answer-source.ts";
import type { MapAnswer, MapListener } from "./density-maps.ts";
import type { PastAnswer } from "./history.ts";
import { formatError } from "../support/format.ts";
import type { KeptMap } from "../density/kept-map.ts";
import { mapKey, type PageOptions, type Settings } from "../density/settings.ts";

type RequestState = "asked" | "waiting" | "computing" | "at-edge" | "answered" | "stopped" | "failed";

/** One map that was asked for, and what became of it. */
export interface MapRequest {
  readonly id: number;
  readonly key: string;
  readonly settings: Settings;
  /** Whether other browsers may be at it too. */
  readonly edge: boolean;
  readonly stop: () => void;
  /** Whether the data had changed, so that the page asked again by itself. */
  readonly followsChange: boolean;
  state: RequestState;
  /** When its computation began here, by `performance.now()`. */
  since?: number | undefined;
  /** Of the computation, here or elsewhere, 0 to 1. Absent: nobody has told. */
  share?: number | undefined;
  source?: AnswerSource;
  /** Milliseconds from asking to having it. */
  duration?: number;
  /** Milliseconds that the computation took, here or elsewhere. */
  computedIn?: number;
  computedBy?: KeptMap["computedBy"] | undefined;
  /** When the map was computed. */
  createdAt?: Date;
  /** Whether the answer is outdated, and a new one is being computed. */
  isStale?: boolean;
  notes: string[];
}

/** States of a request that has no answer yet. */
export const openStates: readonly RequestState[] = ["asked", "waiting", "computing", "at-edge"];

const statesAfter: Partial<Record<StoreEvent["type"], RequestState>> = {
  "lock-wait": "waiting",
  "lock-acquired": "asked",
  "compute-start": "computing",
};

/** Puts the store's events, which know keys, together with the page's requests. */
export class Requests {
  readonly #onChange: (request: MapRequest) => void;
  readonly #onAnswer: (answer: PastAnswer) => void;
  readonly #requests: MapRequest[] = [];
  /** Those that the Worker computed a map for. */
  readonly #byWorker = new WeakSet<MapRequest>();

  constructor(onChange: (request: MapRequest) => void, onAnswer: (answer: PastAnswer) => void) {
    this.#onChange = onChange;
    this.#onAnswer = onAnswer;
  }

  begin({ settings, space, edge }: PageOptions, followsChange: boolean, stop: () => void): MapRequest {
    const key = mapKey(settings, space);
    const joined = this.#open(key).find(({ state }) => state === "computing");
    const request: MapRequest = {
      id: this.#requests.length + 1,
      key,
      settings,
      edge,
      stop,
      followsChange,
      state: "asked",
      notes: [],
      ...(joined && { state: joined.state, share: joined.share, since: joined.since }),
    };
    this.#requests.push(request);
    this.#onChange(request);
    return request;
  }

  /** What the request tells of itself on its way. */
  listener(request: MapRequest): MapListener {
    return {
      onEdgeStart: () => this.#change(request, { state: "at-edge" }),
      onEdgeEnd: (computed) => {
        if (computed) this.#byWorker.add(request);
        this.#change(request, { state: "asked" });
      },
      onEdgeError: (message) => {
        request.notes.push(message);
        this.#change(request, { state: "asked" });
      },
    };
  }

  answered(request: MapRequest, { map, isStale, createdAt, duration }: MapAnswer): void {
    const { computedBy, computedIn = duration } = map;
    if (isStale) request.notes.push("stale: this map is outdated, and the new one is being computed");
    const { key, source } = request;
    if (source !== undefined) this.#onAnswer({ key, source, duration, computedIn });
    this.#change(request, { state: "answered", computedBy, computedIn, createdAt, duration, isStale });
  }

  failed(request: MapRequest, error: unknown, stopped: boolean): void {
    if (!stopped) request.notes.push(formatError(error));
    this.#change(request, { state: stopped ? "stopped" : "failed" });
  }

  observe(event: StoreEvent): void {
    if (!("key" in event)) return;
    const state = statesAfter[event.type];
    const share = event.type === "progress" ? event.fraction : undefined;
    for (const request of this.#open(event.key)) {
      const since = state === "computing" && { since: performance.now() };
      if (state !== undefined) this.#change(request, { state, share, ...since });
      else if (share !== undefined) this.#change(request, { share });
    }
    const note = noteOn(event);
    if (note !== undefined) this.#note(event.key, note);
    if (event.type === "done") this.#done(event.key, sourceOf(event));
  }

  /** Callers of one key are answered in the order in which they asked; all but the first have joined it. */
  #done(key: string, source: AnswerSource): void {
    const request = this.#open(key).find((one) => one.source === undefined);
    // shown with the answer, so that the time to the answer has no drawing in it
    if (request) request.source = this.#byWorker.has(request) ? "worker" : source;
  }

  /** The last one that asked for the key: a note may come after the answer. */
  #note(key: string, note: string): void {
    const request = this.#requests.findLast((one) => one.key === key);
    if (request === undefined || request.notes.includes(note)) return;
    request.notes.push(note);
    this.#onChange(request);
  }

  #open(key: string): MapRequest[] {
    return this.#requests.filter((one) => one.key === key && openStates.includes(one.state));
  }

  #change(request: MapRequest, change: Partial<MapRequest>): void {
    this.#onChange(Object.assign(request, change));
  }
}

/** What a reader should know of an event beside the answer's source. */
function noteOn(event: StoreEvent): string | undefined {
  if (event.type === "write-error") return `result not kept: ${formatError(event.error)}`;
  if (event.type === "lock-lost") return `lock lost: ${formatError(event.error)}`;
  if (event.type === "lock-error") return `computed without a lock: ${formatError(event.error)}`;
  if (event.type === "lock-acquired" && event.takenOver)
    return "taken over: the tab or browser that was computing it has not been heard of for too long";
  if (event.type !== "miss" || event.reason === "absent" || event.reason === "stale") return undefined;
  if (event.reason === "invalidated") return "the data changed, so the kept map is outdated";
  if (event.reason === "expired") return "record expired: the kept map is older than it may be";
  return `record ${event.reason}${event.error === undefined ? "" : `: ${formatError(event.error)}`}`;
}
