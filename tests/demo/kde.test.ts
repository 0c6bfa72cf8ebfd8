import { describe, expect, test } from "vitest";
import type { Grid, Points } from "../../demo/density/grid.ts";
import { type DensityMap, earthRadius, estimateDensity } from "../../demo/density/kde.ts";

const globe: Grid = { west: -180, south: -90, east: 180, north: 90, width: 360, height: 180 };

function points(...places: [longitude: number, latitude: number][]): Points {
  return {
    longitudes: Float64Array.from(places, ([longitude]) => longitude),
    latitudes: Float64Array.from(places, ([, latitude]) => latitude),
  };
}

/** The sum of density times area over all cells. */
function integral({ density, width, height, west, east, north, south }: DensityMap): number {
  const radians = Math.PI / 180;
  const step = (north - south) / height;
  const sector = ((east - west) / width) * radians * earthRadius ** 2;
  return density.reduce((sum, value, cell) => {
    const top = north - Math.floor(cell / width) * step;
    return sum + value * sector * (Math.sin(top * radians) - Math.sin((top - step) * radians));
  }, 0);
}

function columnsOfRow({ density, width }: DensityMap, row: number): number[] {
  return [...density.subarray(row * width, (row + 1) * width)];
}

/** The definition, cell by cell and point by point, with distances by the haversine formula. */
function byDefinition({ longitudes, latitudes }: Points, grid: Grid, bandwidth: number): number[] {
  const radians = Math.PI / 180;
  const kappa = (earthRadius / bandwidth) ** 2;
  const peak = kappa / (2 * Math.PI * (1 - Math.exp(-2 * kappa)) * earthRadius ** 2);
  return Array.from({ length: grid.width * grid.height }, (_, cell) => {
    const longitude = grid.west + (((cell % grid.width) + 0.5) / grid.width) * (grid.east - grid.west);
    const latitude = grid.north - ((Math.floor(cell / grid.width) + 0.5) / grid.height) * (grid.north - grid.south);
    let sum = 0;
    longitudes.forEach((pointLongitude, i) => {
      const pointLatitude = latitudes[i] ?? 0;
      const haversine =
        Math.sin(((latitude - pointLatitude) * radians) / 2) ** 2 +
        Math.cos(latitude * radians) *
          Math.cos(pointLatitude * radians) *
          Math.sin(((longitude - pointLongitude) * radians) / 2) ** 2;
      sum += peak * Math.exp(-2 * kappa * haversine);
    });
    return sum;
  });
}

describe("the density estimate", () => {
  test.each([
    ["in the open", [12.3, 45.6]],
    ["on the antimeridian", [180, -17]],
    ["beside a pole", [40, 89.4]],
    ["on a pole", [-179.5, -90]],
  ] as const)("of one point %s integrates to one", (_, [longitude, latitude]) => {
    const map = estimateDensity(points([longitude, latitude]), globe, 400);
    expect(integral(map)).toBeCloseTo(1, 2);
    expect(map.count).toBe(1);
  });

  test("agrees with its definition, over the antimeridian and both poles", () => {
    const places = points([179.6, 3], [-179.2, 4], [10, 88], [-100, -89.9], [0.5, 89.5], [33, 33], [33, 33]);
    const grid = { ...globe, width: 72, height: 36 };
    const expected = byDefinition(places, grid, 700);
    const { density, max } = estimateDensity(places, grid, 700);
    const largest = Math.max(...expected);
    expect(max).toBe(Math.max(...density));
    density.forEach((value, cell) => expect(Math.abs(value - (expected[cell] ?? 0))).toBeLessThan(largest * 1e-6));
  });

  test("is the same all around a point at the pole", () => {
    const map = estimateDensity(points([77, 90]), globe, 300);
    const [first = 0, ...others] = columnsOfRow(map, 0);
    expect(first).toBeGreaterThan(0);
    for (const other of others) expect(other / first).toBeCloseTo(1, 5);
  });

  test("is the same on both sides of the antimeridian", () => {
    const row = columnsOfRow(estimateDensity(points([180, 0.5]), globe, 300), 89);
    expect(row[0]).toBeGreaterThan(0);
    row.forEach((value, column) => expect(value).toBeCloseTo(row.at(-1 - column) ?? 0, 12));
  });

  test("has the same peak at the equator and far north, where a degree of longitude is short", () => {
    const peakAt = (latitude: number) =>
      estimateDensity(
        points([0.5, latitude]),
        { west: 0, east: 1, south: latitude - 0.5, north: latitude + 0.5, width: 1, height: 1 },
        50,
      ).max;
    expect(peakAt(70) / peakAt(0)).toBeCloseTo(1, 6);
  });

  test("counts what reaches into the window, and nothing else", () => {
    const window: Grid = { west: 0, south: 40, east: 10, north: 50, width: 20, height: 20 };
    const { count, density } = estimateDensity(points([5, 45], [10.5, 45], [60, 45], [5, -45]), window, 50);
    expect(count).toBe(2);
    expect(density).toHaveLength(400);
  });

  test("of no points is zero everywhere", () => {
    const progress: number[] = [];
    const { density, max, evaluations } = estimateDensity(points(), { ...globe, height: 3 }, 100, (share) =>
      progress.push(share),
    );
    expect(density.every((value) => value === 0)).toBe(true);
    expect([max, evaluations]).toEqual([0, 0]);
    expect(progress).toEqual([1, 1, 1]);
  });

  test("tells its progress row by row, by the work that is done", () => {
    const progress: number[] = [];
    estimateDensity(points([0, 80], [0, 81], [0, -30]), globe, 200, (share) => progress.push(share));
    expect(progress).toHaveLength(180);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    // two of the three points lie in the north
    expect(progress[90]).toBeGreaterThan(0.6);
  });
});
