import { geoConicEqualArea, geoEqualEarth, type GeoProjection } from "d3-geo";
import type { Grid } from "../density/grid.ts";

export function isWorld({ west, east }: Grid): boolean {
  return east - west >= 360;
}

/** An equal-area projection, so that equal densities look equal, in the middle of a box and as large as fits. */
export function projectionFor(grid: Grid, width: number, height: number): GeoProjection {
  const projection = isWorld(grid)
    ? geoEqualEarth()
    : geoConicEqualArea()
        .parallels([29.5, 45.5])
        .rotate([-(grid.west + grid.east) / 2, 0]);
  const box: [[number, number], [number, number]] = [
    [1, 1],
    [width - 1, height - 1],
  ];
  return projection.fitExtent(box, { type: "MultiPoint", coordinates: outlineOf(grid) });
}

/** The place that is drawn at a point of the picture. `undefined` beside the map: there `invert` gives places that are drawn elsewhere. */
export function placeAt(projection: GeoProjection, [x, y]: [number, number]): [number, number] | undefined {
  const place = projection.invert?.([x, y]);
  const [drawnX = NaN, drawnY = NaN] = (place && projection(place)) ?? [];
  return place && Math.hypot(drawnX - x, drawnY - y) < 1 ? place : undefined;
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
