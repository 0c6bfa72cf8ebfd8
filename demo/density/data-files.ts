import airportsUrl from "vega-data/airports.csv?url";
import earthquakesUrl from "vega-data/earthquakes.json?url";
import zipcodesUrl from "vega-data/zipcodes.csv?url";
import { type DatasetName, datasets } from "./datasets.ts";
import { formatError } from "../support/format.ts";
import { Loads } from "../support/loads.ts";

const urls: Readonly<Record<DatasetName, string>> = {
  zipcodes: zipcodesUrl,
  airports: airportsUrl,
  earthquakes: earthquakesUrl,
};

/** The texts of the data sets. They stay in the page, since browsers' own caches needn't give without a network what they have. */
export const dataFiles = new Loads<DatasetName, string>(async (dataset) => {
  try {
    const response = await fetch(urls[dataset]);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.text();
  } catch (error) {
    const { title } = datasets[dataset];
    const reason = navigator.onLine ? formatError(error) : "there is no network";
    throw new Error(`The data set “${title}” is not in this tab yet, and could not be loaded (${reason})`, {
      cause: error,
    });
  }
});
