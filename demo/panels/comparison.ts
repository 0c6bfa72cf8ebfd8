import type { AnswerSource } from "../store/answer-source.ts";
import type { AnswerHistory } from "../store/history.ts";
import type { MapRequest } from "../store/requests.ts";
import { byId } from "../support/dom.ts";
import { formatCount, formatFromNow, formatShare, formatShortTime } from "../support/format.ts";

const none = "–";
/** Milliseconds between two looks at the clock while a map is being computed. */
const tick = 100;

const replayedFrom: Partial<Record<AnswerSource, string>> = {
  memory: "from this tab",
  storage: "from this browser",
  edge: "from the edge",
};

const computedBy: Partial<Record<AnswerSource, string>> = {
  computed: "in this tab",
  joined: "in this tab",
  waited: "in another tab",
  "other-browser": "in another browser",
  worker: "by the Worker",
};

/** The two times side by side: how long the map took to compute, and how long its last replay took. */
export class Comparison {
  readonly #computed = byId("computed-time", HTMLElement);
  readonly #replayed = byId("replayed-time", HTMLElement);
  readonly #bars = byId("bars", HTMLElement);
  readonly #factor = byId("factor", HTMLElement);
  readonly #saved = byId("saved", HTMLElement);
  readonly #history: AnswerHistory;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(history: AnswerHistory) {
    this.#history = history;
  }

  /** `key`: of the map that the page shows, or would show. */
  show(key: string, request?: MapRequest): void {
    const isRunning = request !== undefined && runningNote(request) !== undefined;
    this.#tickWhile(isRunning && request.state === "computing", () => this.show(key, request));
    if (isRunning) this.#showRunning(request);
    else this.#showTimes(key, request);
    this.#showSaved();
  }

  #showRunning(request: MapRequest): void {
    const { since = performance.now(), share, state } = request;
    const elapsed = performance.now() - since;
    const number = state === "computing" ? formatShortTime(elapsed) : share === undefined ? "…" : formatShare(share);
    fill(this.#computed, "running", number, runningNote(request) ?? "");
    fill(this.#replayed, "empty", none, "Then press “Reload”.");
    this.#factor.textContent = "Only the first call computes.";
  }

  #showTimes(key: string, request?: MapRequest): void {
    const { replay, computedIn } = this.#history.of(key);
    if (computedIn === undefined) fill(this.#computed, "empty", none, "Press “Get the map”.");
    else fill(this.#computed, "known", formatShortTime(computedIn), howComputed(request));
    if (replay) fill(this.#replayed, "known", formatShortTime(replay.duration), replayedFrom[replay.source] ?? "");
    else fill(this.#replayed, "empty", none, computedIn === undefined ? "Then press “Reload”." : "Now press “Reload”.");
    const factor = replay && replay.computedIn / Math.max(replay.duration, 0.1);
    this.#bars.style.setProperty("--computed", computedIn === undefined ? "0" : "1");
    this.#bars.style.setProperty("--replayed", factor === undefined ? "0" : String(1 / factor));
    this.#factor.textContent = factor === undefined ? firstSteps(computedIn) : factorText(factor);
  }

  #showSaved(): void {
    const { replays, saved } = this.#history.past;
    const times = replays === 1 ? "one replay" : `${formatCount(replays)} replays`;
    this.#saved.textContent = replays === 0 ? "" : `Saved in all: ${formatShortTime(saved)}, by ${times}.`;
  }

  #tickWhile(isTicking: boolean, show: () => void): void {
    clearInterval(this.#timer);
    this.#timer = isTicking ? setInterval(show, tick) : undefined;
  }
}

function runningNote({ state, edge }: MapRequest): string | undefined {
  if (state === "computing") return "so far, in this tab";
  if (state === "waiting") return edge ? "done elsewhere" : "done in another tab";
  return state === "at-edge" ? "done by the Worker" : undefined;
}

function howComputed({ source, createdAt }: Partial<MapRequest> = {}): string {
  const here = source && computedBy[source];
  return here ?? (createdAt ? `once, ${formatFromNow(createdAt)}` : "once");
}

function firstSteps(computedIn: number | undefined): string {
  return computedIn === undefined ? "The first time takes seconds." : "The map is kept now.";
}

function factorText(factor: number): string {
  return `${formatCount(Number(factor.toPrecision(2)))} times as fast`;
}

function fill(slot: HTMLElement, state: "empty" | "running" | "known", number: string, note: string): void {
  slot.dataset["state"] = state;
  slot.querySelector(".number")?.replaceChildren(number);
  slot.querySelector(".note")?.replaceChildren(note);
}
