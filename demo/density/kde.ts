import { type Columns, columnsOf, type Grid, type Points, rowsOf, sortByLatitude, type SortedPoints } from "./grid.ts";

export interface DensityMap extends Grid {
  /** Points for each square kilometre, row by row. */
  readonly density: Float32Array;
  /** The largest value in `density`. */
  readonly max: number;
  /** Points that reach into the window. */
  readonly count: number;
  /** How often the kernel was evaluated. */
  readonly evaluations: number;
}

/** The mean radius in kilometres. */
export const earthRadius = 6371.0088;

/** Beyond this many bandwidths the kernel is below 2^-24 of its peak: less than a Float32 can add to it. */
const reachInBandwidths = Math.sqrt(2 * 24 * Math.LN2);

/**
 * Kernel density estimate on the sphere. The kernel is von Mises and Fisher's, the sphere's own Gaussian: it
 * depends on the great-circle distance alone, so neither poles nor the antimeridian are special, and its
 * integral over the sphere is exactly one. `bandwidth` is its standard deviation in kilometres along each axis.
 *
 * `onProgress` is told the share of the work that is done, from 0 to 1, after each row.
 */
export function estimateDensity(
  points: Points,
  grid: Grid,
  bandwidth: number,
  onProgress?: (share: number) => void,
): DensityMap {
  const rows = densityByRows(points, grid, bandwidth);
  for (;;) {
    const { done, value } = rows.next();
    if (done) return value;
    onProgress?.(value);
  }
}

/** The same row by row, for whoever has other things to do in between: yields the share of the work that is done. */
export function* densityByRows(points: Points, grid: Grid, bandwidth: number): Generator<number, DensityMap> {
  const kernel = kernelOf(bandwidth);
  const sorted = sortByLatitude(points);
  const columns = columnsOf(grid);
  const rows = rowsOf(grid, sorted.latitude, kernel.reach);
  const work = rows.reduce((sum, { start, end }) => sum + end - start, 0);

  const density = new Float32Array(grid.width * grid.height);
  const sums = new Float64Array(grid.width);
  const seen = new Uint8Array(sorted.latitude.length);
  let evaluations = 0;
  let done = 0;
  for (const [index, { latitude, start, end }] of rows.entries()) {
    sums.fill(0);
    for (let point = start; point < end; point++) {
      const touched = addKernel(sums, columns, latitude, sorted, point, kernel);
      if (touched > 0) seen[point] = 1;
      evaluations += touched;
    }
    density.set(
      sums.map((sum) => sum * kernel.peak),
      index * grid.width,
    );
    done += end - start;
    yield work === 0 ? 1 : done / work;
  }

  const max = density.reduce((largest, value) => Math.max(largest, value), 0);
  const count = seen.reduce((sum, one) => sum + one, 0);
  return { ...grid, density, max, count, evaluations };
}

interface Kernel {
  /** The concentration: the larger, the narrower. */
  readonly kappa: number;
  /** The value at no distance, for each square kilometre. */
  readonly peak: number;
  /** In radians: how far it is followed. */
  readonly reach: number;
}

function kernelOf(bandwidth: number): Kernel {
  const kappa = (earthRadius / bandwidth) ** 2;
  return {
    kappa,
    peak: kappa / (2 * Math.PI * (1 - Math.exp(-2 * kappa)) * earthRadius ** 2),
    reach: Math.min(Math.PI, (reachInBandwidths * bandwidth) / earthRadius),
  };
}

/** Adds one point's kernel, with a peak of one, to a row. Gives the number of cells that it touched. */
function addKernel(
  sums: Float64Array,
  { first, step, wraps, cosine, sine }: Columns,
  latitude: number,
  points: SortedPoints,
  point: number,
  { kappa, reach }: Kernel,
): number {
  const pointLatitude = points.latitude[point] ?? 0;
  const pointLongitude = points.longitude[point] ?? 0;
  const sines = Math.sin(latitude) * Math.sin(pointLatitude);
  const cosines = Math.cos(latitude) * Math.cos(pointLatitude);
  const half = halfWidth(sines, cosines, reach) / step;

  // the cosine of the distance is sines + cosines * cos(difference of longitudes): here as a + b cos + c sin
  const a = kappa * (sines - 1);
  const b = kappa * cosines * Math.cos(pointLongitude);
  const c = kappa * cosines * Math.sin(pointLongitude);
  let touched = 0;
  for (let turn = wraps ? -1 : 0; turn <= (wraps ? 1 : 0); turn++) {
    const centre = (pointLongitude + turn * 2 * Math.PI - first) / step;
    const from = Math.max(0, Math.ceil(centre - half));
    // exclusive, so that a cap all round the pole doesn't meet itself in one column
    const to = Math.min(sums.length, Math.ceil(centre + half));
    for (let column = from; column < to; column++) {
      const exponent = a + b * (cosine[column] ?? 0) + c * (sine[column] ?? 0);
      sums[column] = (sums[column] ?? 0) + Math.exp(exponent);
    }
    touched += Math.max(0, to - from);
  }
  return touched;
}

/** Half the width, in radians of longitude, of what a cap of radius `reach` covers of a row. */
function halfWidth(sines: number, cosines: number, reach: number): number {
  const cosine = (Math.cos(reach) - sines) / cosines;
  if (cosine >= 1) return 0;
  return cosine <= -1 ? Math.PI : Math.acos(cosine);
}
