import type { ResultStore } from "../../core/store/result-store.ts";
import { arrange, element, setText } from "../elements/dom.ts";
import { Refresher } from "../elements/refresher.ts";
import type { Panel } from "../elements/tabs.ts";
import { formatError, formatTime } from "../words/format.ts";
import type { Activity, Computation } from "./activity.ts";
import { locksElsewhere } from "./other-contexts.ts";

/** The computations that run in this context, and the locks of this and other contexts. */
export class ActivityPanel implements Panel {
  readonly name = "Activity";
  readonly element: HTMLElement;
  readonly #store: ResultStore;
  readonly #activity: Activity;
  readonly #computations = element("ul", { "aria-labelledby": "computations-title" });
  readonly #locks = element("ul", { "aria-labelledby": "locks-title" });
  readonly #message = element("p", { class: "hint" });
  /** By the call of each computation. */
  readonly #items = new Map<number, HTMLLIElement>();
  readonly #refresher = new Refresher(() => this.#refresh(), { delay: 100, every: 1_000 });

  constructor(store: ResultStore, activity: Activity) {
    this.#store = store;
    this.#activity = activity;
    this.element = element(
      "div",
      { class: "panel" },
      element("p", { id: "computations-title", class: "title" }, "Computations in this context"),
      this.#computations,
      element("p", { id: "locks-title", class: "title" }, "Locks"),
      this.#locks,
      this.#message,
    );
  }

  show(isVisible: boolean): void {
    this.#refresher.show(isVisible);
  }

  noteEvent(): void {
    this.#refresher.request();
  }

  async #refresh(): Promise<void> {
    this.#showComputations();
    const own = [...this.#activity.locks.values()].map(({ key, isHeld, token }) =>
      lockItem(isHeld ? "held in this context" : "this context waits", key, token),
    );
    let others: HTMLLIElement[] = [];
    try {
      const found = await locksElsewhere(this.#store);
      others = found.map(({ key, isHeld }) => lockItem(isHeld ? "held in another tab" : "another tab waits", key));
      setText(this.#message, "");
    } catch (error) {
      setText(this.#message, `The browser doesn’t name the locks of other tabs. ${formatError(error)}`);
    }
    const items = [...own, ...others];
    this.#locks.replaceChildren(
      ...(items.length > 0 ? items : [emptyItem("No caller holds a lock or waits for one.")]),
    );
  }

  #showComputations(): void {
    const { computations } = this.#activity;
    for (const call of this.#items.keys()) if (!computations.has(call)) this.#items.delete(call);
    for (const [call, computation] of computations) {
      const item = this.#items.get(call) ?? computationItem(computation);
      this.#items.set(call, item);
      showProgress(item, computation);
    }
    arrange(this.#computations, computations.size > 0 ? [...this.#items.values()] : [emptyItem("None runs.")]);
  }
}

function computationItem({ key }: Computation): HTMLLIElement {
  const progress = element("progress", { max: "1", "aria-label": `Progress of ${key}` });
  return element("li", {}, element("code", {}, key), progress, element("span", { class: "hint" }));
}

function showProgress(item: HTMLLIElement, { since, fraction, note }: Computation): void {
  const progress = item.querySelector("progress")!;
  if (fraction === undefined) progress.removeAttribute("value");
  else progress.value = fraction;
  const share = fraction === undefined ? "" : `${Math.floor(fraction * 100)} %, `;
  setText(item.querySelector("span")!, `${share}for ${formatTime(Date.now() - since)}${note ? `, ${note}` : ""}`);
}

function lockItem(state: string, key: string, token?: number): HTMLLIElement {
  const detail = token === undefined ? "" : `token ${token}`;
  return element("li", {}, element("code", {}, key), state, element("span", { class: "hint" }, detail));
}

function emptyItem(text: string): HTMLLIElement {
  return element("li", { class: "hint" }, text);
}
