import { arrange, button, element, setText } from "../elements/dom.ts";
import { Refresher } from "../elements/refresher.ts";
import type { Panel } from "../elements/tabs.ts";
import { describeEvent } from "../words/describe-event.ts";
import { formatClock } from "../words/format.ts";
import type { Activity, LoggedEvent } from "./activity.ts";

/** The recent events of the store, the latest first. */
export class EventsPanel implements Panel {
  readonly name = "Events";
  readonly element: HTMLElement;
  readonly #activity: Activity;
  readonly #list = element("ol", { class: "events", "aria-label": "Events, the latest first", reversed: "" });
  readonly #hint = element("p", { class: "hint" });
  /** Items stay the same, so that text in them stays selected. */
  readonly #items = new WeakMap<LoggedEvent, HTMLLIElement>();
  readonly #refresher = new Refresher(async () => this.#refresh(), { delay: 100 });

  constructor(activity: Activity) {
    this.#activity = activity;
    const clear = button("Clear the list", () => this.#clear(), { class: "quiet" });
    const scroller = element("div", { class: "scroller", role: "group", "aria-label": "Events", tabindex: "0" });
    scroller.append(this.#list);
    this.element = element("div", { class: "panel" }, element("div", { class: "bar" }, this.#hint, clear), scroller);
  }

  show(isVisible: boolean): void {
    this.#refresher.show(isVisible);
  }

  noteEvent(): void {
    this.#refresher.request();
  }

  #clear(): void {
    this.#activity.events.length = 0;
    this.#refresh();
  }

  #refresh(): void {
    const { events } = this.#activity;
    setText(
      this.#hint,
      events.length === 0 ? "No event yet. They are listed from now on." : `The last ${events.length} events.`,
    );
    const items = events.map((logged) => {
      const item = this.#items.get(logged) ?? eventItem(logged);
      this.#items.set(logged, item);
      return item;
    });
    arrange(this.#list, items);
  }
}

/** An event as an item of a list. */
export function eventItem({ at, event }: LoggedEvent, withKey = true): HTMLLIElement {
  const item = element(
    "li",
    { class: event.type.endsWith("error") || event.type === "lock-lost" ? "trouble" : "" },
    element("time", { datetime: new Date(at).toISOString() }, formatClock(at)),
    element("span", { class: "type" }, event.type),
  );
  if (withKey && "key" in event && event.key !== undefined) item.append(element("code", {}, event.key));
  item.append(element("span", { class: "words" }, describeEvent(event)));
  if ("call" in event && event.call !== undefined)
    item.append(element("span", { class: "hint" }, `call ${event.call}`));
  return item;
}
