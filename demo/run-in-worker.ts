import type { WorkerMessage } from "./kde-worker.ts";
import type { DensityMap } from "./kde.ts";
import type { Settings } from "./settings.ts";

/** Computes in a worker of its own, so that stopping it is ending the worker, at once and in mid-loop. */
export function runInWorker(
  settings: Settings,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<DensityMap> {
  const worker = new Worker(new URL("./kde-worker.ts", import.meta.url), { type: "module", name: "density" });
  const { promise, resolve, reject } = Promise.withResolvers<DensityMap>();
  const stop = () => reject(signal.reason);
  worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.type === "done") resolve(data.map);
    else onProgress(data.share);
  });
  worker.addEventListener("error", (event) => reject(new Error(event.message || "The worker could not be started")));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  else worker.postMessage(settings);
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    worker.terminate();
  });
}
