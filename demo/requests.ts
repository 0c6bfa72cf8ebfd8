import type { ResultSource, StoreEvent } from "reprise";
import { formatError } from "./format.ts";
import { mapKey, type Settings } from "./settings.ts";

type RequestState = "asked" | "waiting" | "computing" | "answered" | "stopped" | "failed";

/** One map that was asked for, and what became of it. */
export interface MapRequest {
  readonly id: number;
  readonly key: string;
  readonly settings: Settings;
  readonly stop: () => void;
  state: RequestState;
  /** Of the computation, 0 to 1. */
  share: number;
  source?: ResultSource;
  /** Milliseconds. */
  duration?: number;
  notes: string[];
}

const statesAfter: Partial<Record<StoreEvent["type"], RequestState>> = {
  "lock-wait": "waiting",
  "lock-acquired": "asked",
  "compute-start": "computing",
};

/** Puts the store's events, which know keys, together with the page's requests. */
export class Requests {
  readonly #onChange: (request: MapRequest) => void;
  readonly #requests: MapRequest[] = [];

  constructor(onChange: (request: MapRequest) => void) {
    this.#onChange = onChange;
  }

  begin(settings: Settings, stop: () => void): MapRequest {
    const request: MapRequest = {
      id: this.#requests.length + 1,
      key: mapKey(settings),
      settings,
      stop,
      state: "asked",
      share: 0,
      notes: [],
    };
    this.#requests.push(request);
    this.#onChange(request);
    return request;
  }

  progress(key: string, share: number): void {
    for (const request of this.#open(key)) this.#change(request, { share });
  }

  answered(request: MapRequest): void {
    this.#change(request, { state: "answered" });
  }

  failed(request: MapRequest, error: unknown, stopped: boolean): void {
    if (!stopped) request.notes.push(formatError(error));
    this.#change(request, { state: stopped ? "stopped" : "failed" });
  }

  observe(event: StoreEvent): void {
    if (!("key" in event)) return;
    const state = statesAfter[event.type];
    if (state !== undefined) for (const request of this.#open(event.key)) this.#change(request, { state });
    const note = noteOn(event);
    if (note !== undefined) this.#note(event.key, note);
    if (event.type === "done") this.#done(event.key, event.source, event.duration);
  }

  /** Callers of one key are answered in the order in which they asked; all but the first have joined it. */
  #done(key: string, source: ResultSource, duration: number): void {
    const request = this.#open(key).find((one) => one.source === undefined);
    if (request) this.#change(request, { source, duration });
  }

  /** The last one that asked for the key: a note may come after the answer. */
  #note(key: string, note: string): void {
    const request = this.#requests.findLast((one) => one.key === key);
    if (request === undefined || request.notes.includes(note)) return;
    request.notes.push(note);
    this.#onChange(request);
  }

  #open(key: string): MapRequest[] {
    return this.#requests.filter((one) => one.key === key && ["asked", "waiting", "computing"].includes(one.state));
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
  if (event.type === "lock-acquired" && event.takenOver) return "taken over: the lease of the one before ran out";
  if (event.type !== "miss" || event.reason === "absent") return undefined;
  return `record ${event.reason}${event.error === undefined ? "" : `: ${formatError(event.error)}`}`;
}
