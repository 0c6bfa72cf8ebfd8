import airportsUrl from "vega-data/airports.csv?url";
import earthquakesUrl from "vega-data/earthquakes.json?url";
import zipcodesUrl from "vega-data/zipcodes.csv?url";
import { type DatasetName, datasets } from "./datasets.ts";
import type { Points } from "./grid.ts";

const urls: Readonly<Record<DatasetName, string>> = {
  zipcodes: zipcodesUrl,
  airports: airportsUrl,
  earthquakes: earthquakesUrl,
};

/** The points of a data set, in the page. */
export async function loadPoints(dataset: DatasetName): Promise<Points> {
  const url = urls[dataset];
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
  return datasets[dataset].parse(await response.text());
}
