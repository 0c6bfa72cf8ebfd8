// All that the page has to do with the library is in this file, `density-maps.ts`, `records.ts` and `locks-panel.ts`.
import { createResultStore, ResultStore, type StoreEvent } from "reprise";
import { HttpStorage } from "reprise/http";
import { edgeAnswers } from "./edge.ts";

const listeners = new Set<(event: StoreEvent) => void>();

export const storeName = "reprise-demo";

const shared = { name: storeName, onEvent: (event: StoreEvent) => listeners.forEach((listener) => listener(event)) };
const remote = { url: location.origin };

/** This browser alone. */
export const localStore = createResultStore(shared);

/** The same, with the edge behind it. */
const tieredStore = edgeAnswers ? createResultStore({ ...shared, remote }) : localStore;

/** The edge alone, to see what it has. */
export const edgeStore = edgeAnswers
  ? new ResultStore({ resultStorage: new HttpStorage(remote), cacheResultInMemory: false })
  : undefined;

export function storeFor({ edge }: { readonly edge: boolean }): ResultStore {
  return edge ? tieredStore : localStore;
}

export function onStoreEvent(listener: (event: StoreEvent) => void): void {
  listeners.add(listener);
}
