import { type DatasetName, datasets, gridFor } from "./datasets.ts";
import { byId } from "./dom.ts";
import { formatCount, formatNumber, formatPlace } from "./format.ts";
import type { DensityMap } from "./kde.ts";
import { areaUnit, drawLegend, perArea } from "./legend.ts";
import { MapView } from "./map.ts";
import { prefersDark } from "./palette.ts";
import type { Settings } from "./settings.ts";

/** The map with its legend, a sentence that says what can be seen, and the value under the pointer. */
export class MapPanel {
  readonly #canvas = byId("map", HTMLCanvasElement);
  readonly #legend = byId("legend", HTMLElement);
  readonly #caption = byId("caption", HTMLElement);
  readonly #reading = byId("reading", HTMLElement);
  readonly #view = new MapView(this.#canvas);
  #shown: { map: DensityMap; dataset: DatasetName } | undefined;

  constructor() {
    prefersDark.addEventListener("change", () => this.#drawLegend());
    this.#canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#read(offsetX, offsetY));
    this.#canvas.addEventListener("pointerleave", () => this.#reading.replaceChildren());
  }

  /** Another map is to come: the one before steps back, or the land alone is drawn. */
  async expect({ dataset, resolution }: Settings): Promise<void> {
    this.#canvas.classList.toggle("stale", this.#shown !== undefined && this.#shown.dataset !== dataset);
    if (this.#shown === undefined) await this.#view.show(gridFor(datasets[dataset], resolution));
  }

  /** None is to come after all. */
  keep(): void {
    this.#canvas.classList.remove("stale");
  }

  async show(map: DensityMap, dataset: DatasetName): Promise<void> {
    this.#shown = { map, dataset };
    this.keep();
    const { unit, title } = datasets[dataset];
    const summary = `${formatCount(map.count)} ${unit}; densest near ${densestPlace(map)}, with ${this.#value(map.max)}.`;
    this.#caption.textContent = summary;
    this.#canvas.ariaLabel = `Density map: ${title}. ${summary}`;
    this.#drawLegend();
    await this.#view.show(map);
    this.#canvas.dataset["dataset"] = dataset;
  }

  #drawLegend(): void {
    if (this.#shown) drawLegend(this.#legend, this.#shown.map, datasets[this.#shown.dataset].unit);
  }

  #read(x: number, y: number): void {
    const place = this.#view.at(x, y);
    this.#reading.textContent = place
      ? `${formatPlace(place.longitude, place.latitude)}: ${this.#value(place.density)}`
      : "";
  }

  #value(density: number): string {
    if (this.#shown === undefined) return "";
    const area = areaUnit(this.#shown.map.max);
    return `${formatNumber(density * area)} per ${perArea(area)}`;
  }
}

function densestPlace({ density, max, width, height, west, east, north, south }: DensityMap): string {
  const cell = density.indexOf(max);
  const longitude = west + (((cell % width) + 0.5) / width) * (east - west);
  return formatPlace(longitude, north - ((Math.floor(cell / width) + 0.5) / height) * (north - south));
}
