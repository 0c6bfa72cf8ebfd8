import { RepriseInspector } from "reprise/inspector";
import { byId } from "../support/dom.ts";
import type { ResultStore } from "reprise";

const section = byId("inside", HTMLElement);
const inspector = section.querySelector("reprise-inspector");

/** Sets the store that the inspector listens to. */
export function inspectStore(store: ResultStore): void {
  if (inspector instanceof RepriseInspector) inspector.store = store;
}

/** Shows the inspector, unless there would be nothing to see in it. */
export async function showInspector(store: ResultStore, hasAsked: boolean): Promise<void> {
  if (!section.hidden) return;
  const { records } = hasAsked ? { records: [] } : await store.list({ limit: 1, scope: "local", allowExpired: true });
  section.hidden = !hasAsked && records.length === 0;
}
