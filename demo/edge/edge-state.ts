import type { StoreEvent } from "reprise";
import { datasets } from "../density/datasets.ts";
import { byId } from "../support/dom.ts";
import { edgeAnswers } from "./edge.ts";
import { formatError } from "../support/format.ts";
import { notLoadedYet } from "./preload.ts";
import { askEdge } from "../store/stores.ts";

/** Milliseconds between two looks for an edge that can't be reached. The store itself asks more seldom the longer that lasts. */
const askAgainAfter = 5_000;

/** Says whether maps are shared with other browsers right now. */
export class EdgeState {
  readonly #text = byId("edge-state", HTMLElement);
  #isOn = true;
  /** What keeps the edge from being reached; absent while nothing does. */
  #error: unknown;

  constructor() {
    if (!edgeAnswers) return;
    // the store hears of the network too, and has to be first
    addEventListener("online", () => setTimeout(() => this.#ask()));
    addEventListener("offline", () => setTimeout(() => this.#ask()));
    setInterval(() => {
      if (this.#error !== undefined && document.visibilityState === "visible") this.#ask();
    }, askAgainAfter);
  }

  switch(isOn: boolean): void {
    this.#isOn = isOn;
    this.refresh();
  }

  observe(event: StoreEvent): void {
    if (event.type === "offline") this.#error = event.error;
    else if (event.type === "online") this.#error = undefined;
    else return;
    this.refresh();
  }

  /** Says how it is now. */
  refresh(): void {
    const state = !edgeAnswers ? "absent" : !this.#isOn ? "off" : this.#error === undefined ? "on" : "offline";
    const text = {
      absent: "",
      off: "The edge is off: this browser finds, computes and keeps maps for itself alone.",
      on: "The edge is on: maps are shared with all browsers that use this server.",
      offline: `The edge can’t be reached: until it answers, this browser goes on by itself. ${this.#limits()}`,
    }[state];
    // set only when it changes, so that screen readers say it once
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#text.title = state === "offline" ? formatError(this.#error) : "";
    this.#text.dataset["state"] = state;
    this.#text.hidden = text === "";
  }

  /** What comes of it the store tells. */
  #ask(): void {
    if (this.#isOn) void askEdge();
  }

  /** What that means for the maps that can be had. */
  #limits(): string {
    const missing = notLoadedYet().map((name) => datasets[name].title);
    if (missing.length === 0) return "All it takes to compute maps is in this tab.";
    return `New maps can’t be computed of what this tab has not loaded yet: ${missing.join(", ")}.`;
  }
}
