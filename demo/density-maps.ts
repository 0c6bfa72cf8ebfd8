import { computeAtEdge, edgeAnswers } from "./edge.ts";
import { formatError } from "./format.ts";
import type { KeptMap } from "./kept-map.ts";
import { runInWorker } from "./run-in-worker.ts";
import { mapKey, type PageOptions } from "./settings.ts";
import { storeFor } from "./stores.ts";

/** What a request is told on its way, beside the store's events. */
export interface MapListener {
  onProgress(share: number): void;
  onEdgeStart(): void;
  /** `computed`: whether the Worker computed it for this very request. */
  onEdgeEnd(computed: boolean): void;
  onEdgeError(message: string): void;
}

/**
 * The map for these settings: from memory, from IndexedDB, from the edge, from the tab or browser that is computing it,
 * or computed, here or by the Worker.
 */
export async function densityMap(options: PageOptions, signal: AbortSignal, listener: MapListener): Promise<KeptMap> {
  const { settings, keep, hold, space, edge, compute } = options;
  const store = storeFor(options);
  const key = mapKey(settings, space);
  if (edgeAnswers && edge && compute === "edge" && !(await store.exists(key)))
    await askWorker(options, signal, listener);
  const computeHere = async (call: { readonly signal: AbortSignal }): Promise<KeptMap> => ({
    ...(await runInWorker(settings, call.signal, listener.onProgress)),
    computedBy: "browser",
  });
  return store.getOrCompute(key, computeHere, {
    signal,
    ...(keep !== "" && { expiresIn: keep }),
    ...(hold !== undefined && { holdTimeout: hold }),
  });
}

/** Where the Worker can't do it, the page goes on by itself. */
async function askWorker(options: PageOptions, signal: AbortSignal, listener: MapListener): Promise<void> {
  listener.onEdgeStart();
  try {
    listener.onEdgeEnd(await computeAtEdge(options, signal));
  } catch (error) {
    signal.throwIfAborted();
    listener.onEdgeError(`the Worker did not compute it, so this browser goes on by itself: ${formatError(error)}`);
  }
}
