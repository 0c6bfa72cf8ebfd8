import type { StoreEvent } from "reprise";
import { byId } from "./dom.ts";
import { edgeAnswers } from "./edge.ts";
import { formatError } from "./format.ts";

/** Says whether maps are shared with other browsers right now. */
export class EdgeState {
  readonly #text = byId("edge-state", HTMLElement);
  #isOn = true;
  /** What keeps the edge from being reached; absent while nothing does. */
  #error: unknown;

  switch(isOn: boolean): void {
    this.#isOn = isOn;
    this.#show();
  }

  observe(event: StoreEvent): void {
    if (event.type === "offline") this.#error = event.error;
    else if (event.type === "online") this.#error = undefined;
    else return;
    this.#show();
  }

  #show(): void {
    const state = !edgeAnswers ? "absent" : !this.#isOn ? "off" : this.#error === undefined ? "on" : "offline";
    const text = {
      absent: "",
      off: "The edge is off: this browser computes for itself.",
      on: "The edge is on: maps are shared with other browsers.",
      offline: `The edge can’t be reached: this browser goes on by itself. ${formatError(this.#error)}`,
    }[state];
    // set only when it changes, so that screen readers say it once
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#text.dataset["state"] = state;
    this.#text.hidden = text === "";
  }
}
