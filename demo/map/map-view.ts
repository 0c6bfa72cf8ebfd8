import { geoGraticule10, geoPath, type GeoPermissibleObjects, type GeoProjection } from "d3-geo";
import { densityAt, densityImage } from "./density-image.ts";
import { geographies, type Geography, isWorld, outlineOf, projectionFor } from "./geography.ts";
import type { Grid } from "../density/grid.ts";
import type { DensityMap } from "../density/kde.ts";
import { currentPalette, type Palette, prefersDark } from "./palette.ts";

/** Draws a density map with coasts and borders on a canvas, and again when its width or the colour scheme changes. */
export class MapView {
  readonly #canvas: HTMLCanvasElement;
  #wanted: DensityMap | Grid | undefined;
  #drawn: { map: DensityMap | Grid; geography: Geography } | undefined;
  #projection: GeoProjection | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    let width = 0;
    new ResizeObserver(([entry]) => {
      const now = Math.round(entry?.contentRect.width ?? 0);
      if (now === width) return;
      width = now;
      this.#redraw();
    }).observe(canvas);
    prefersDark.addEventListener("change", () => this.#redraw());
  }

  /** A grid without densities gives the land alone. Rejects where coasts and borders can't be loaded. */
  async show(map: DensityMap | Grid): Promise<void> {
    this.#wanted = map;
    const geography = await geographies.get(isWorld(map));
    // a later map may have come while this one's coasts were loading
    if (this.#wanted !== map) return;
    this.#drawn = { map, geography };
    this.#redraw();
  }

  /** The place and density under a point of the canvas. */
  at(x: number, y: number): { longitude: number; latitude: number; density: number } | undefined {
    const place = this.#projection?.invert?.([x, y]);
    const map = this.#drawn?.map;
    if (!place || !map || !("density" in map)) return undefined;
    const density = densityAt(map, place[0], place[1]);
    return density === undefined ? undefined : { longitude: place[0], latitude: place[1], density };
  }

  #redraw(): void {
    if (this.#drawn) this.#draw(this.#drawn.map, this.#drawn.geography);
  }

  #draw(map: DensityMap | Grid, { land, borders }: Geography): void {
    const canvas = this.#canvas;
    const width = canvas.clientWidth;
    const context = canvas.getContext("2d");
    if (width === 0 || context === null) return;
    const { projection, height } = projectionFor(map, width);
    const palette = currentPalette();
    const scale = Math.min(devicePixelRatio, 2);
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.style.aspectRatio = `${width} / ${height}`;
    context.scale(scale, scale);

    const path = geoPath(projection, context);
    clipTo(context, projection, outlineOf(map));
    context.fillStyle = palette.water;
    context.fillRect(0, 0, width, height);
    stroke(context, path, geoGraticule10(), palette.graticule, 1);
    context.beginPath();
    path(land);
    context.fillStyle = palette.land;
    context.fill();
    if ("density" in map) drawDensity(context, map, projection, width, height, palette);
    borders.forEach((border) => stroke(context, path, border, palette.border, 0.7));
    stroke(context, path, land, palette.coast, 0.8);
    stroke(context, path, { type: "LineString", coordinates: outlineOf(map) }, palette.border, 1.5);
    this.#projection = projection;
  }
}

function clipTo(context: CanvasRenderingContext2D, projection: GeoProjection, outline: [number, number][]): void {
  context.beginPath();
  for (const place of outline) {
    const [x, y] = projection(place) ?? [0, 0];
    context.lineTo(x, y);
  }
  context.clip();
}

function stroke(
  context: CanvasRenderingContext2D,
  path: ReturnType<typeof geoPath>,
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

function drawDensity(
  context: CanvasRenderingContext2D,
  map: DensityMap,
  projection: GeoProjection,
  width: number,
  height: number,
  palette: Palette,
): void {
  const layer = new OffscreenCanvas(width, height);
  layer.getContext("2d")?.putImageData(densityImage(map, projection, width, height, palette), 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(layer, 0, 0, width, height);
}
