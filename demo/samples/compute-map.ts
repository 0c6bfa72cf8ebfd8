import type { DatasetName } from "../density/datasets.ts";
import type { DensityMap } from "../density/kde.ts";
import { runInWorker } from "../density/run-in-worker.ts";

/** The computation that the samples of the page call. */
export function computeMap(
  dataset: DatasetName,
  bandwidth: number,
  progress: (share: number) => void = () => {},
): Promise<DensityMap> {
  return runInWorker({ dataset, bandwidth, resolution: 720 }, new AbortController().signal, progress);
}
