import { datasets, gridFor } from "./datasets.ts";
import { type DensityMap, estimateDensity } from "./kde.ts";
import { loadPoints } from "./load-points.ts";
import type { Settings } from "./settings.ts";

export type WorkerMessage =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "done"; readonly map: DensityMap };

/** One message in: what to compute. Several out: how far it is, and the map. */
globalThis.addEventListener("message", ({ data }: MessageEvent<Settings>) => {
  // a rejection reaches nobody from here, an error thrown by a task of its own reaches the page's `onerror`
  compute(data).catch((error: unknown) =>
    setTimeout(() => {
      throw error;
    }),
  );
});

async function compute({ dataset, bandwidth, resolution }: Settings): Promise<void> {
  const points = await loadPoints(dataset);
  let told = 0;
  const map = estimateDensity(points, gridFor(datasets[dataset], resolution), bandwidth, (share) => {
    if (share - told < 0.01) return;
    told = share;
    tell({ type: "progress", share });
  });
  tell({ type: "done", map }, [map.density.buffer]);
}

function tell(message: WorkerMessage, transfer: Transferable[] = []): void {
  globalThis.postMessage(message, { transfer });
}
