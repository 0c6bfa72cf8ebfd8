import { geoConicEqualArea, geoEqualEarth, type GeoProjection } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import statesUrl from "vega-data/us-10m.json?url";
import worldUrl from "world-atlas/countries-110m.json?url";
import americaUrl from "world-atlas/countries-50m.json?url";
import type { Grid } from "../density/grid.ts";
import { Loads } from "../support/loads.ts";

export interface Geography {
  readonly land: GeoJSON.GeoJSON;
  readonly borders: GeoJSON.GeoJSON[];
}

type Atlas = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;
type States = Topology<{ states: GeometryCollection }>;

export function isWorld({ west, east }: Grid): boolean {
  return east - west >= 360;
}

/** Coasts and borders: of the world, or of America. */
export const geographies = new Loads<boolean, Geography>((world) => (world ? loadWorld() : loadAmerica()));

async function loadWorld(): Promise<Geography> {
  return fromAtlas(await loadJson<Atlas>(worldUrl));
}

async function loadAmerica(): Promise<Geography> {
  const [atlas, states] = await Promise.all([loadJson<Atlas>(americaUrl), loadJson<States>(statesUrl)]);
  const { land, borders } = fromAtlas(atlas);
  return { land, borders: [...borders, mesh(states, states.objects.states, (a, b) => a !== b)] };
}

function fromAtlas(atlas: Atlas): Geography {
  return {
    land: feature(atlas, atlas.objects.land),
    borders: [mesh(atlas, atlas.objects.countries, (a, b) => a !== b)],
  };
}

async function loadJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
  return (await response.json()) as T;
}

/** An equal-area projection, so that equal densities look equal, fitted to the width. Gives the height it needs. */
export function projectionFor(grid: Grid, width: number): { projection: GeoProjection; height: number } {
  const projection = isWorld(grid)
    ? geoEqualEarth()
    : geoConicEqualArea()
        .parallels([29.5, 45.5])
        .rotate([-(grid.west + grid.east) / 2, 0]);
  const points: GeoJSON.MultiPoint = { type: "MultiPoint", coordinates: outlineOf(grid) };
  projection.fitWidth(width - 2, points);
  const projected = outlineOf(grid).map((place) => projection(place)?.[1] ?? 0);
  const top = Math.min(...projected);
  const height = Math.ceil(Math.max(...projected) - top) + 2;
  const [x, y] = projection.translate();
  projection.translate([x + 1, y - top + 1]);
  return { projection, height };
}

/** The edge of a window as places, close enough together to follow bent parallels. */
export function outlineOf({ west, south, east, north }: Grid): [number, number][] {
  // a hair inside, as projections take 180° E and 180° W for one
  const inset = (east - west) * 1e-6;
  const steps = Array.from({ length: 61 }, (_, step) => step / 60);
  const along = (from: number, to: number, share: number) => from + (to - from) * share;
  const [w, e] = [west + inset, east - inset];
  return [
    ...steps.map((t): [number, number] => [along(w, e, t), north]),
    ...steps.map((t): [number, number] => [e, along(north, south, t)]),
    ...steps.map((t): [number, number] => [along(e, w, t), south]),
    ...steps.map((t): [number, number] => [w, along(south, north, t)]),
  ];
}
