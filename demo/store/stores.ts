// All that the page has to do with the library is in this file, `density-maps.ts`, `records.ts` and `locks-panel.ts`.
import { createResultStore, DevalueSerializer, remote, ResultStore, type StoreEvent } from "reprise";
import { HttpStorage } from "reprise/http";
import { edgeAnswers } from "../edge/edge.ts";

const listeners = new Set<(event: StoreEvent) => void>();

export const storeName = "reprise-demo";

const shared = { name: storeName, onEvent: (event: StoreEvent) => listeners.forEach((listener) => listener(event)) };
const worker = { url: location.origin };

/** This browser alone. */
export const localStore = createResultStore(shared);

/** The same, with the edge behind it. */
const tieredStore = edgeAnswers ? createResultStore({ ...shared, remote: remote(worker) }) : localStore;

/** The edge alone, to see what it has. */
export const edgeStore = edgeAnswers
  ? new ResultStore({ resultStorage: new HttpStorage(worker), serializer: new DevalueSerializer() })
  : undefined;

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
