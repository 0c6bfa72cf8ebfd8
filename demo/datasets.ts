import airportsUrl from "vega-data/airports.csv?url";
import earthquakesUrl from "vega-data/earthquakes.json?url";
import zipcodesUrl from "vega-data/zipcodes.csv?url";
import { parseCsv } from "./csv.ts";
import type { Grid, Points } from "./grid.ts";

export type DatasetName = "zipcodes" | "airports" | "earthquakes";

type Region = "lower-48" | "world";

export interface Dataset {
  readonly title: string;
  /** What one point is, in the plural. */
  readonly unit: string;
  readonly description: string;
  readonly region: Region;
  /** Kilometres that can be chosen: least, first shown, most. */
  readonly bandwidths: readonly [least: number, suggested: number, most: number];
  readonly load: () => Promise<Points>;
}

export const datasets: Readonly<Record<DatasetName, Dataset>> = {
  zipcodes: {
    title: "US ZIP codes",
    unit: "ZIP codes",
    description: "42,049 ZIP codes of the United States; the map shows the lower 48 states.",
    region: "lower-48",
    bandwidths: [20, 50, 150],
    load: () => loadCsv(zipcodesUrl),
  },
  airports: {
    title: "US airports",
    unit: "airports",
    description: "3,376 airports, all but a few in the United States; the map shows the lower 48 states.",
    region: "lower-48",
    bandwidths: [20, 70, 200],
    load: () => loadCsv(airportsUrl),
  },
  earthquakes: {
    title: "Earthquakes of one week",
    unit: "events",
    description:
      "1,707 seismic events that the USGS recorded all over the world from 31 January to 7 February 2018; small ones are known mostly from North America.",
    region: "world",
    bandwidths: [100, 300, 1000],
    load: () => loadGeoJson(earthquakesUrl),
  },
};

export const resolutions = [360, 720, 1440] as const;

const windows = {
  "lower-48": { west: -125.5, south: 24, east: -66, north: 50 },
  world: { west: -180, south: -90, east: 180, north: 90 },
} as const;

/** A grid over the data set's region, `width` columns wide; in its middle the cells are about square. */
export function gridFor(dataset: Dataset, width: number): Grid {
  const { west, south, east, north } = windows[dataset.region];
  const middle = ((south + north) / 2) * (Math.PI / 180);
  return {
    west,
    south,
    east,
    north,
    width,
    height: Math.round((width * (north - south)) / (east - west) / Math.cos(middle)),
  };
}

async function loadCsv(url: string): Promise<Points> {
  const rows = parseCsv(await (await load(url)).text());
  return {
    longitudes: Float64Array.from(rows, (row) => Number(row["longitude"])),
    latitudes: Float64Array.from(rows, (row) => Number(row["latitude"])),
  };
}

async function loadGeoJson(url: string): Promise<Points> {
  const { features } = (await (await load(url)).json()) as GeoJSON.FeatureCollection<GeoJSON.Point>;
  return {
    longitudes: Float64Array.from(features, ({ geometry }) => geometry.coordinates[0] ?? 0),
    latitudes: Float64Array.from(features, ({ geometry }) => geometry.coordinates[1] ?? 0),
  };
}

async function load(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
  return response;
}
