import { sourceNames } from "../store/answer-source.ts";
import { button, byId, element } from "../support/dom.ts";
import { formatShare, formatTime } from "../support/format.ts";
import { type MapRequest, openStates } from "../store/requests.ts";
import { describe } from "../density/settings.ts";

/** What is to be read beside a request. */
export function stateText({ state, source, edge }: MapRequest): string {
  if (state === "answered") return source ? sourceNames[source] : "answered";
  return {
    asked: "looking",
    waiting: edge ? "waiting for another tab or browser…" : "waiting for another tab…",
    computing: "computing",
    "at-edge": "the Worker computes…",
    stopped: "stopped",
    failed: "failed",
  }[state];
}

/** The list of requests, the latest first. */
export class RequestLog {
  readonly #section = byId("answers", HTMLElement);
  readonly #list = byId("requests", HTMLOListElement);
  readonly #items = new Map<number, HTMLLIElement>();

  show(request: MapRequest): void {
    const item = this.#items.get(request.id) ?? this.#add(request);
    item.dataset["state"] = request.state;
    item.dataset["source"] = request.source ?? "";
    const running = openStates.includes(request.state);
    const place = item.querySelector(".time");
    item.querySelector(".source")?.replaceChildren(stateText(request));
    place?.replaceChildren(request.duration === undefined ? share(request) : formatTime(request.duration));
    item.querySelector(".notes")?.replaceChildren(...request.notes.map((note) => element("p", {}, note)));
    if (!running) item.querySelector("button")?.remove();
  }

  #add(request: MapRequest): HTMLLIElement {
    const item = element(
      "li",
      {},
      element("span", { className: "what" }, describe(request.settings)),
      element("span", { className: "source" }),
      element("span", { className: "time" }),
      button("Stop", request.stop, `Stop ${describe(request.settings)}`),
      element("div", { className: "notes" }),
    );
    item.dataset["key"] = request.key;
    this.#items.set(request.id, item);
    this.#list.prepend(item);
    this.#section.hidden = false;
    return item;
  }
}

function share({ state, share: done }: MapRequest): string {
  return done !== undefined && openStates.includes(state) ? formatShare(done) : "";
}
