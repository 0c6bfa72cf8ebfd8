import { dataFiles } from "../density/data-files.ts";
import { type DatasetName, datasets, gridFor } from "../density/datasets.ts";
import { atlasFiles } from "../map/atlas-files.ts";
import { isWorld } from "../map/projection.ts";

const names = Object.keys(datasets) as DatasetName[];

/** The data sets of which maps can't be computed and drawn without a network, since this tab has not loaded all of it yet. */
export function notLoadedYet(): DatasetName[] {
  return names.filter((name) => !dataFiles.has(name) || !atlasFiles.has(showsWorld(name)));
}

let running = false;

/** Loads what maps of any data set need, some MB, whenever the page has nothing else to do. What fails is tried again once the network is back. `onLoad`: `notLoadedYet` may tell less. */
export async function preload(onLoad: () => void): Promise<void> {
  if (running || savesData()) return;
  running = true;
  for (const name of names) {
    for (const load of [() => dataFiles.get(name), () => atlasFiles.get(showsWorld(name))]) {
      await idle();
      // one that can't be had doesn't keep the others
      await load().then(onLoad, () => {});
    }
  }
  running = false;
  if (notLoadedYet().length > 0) addEventListener("online", () => void preload(onLoad), { once: true });
}

function showsWorld(name: DatasetName): boolean {
  return isWorld(gridFor(datasets[name], 1));
}

/** Whether the visitor has asked sites to load no more than they must. Not every browser tells. */
function savesData(): boolean {
  const { connection } = navigator as { connection?: { readonly saveData?: boolean } };
  return connection?.saveData === true;
}

/** Safari has no idle callbacks. */
function idle(): Promise<unknown> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(resolve, { timeout: 5_000 });
    else setTimeout(resolve, 200);
  });
}
