import type { Grid } from "../density/grid.ts";
import type { DensityMap } from "../density/kde.ts";
import { prefersDark } from "./color-scheme.ts";
import { densityAt } from "./density-image.ts";
import { MapPainter } from "./map-painter.ts";
import { placeAt, projectionFor } from "./projection.ts";

/** Shows a density map with coasts and borders on a canvas, and draws it again when its size or the colour scheme changes. */
export class MapView {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter = new MapPainter();
  #wanted: DensityMap | Grid | undefined;
  #drawn: DensityMap | Grid | undefined;
  #latest: Promise<void> | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    const measure = () => `${canvas.clientWidth} ${canvas.clientHeight}`;
    let size = measure();
    new ResizeObserver(() => {
      const now = measure();
      if (now === size) return;
      size = now;
      this.#redraw();
    }).observe(canvas);
    prefersDark.addEventListener("change", () => this.#redraw());
  }

  /** A grid without densities gives the land alone. Rejects where coasts and borders can't be loaded. */
  show(map: DensityMap | Grid): Promise<void> {
    this.#wanted = map;
    return this.#paint(map);
  }

  /** The place and density under a point of the canvas. */
  at(x: number, y: number): { longitude: number; latitude: number; density: number } | undefined {
    const map = this.#drawn;
    if (map === undefined || !("density" in map)) return undefined;
    const { clientWidth, clientHeight } = this.#canvas;
    const place = placeAt(projectionFor(map, clientWidth, clientHeight), [x, y]);
    if (!place) return undefined;
    const [longitude, latitude] = place;
    const density = densityAt(map, longitude, latitude);
    return density === undefined ? undefined : { longitude, latitude, density };
  }

  #redraw(): void {
    // whoever asked for the map has told that it can't be drawn
    if (this.#wanted) this.#paint(this.#wanted).catch(() => {});
  }

  /** Resolves once the latest of all pictures is there. */
  #paint(map: DensityMap | Grid): Promise<void> {
    const painting = this.#paintOne(map, () => painting === this.#latest);
    this.#latest = painting;
    return painting;
  }

  async #paintOne(map: DensityMap | Grid, isLatest: () => boolean): Promise<void> {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) return;
    const scale = Math.min(devicePixelRatio, 2);
    const scheme = prefersDark.matches ? "dark" : "light";
    const bitmap = await this.#painter.paint({ map, width, height, scale, scheme });
    if (isLatest()) {
      this.#canvas.width = bitmap.width;
      this.#canvas.height = bitmap.height;
      this.#canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
      this.#canvas.dataset["painted"] = scheme;
      this.#drawn = map;
    }
    bitmap.close();
    if (!isLatest()) await this.#latest;
  }
}
