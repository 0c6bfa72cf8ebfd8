// What can be mapped. The page and the Worker both use it, each with its own way to the files.
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
  /** The name under which the built page has it, among its assets. */
  readonly file: string;
  readonly parse: (text: string) => Points;
}

export const datasets: Readonly<Record<DatasetName, Dataset>> = {
  zipcodes: {
    title: "US ZIP codes",
    unit: "ZIP codes",
    description: "42,049 ZIP codes of the United States; the map shows the lower 48 states.",
    region: "lower-48",
    bandwidths: [20, 50, 150],
    file: "zipcodes.csv",
    parse: parseCsvPoints,
  },
  airports: {
    title: "US airports",
    unit: "airports",
    description: "3,376 airports, all but a few in the United States; the map shows the lower 48 states.",
    region: "lower-48",
    bandwidths: [20, 70, 200],
    file: "airports.csv",
    parse: parseCsvPoints,
  },
  earthquakes: {
    title: "Earthquakes of one week",
    unit: "events",
    description:
      "1,707 seismic events that the USGS recorded all over the world from 31 January to 7 February 2018; small ones are known mostly from North America.",
    region: "world",
    bandwidths: [100, 300, 1000],
    file: "earthquakes.json",
    parse: parseGeoJson,
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

function parseCsvPoints(text: string): Points {
  const rows = parseCsv(text);
  return {
    longitudes: Float64Array.from(rows, (row) => Number(row["longitude"])),
    latitudes: Float64Array.from(rows, (row) => Number(row["latitude"])),
  };
}

interface PointCollection {
  readonly features: readonly { readonly geometry: { readonly coordinates: readonly number[] } }[];
}

function parseGeoJson(text: string): Points {
  const { features } = JSON.parse(text) as PointCollection;
  return {
    longitudes: Float64Array.from(features, ({ geometry }) => geometry.coordinates[0] ?? 0),
    latitudes: Float64Array.from(features, ({ geometry }) => geometry.coordinates[1] ?? 0),
  };
}
