/** Places on the sphere, in degrees; both arrays are of one length. */
export interface Points {
  readonly longitudes: Float64Array;
  readonly latitudes: Float64Array;
}

/** A window of the sphere in degrees, cut into `width` x `height` cells; row 0 is the northernmost. */
export interface Grid {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly width: number;
  readonly height: number;
}

const radians = Math.PI / 180;

/** In radians, in the order of the latitudes. */
export interface SortedPoints {
  readonly latitude: Float64Array;
  readonly longitude: Float64Array;
}

/** Points in the order that rows look for them. */
export function sortByLatitude({ longitudes, latitudes }: Points): SortedPoints {
  const order = Uint32Array.from(latitudes.keys()).sort((a, b) => (latitudes[a] ?? 0) - (latitudes[b] ?? 0));
  return {
    latitude: Float64Array.from(order, (i) => (latitudes[i] ?? 0) * radians),
    longitude: Float64Array.from(order, (i) => (longitudes[i] ?? 0) * radians),
  };
}

/** The middles of the columns, in radians. */
export interface Columns {
  readonly first: number;
  readonly step: number;
  /** Whether the last column lies beside the first. */
  readonly wraps: boolean;
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

export function columnsOf({ west, east, width }: Grid): Columns {
  const step = ((east - west) / width) * radians;
  const first = west * radians + step / 2;
  const longitudes = Float64Array.from({ length: width }, (_, column) => first + column * step);
  return { first, step, wraps: east - west >= 360, cosine: longitudes.map(Math.cos), sine: longitudes.map(Math.sin) };
}

export interface Row {
  readonly latitude: number;
  /** The points whose latitude is within reach: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
}

export function rowsOf({ north, south, height }: Grid, latitudes: Float64Array, reach: number): Row[] {
  const step = ((north - south) / height) * radians;
  return Array.from({ length: height }, (_, index) => {
    const latitude = north * radians - (index + 0.5) * step;
    return {
      latitude,
      start: firstAtLeast(latitudes, latitude - reach),
      end: firstAtLeast(latitudes, latitude + reach),
    };
  });
}

function firstAtLeast(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
