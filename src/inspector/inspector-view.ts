import type { ResultStore } from "../core/store/result-store.ts";
import { Activity } from "./activity/activity.ts";
import { ActivityPanel } from "./activity/activity-panel.ts";
import { EventsPanel } from "./activity/events-panel.ts";
import { Tabs } from "./elements/tabs.ts";
import { RecordsPanel } from "./records/records-panel.ts";

/** The panels of one store under their tabs. */
export interface InspectorView {
  readonly tabs: HTMLElement;
  readonly panels: readonly HTMLElement[];
  /** A hidden view hears events, but reads nothing. */
  show(isVisible: boolean): void;
  close(): void;
}

export function createView(store: ResultStore): InspectorView {
  const activity = new Activity(store, (event) => {
    for (const panel of panels) panel.noteEvent(event);
  });
  const records = new RecordsPanel(store, activity);
  const panels = [records, new ActivityPanel(store, activity), new EventsPanel(activity)];
  const tabs = new Tabs(panels);
  return {
    tabs: tabs.list,
    panels: panels.map(({ element }) => element),
    show: (isVisible) => tabs.show(isVisible),
    close: () => {
      tabs.show(false);
      records.close();
      activity.close();
    },
  };
}
