import { geoGraticule10, geoPath, type GeoPermissibleObjects, type GeoProjection } from "d3-geo";
import type { Grid } from "../density/grid.ts";
import type { DensityMap } from "../density/kde.ts";
import { densityImage } from "./density-image.ts";
import type { Geography } from "./geography.ts";
import { palettes } from "./palette.ts";
import { outlineOf, projectionFor } from "./projection.ts";

/** What is to be drawn, and how large. */
export interface Picture {
  /** A grid without densities gives the land alone. */
  readonly map: DensityMap | Grid;
  /** CSS pixels. */
  readonly width: number;
  /** CSS pixels. */
  readonly height: number;
  /** Pixels of the picture for each CSS pixel. */
  readonly scale: number;
  readonly scheme: keyof typeof palettes;
}

/** What lies below the densities and what lies above them. Both stay the same for every map of a region. */
export interface BaseMap {
  readonly below: OffscreenCanvas;
  readonly above: OffscreenCanvas;
}

export function paintBaseMap(picture: Picture, { land, borders }: Geography): BaseMap {
  const palette = palettes[picture.scheme];
  const below = canvasFor(picture, (context, path) => {
    context.fillStyle = palette.water;
    context.fillRect(0, 0, picture.width, picture.height);
    stroke(context, path, geoGraticule10(), palette.graticule, 1);
    context.beginPath();
    path(land);
    context.fillStyle = palette.land;
    context.fill();
  });
  const above = canvasFor(picture, (context, path) => {
    borders.forEach((border) => stroke(context, path, border, palette.border, 0.7));
    stroke(context, path, land, palette.coast, 0.8);
    stroke(context, path, { type: "LineString", coordinates: outlineOf(picture.map) }, palette.border, 1.5);
  });
  return { below, above };
}

export function paintMap(picture: Picture, { below, above }: BaseMap): ImageBitmap {
  const { map, width, height, scheme } = picture;
  const canvas = new OffscreenCanvas(below.width, below.height);
  const context = contextOf(canvas);
  context.drawImage(below, 0, 0);
  if ("density" in map) {
    const layer = new OffscreenCanvas(width, height);
    const image = densityImage(map, projectionFor(map, width, height), width, height, palettes[scheme]);
    contextOf(layer).putImageData(image, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(layer, 0, 0, canvas.width, canvas.height);
  }
  context.drawImage(above, 0, 0);
  return canvas.transferToImageBitmap();
}

type Path = ReturnType<typeof geoPath>;

/** A canvas on which `draw` drew, within the outline of the map's window. */
function canvasFor(
  { map, width, height, scale }: Picture,
  draw: (context: OffscreenCanvasRenderingContext2D, path: Path) => void,
): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width * scale, height * scale);
  const context = contextOf(canvas);
  const projection = projectionFor(map, width, height);
  context.scale(scale, scale);
  clipTo(context, projection, outlineOf(map));
  draw(context, geoPath(projection, context));
  return canvas;
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw on");
  return context;
}

function clipTo(
  context: OffscreenCanvasRenderingContext2D,
  projection: GeoProjection,
  outline: [number, number][],
): void {
  context.beginPath();
  for (const place of outline) {
    const [x, y] = projection(place) ?? [0, 0];
    context.lineTo(x, y);
  }
  context.clip();
}

function stroke(
  context: OffscreenCanvasRenderingContext2D,
  path: Path,
  what: GeoPermissibleObjects,
  color: string,
  width: number,
): void {
  context.beginPath();
  path(what);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}
