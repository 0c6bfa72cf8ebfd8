import { datasets, gridFor } from "./datasets.ts";
import { type DensityMap, estimateDensity } from "./kde.ts";
import type { Settings } from "./settings.ts";

/** What to compute, and the text of its data set. */
export interface WorkerTask {
  readonly settings: Settings;
  readonly text: string;
}

export type WorkerMessage =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "done"; readonly map: DensityMap };

/** One message in. Several out: how far it is, and the map. What is thrown reaches the page's `onerror`. */
globalThis.addEventListener("message", ({ data }: MessageEvent<WorkerTask>) => compute(data));

function compute({ settings: { dataset, bandwidth, resolution }, text }: WorkerTask): void {
  const { parse } = datasets[dataset];
  let told = 0;
  const map = estimateDensity(parse(text), gridFor(datasets[dataset], resolution), bandwidth, (share) => {
    if (share - told < 0.01) return;
    told = share;
    tell({ type: "progress", share });
  });
  tell({ type: "done", map }, [map.density.buffer]);
}

function tell(message: WorkerMessage, transfer: Transferable[] = []): void {
  globalThis.postMessage(message, { transfer });
}
