import type { StoreEvent } from "reprise";
import { describeAnswer } from "../store/answer-source.ts";
import { byId, element } from "../support/dom.ts";
import { formatError, formatTime } from "../support/format.ts";
import { type MapRequest, openStates } from "../store/requests.ts";

/** What becomes of the latest request, in words and as a progress bar. */
export class StatusLine {
  readonly #text = byId("status", HTMLElement);
  readonly #progress = byId("progress", HTMLProgressElement);
  readonly #stop = byId("stop", HTMLButtonElement);
  readonly #warning = byId("warning", HTMLElement);
  readonly #warnings = new Map<string, string>();

  show(request: MapRequest): void {
    const running = openStates.includes(request.state);
    const text = statusText(request);
    // set only when it changes, so that screen readers say it once
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#text.dataset["state"] = request.state;
    this.#stop.disabled = !running;
    this.#progress.hidden = !running;
    if (request.share === undefined) this.#progress.removeAttribute("value");
    else this.#progress.value = request.share;
  }

  observe(event: StoreEvent): void {
    if (event.type === "fallback") this.warn(event.from, `${fallbackText(event.from)} ${formatError(event.error)}`);
  }

  /** What stays to be said until something else, or nothing, is to be said on the same topic. */
  warn(topic: string, text: string): void {
    if ((this.#warnings.get(topic) ?? "") === text) return;
    this.#warnings.set(topic, text);
    const texts = [...this.#warnings.values()].filter((one) => one !== "");
    this.#warning.hidden = texts.length === 0;
    this.#warning.replaceChildren(...texts.map((one) => element("p", {}, one)));
  }
}

function fallbackText(from: string): string {
  return from === "web-locks"
    ? "This browser has no Web Locks, so its tabs can’t wait for one another. Each tab computes for itself."
    : "This page can’t use IndexedDB, the database of this browser. Maps are kept in memory until you close or reload this tab.";
}

function statusText({ state, source, duration, computedIn, computedBy, notes, edge }: MapRequest): string {
  if (state === "asked") return "Looking for the map…";
  if (state === "waiting")
    return `Another tab${edge ? " or browser" : ""} is computing this map. This tab waits for it…`;
  if (state === "computing") return "This tab is computing the map…";
  if (state === "at-edge") return "The Worker computes the map on the server. You may close this page…";
  if (state === "stopped") return "You stopped the computation.";
  const note = notes.length > 0 ? ` ${notes.join("; ")}.` : "";
  if (state === "failed") return `That did not work.${note}`;
  if (source === undefined || duration === undefined) return `The map is there.${note}`;
  const time = source === "computed" ? (computedIn ?? duration) : duration;
  return `${describeAnswer(source, formatTime(time), computedBy)}.${note}`;
}
