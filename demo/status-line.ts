import { byId } from "./dom.ts";
import { formatTime } from "./format.ts";
import type { MapRequest } from "./requests.ts";
import { sourceNames } from "./request-log.ts";

/** What becomes of the latest request, in words and as a progress bar. */
export class StatusLine {
  readonly #text = byId("status", HTMLElement);
  readonly #progress = byId("progress", HTMLProgressElement);
  readonly #stop = byId("stop", HTMLButtonElement);
  readonly #warning = byId("warning", HTMLElement);

  show(request: MapRequest): void {
    const running = ["asked", "waiting", "computing"].includes(request.state);
    const text = statusText(request);
    // set only when it changes, so that screen readers say it once
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#text.dataset["state"] = request.state;
    this.#stop.disabled = !running;
    this.#progress.hidden = !running;
    if (request.state === "computing") this.#progress.value = request.share;
    else this.#progress.removeAttribute("value");
  }

  warn(text: string): void {
    this.#warning.hidden = false;
    this.#warning.textContent = text;
  }
}

function statusText({ state, source, duration, notes }: MapRequest): string {
  if (state === "asked") return "Looking for the map…";
  if (state === "waiting") return "Waiting for another tab, which is computing this map…";
  if (state === "computing") return "Computing the map in a worker…";
  if (state === "stopped") return "Stopped.";
  const note = notes.length > 0 ? ` ${notes.join("; ")}.` : "";
  if (state === "failed") return `That did not work.${note}`;
  const from =
    source === "computed"
      ? "Computed here"
      : source === "joined"
        ? "Joined a computation"
        : `From ${source ? sourceNames[source] : "the store"}`;
  return `${from}${duration === undefined ? "" : ` in ${formatTime(duration)}`}.${note}`;
}
