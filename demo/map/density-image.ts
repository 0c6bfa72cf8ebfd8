import type { GeoProjection } from "d3-geo";
import type { DensityMap } from "../density/kde.ts";
import { intensity, type Palette, rampBytes } from "./palette.ts";
import { placeAt } from "./projection.ts";

/** The density between the middles of the four nearest cells; `undefined` outside of the window. */
export function densityAt(map: DensityMap, longitude: number, latitude: number): number | undefined {
  const { west, east, south, north, width, height, density } = map;
  if (!(longitude >= west && longitude <= east && latitude >= south && latitude <= north)) return undefined;
  const x = clamp(((longitude - west) / (east - west)) * width - 0.5, width - 1);
  const y = clamp(((north - latitude) / (north - south)) * height - 0.5, height - 1);
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [right, below] = [Math.min(column + 1, width - 1), Math.min(row + 1, height - 1)];
  const at = (c: number, r: number) => density[r * width + c] ?? 0;
  const upper = at(column, row) + (at(right, row) - at(column, row)) * (x - column);
  const lower = at(column, below) + (at(right, below) - at(column, below)) * (x - column);
  return upper + (lower - upper) * (y - row);
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}

/** The densities as a picture in the projection's own pixels; clear where there is nothing. */
export function densityImage(
  map: DensityMap,
  projection: GeoProjection,
  width: number,
  height: number,
  palette: Palette,
): ImageData {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = new Uint32Array(rampBytes(palette).buffer);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = placeAt(projection, [x + 0.5, y + 0.5]);
      const density = place && densityAt(map, place[0], place[1]);
      if (density) pixels[y * width + x] = colors[Math.round(intensity(density, map.max) * 255)] ?? 0;
    }
  }
  return image;
}
