import { type ComputeContext, subscribe, task } from "reprise";
import { edgeAnswers } from "../edge/edge.ts";
import { formatError } from "../support/format.ts";
import type { KeptMap } from "../density/kept-map.ts";
import { createMapTasks, mapInputs } from "./map-tasks.ts";
import { runInWorker } from "../density/run-in-worker.ts";
import { keyPrefix, mapKey, type PageOptions, type Settings } from "../density/settings.ts";
import { storeFor } from "./stores.ts";

/** What a request is told on its way, beside the store's events. */
export interface MapListener {
  /** The Worker has it: this page may go. */
  onEdgeStart(): void;
  /** `computed`: whether the Worker computed it while this request waited. */
  onEdgeEnd(computed: boolean): void;
  onEdgeError(message: string): void;
}

const mapTasks = createMapTasks(task, (settings) => computeHere(settings, new AbortController().signal, () => {}));

async function computeHere(
  settings: Settings,
  signal: AbortSignal,
  progress: ComputeContext["progress"],
): Promise<KeptMap> {
  const began = performance.now();
  const map = await runInWorker(settings, signal, progress);
  return { ...map, computedBy: "browser", computedIn: performance.now() - began };
}

export interface MapAnswer {
  readonly map: KeptMap;
  readonly isStale: boolean;
  /** When it was computed. */
  readonly createdAt: Date;
  /** Milliseconds from asking to having it, without drawing it. */
  readonly duration: number;
}

/**
 * The map for these settings: from memory, from IndexedDB, from the edge, from the tab or browser that is computing it,
 * or computed, here or by the Worker.
 */
export async function densityMap(options: PageOptions, signal: AbortSignal, listener: MapListener): Promise<MapAnswer> {
  const { settings, keep, hold, space, edge, compute } = options;
  const store = storeFor(options);
  const key = mapKey(settings, space);
  const began = performance.now();
  if (edgeAnswers && edge && compute === "edge" && !(await store.exists(key)))
    await askWorker(options, signal, listener);
  const { value, isStale, createdAt } = await store.answer(
    key,
    (call) => computeHere(settings, call.signal, call.progress),
    {
      signal,
      ...(keep !== "" && { expiresIn: keep }),
      ...(hold !== undefined && { holdTimeout: hold }),
      ...(options.stale && { staleWhileRevalidate: "1d" }),
    },
  );
  return { map: value, isStale, createdAt, duration: performance.now() - began };
}

/** The data behind all maps of the space has changed. A stale map is served from then on only if the page allows it. */
export async function invalidateMaps(options: PageOptions): Promise<void> {
  await storeFor(options).invalidate(
    { prefix: keyPrefix(options.space) },
    { mode: options.stale ? "expire" : "delete" },
  );
}

/** Calls `listener` each time the maps of the space were invalidated, in whichever tab. Returns a function that ends this. */
export function onMapsInvalidated(options: PageOptions, listener: () => void): () => void {
  return subscribe(storeFor(options), { prefix: keyPrefix(options.space) }, (change) => {
    if ("target" in change && change.target !== "all") listener();
  });
}

export function isKept(options: PageOptions): Promise<boolean> {
  return storeFor(options).exists(mapKey(options.settings, options.space));
}

/** Hands the map over to the Worker, which goes on with it even where this page is closed. Where it can't, the page goes on by itself. */
async function askWorker(options: PageOptions, signal: AbortSignal, listener: MapListener): Promise<void> {
  try {
    const deferrable = mapTasks.get(options.keep)!.withOptions({ store: storeFor(options) });
    const call = await deferrable.defer([mapInputs(options)]);
    listener.onEdgeStart();
    const status = await call.status();
    await call.result({ signal });
    listener.onEdgeEnd(status?.state !== "done");
  } catch (error) {
    signal.throwIfAborted();
    listener.onEdgeError(`the Worker did not compute it, so this browser goes on by itself: ${formatError(error)}`);
  }
}
