// All that the page has to do with the library is in this file, `density-maps.ts` and `inspector.ts`.
import { createResultStore, remote, type ResultStore, type StoreEvent } from "reprise";
import { edgeAnswers } from "../edge/edge.ts";

const listeners = new Set<(event: StoreEvent) => void>();

const shared = {
  name: "reprise-demo",
  onEvent: (event: StoreEvent) => listeners.forEach((listener) => listener(event)),
};
/** This browser alone. */
const localStore = createResultStore(shared);

/** The same, with the edge behind it. */
const tieredStore = edgeAnswers
  ? createResultStore({ ...shared, remote: remote({ url: location.origin }) })
  : localStore;

export function storeFor({ edge }: { readonly edge: boolean }): ResultStore {
  return edge ? tieredStore : localStore;
}

/**
 * Asks the edge for next to nothing, so that the store finds out whether storage and locks can be reached, and tells so
 * by `offline` and `online`.
 */
export async function askEdge(): Promise<void> {
  try {
    await tieredStore.list({ prefix: "density/", limit: 1 });
    await tieredStore.isLocked("density");
  } catch {
    // the events have told
  }
}

export function onStoreEvent(listener: (event: StoreEvent) => void): void {
  listeners.add(listener);
}
