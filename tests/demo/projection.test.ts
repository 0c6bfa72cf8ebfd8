import { expect, test } from "vitest";
import { datasets, gridFor } from "../../demo/density/datasets.ts";
import { placeAt, projectionFor } from "../../demo/map/projection.ts";

const world = projectionFor(gridFor(datasets.earthquakes, 360), 868, 460);

test.each([
  [0, 0],
  [-118.5, 36.5],
  [179, 89],
])("a point of the map is the place that is drawn there: %f, %f", (longitude, latitude) => {
  const [x = NaN, y = NaN] = world([longitude, latitude]) ?? [];
  const [foundLongitude, foundLatitude] = placeAt(world, [x, y]) ?? [];
  expect(foundLongitude).toBeCloseTo(longitude, 3);
  expect(foundLatitude).toBeCloseTo(latitude, 3);
});

test.each([
  [2, 2],
  [866, 2],
  [2, 458],
  [434, -20],
])("beside the map is no place: %f, %f", (x, y) => {
  expect(placeAt(world, [x, y])).toBeUndefined();
});
