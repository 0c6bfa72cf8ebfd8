// All that the page has to do with the library is in this file, `inspector.ts` and `locks-panel.ts`.
import { createResultStore, type StoreEvent } from "reprise";
import type { DensityMap } from "./kde.ts";
import { runInWorker } from "./run-in-worker.ts";
import { mapKey, type PageOptions } from "./settings.ts";

const listeners = new Set<(event: StoreEvent) => void>();

export const storeName = "reprise-demo";

export const store = createResultStore({
  name: storeName,
  onEvent: (event) => listeners.forEach((listener) => listener(event)),
});

export function onStoreEvent(listener: (event: StoreEvent) => void): void {
  listeners.add(listener);
}

/** The map for these settings: from memory, from IndexedDB, from the tab that is computing it, or computed here. */
export function densityMap(
  { settings, keep, hold }: PageOptions,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<DensityMap> {
  return store.getOrCompute(mapKey(settings), (call) => runInWorker(settings, call.signal, onProgress), {
    signal,
    ...(keep !== "" && { expiresIn: keep }),
    ...(hold !== undefined && { holdTimeout: hold }),
  });
}
