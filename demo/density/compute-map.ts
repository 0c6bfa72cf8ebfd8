import { datasets, gridFor } from "./datasets.ts";
import { densityByRows } from "./kde.ts";
import type { KeptMap } from "./kept-map.ts";
import type { Settings } from "./settings.ts";

/** The built page's files, as `wrangler.toml` binds them. */
export interface Assets {
  fetch(url: URL): Promise<Pick<Response, "ok" | "status" | "text">>;
}

/** Other requests are answered after each of so many parts of the work: a Worker has one thread for all. */
const parts = 100;

/** The page's files are asked for by their path alone, at whatever address. */
const anywhere = "https://assets.local";

/** A map, computed in the Worker. `progress` is told the share of the work that is done. */
export async function computeMap(
  settings: Settings,
  assets: Assets,
  progress: (share: number) => void,
): Promise<KeptMap> {
  const { dataset, bandwidth, resolution } = settings;
  const { file, parse } = datasets[dataset];
  const began = Date.now();
  const response = await assets.fetch(new URL(`/assets/${file}`, anywhere));
  if (!response.ok) throw new Error(`${file} could not be loaded: HTTP ${response.status}`);
  const rows = densityByRows(parse(await response.text()), gridFor(datasets[dataset], resolution), bandwidth);
  let paused = 0;
  for (;;) {
    const { done, value } = rows.next();
    if (done) return { ...value, computedBy: "worker", computedIn: Date.now() - began };
    if (value - paused < 1 / parts) continue;
    paused = value;
    progress(value);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
