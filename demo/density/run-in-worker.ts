import { dataFiles } from "./data-files.ts";
// within the page's own script, so that a worker can be started without a network
// oxlint-disable-next-line import/default -- Vite gives the module one
import KdeWorker from "./kde-worker.ts?worker&inline";
import type { WorkerMessage, WorkerTask } from "./kde-worker.ts";
import type { DensityMap } from "./kde.ts";
import type { Settings } from "./settings.ts";

/** Computes in a worker of its own, so that stopping it is ending the worker, at once and in mid-loop. */
export function runInWorker(
  settings: Settings,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<DensityMap> {
  const worker = new KdeWorker({ name: "density" });
  const { promise, resolve, reject } = Promise.withResolvers<DensityMap>();
  const stop = () => reject(signal.reason);
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.type === "done") resolve(data.map);
    else onProgress(data.share);
  });
  worker.addEventListener("error", (event) => reject(new Error(event.message || "the worker could not be started")));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  else
    dataFiles
      .get(settings.dataset)
      .then((text) => worker.postMessage({ settings, text } satisfies WorkerTask))
      .catch(reject);
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    worker.terminate();
  });
}
