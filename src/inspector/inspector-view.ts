import type { ResultStore } from "../core/store/result-store.ts";
import { Activity } from "./activity/activity.ts";
import { ActivityPanel } from "./activity/activity-panel.ts";
import { EventsPanel } from "./activity/events-panel.ts";
import { Tabs } from "./elements/tabs.ts";
import { RecordsPanel } from "./records/records-panel.ts";

/** The panels of one store. */
export class InspectorView {
  readonly #activity: Activity;
  readonly #records: RecordsPanel;
  readonly #tabs: Tabs;
  /** The tabs, and the panel of each. */
  readonly elements: { readonly tabs: HTMLElement; readonly panels: readonly HTMLElement[] };

  constructor(store: ResultStore) {
    this.#activity = new Activity(store, (event) => {
      for (const panel of panels) panel.noteEvent(event);
    });
    this.#records = new RecordsPanel(store, this.#activity);
    const panels = [this.#records, new ActivityPanel(store, this.#activity), new EventsPanel(this.#activity)];
    this.#tabs = new Tabs(panels);
    this.elements = { tabs: this.#tabs.list, panels: panels.map(({ element }) => element) };
  }

  /** A hidden view hears events, but reads nothing. */
  show(isVisible: boolean): void {
    this.#tabs.show(isVisible);
  }

  close(): void {
    this.#tabs.show(false);
    this.#records.close();
    this.#activity.close();
  }
}
