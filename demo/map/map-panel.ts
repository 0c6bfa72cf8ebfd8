import { datasets, gridFor } from "../density/datasets.ts";
import { byId } from "../support/dom.ts";
import { formatCount, formatNumber, formatPlace } from "../support/format.ts";
import type { DensityMap } from "../density/kde.ts";
import { areaUnit, drawLegend, perArea } from "./legend.ts";
import { prefersDark } from "./color-scheme.ts";
import { MapView } from "./map-view.ts";
import { describe, type Settings } from "../density/settings.ts";

/** The map with its legend, a sentence that says what can be seen, and the value under the pointer. */
export class MapPanel {
  readonly #canvas = byId("map", HTMLCanvasElement);
  readonly #legend = byId("legend", HTMLElement);
  readonly #caption = byId("caption", HTMLElement);
  readonly #reading = byId("reading", HTMLElement);
  readonly #view = new MapView(this.#canvas);
  #shown: { map: DensityMap; settings: Settings } | undefined;
  /** What the picture is of; absent while it is of nothing but land. */
  #drawn: Settings | undefined;
  #isFailed = false;

  constructor() {
    prefersDark.addEventListener("change", () => this.#drawLegend());
    this.#canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.#read(offsetX, offsetY));
    this.#canvas.addEventListener("pointerleave", () => this.#reading.replaceChildren());
  }

  /** Another map is to come: the one before steps back, or the land alone is drawn. */
  async expect({ dataset, resolution }: Settings): Promise<void> {
    const isOther = this.#shown !== undefined && (this.#isFailed || this.#shown.settings.dataset !== dataset);
    this.#canvas.classList.toggle("stale", isOther);
    const question = `Where do ${datasets[dataset].unit} lie densest? The map is not computed yet.`;
    if (this.#isFailed || this.#shown === undefined) this.#say(question, "No map yet");
    this.#setFailed(false);
    if (this.#shown === undefined) await this.#view.show(gridFor(datasets[dataset], resolution));
  }

  /** None came: what is still drawn is no answer, and is made to look and sound like that. */
  fail(settings: Settings, isStopped: boolean): void {
    this.#canvas.classList.remove("stale");
    const reason = isStopped ? "you stopped it" : "the computation failed";
    this.#sayFailed(`No map of ${describe(settings)}: ${reason}.`);
  }

  /** Rejects where the coasts can't be loaded. */
  async show(map: DensityMap, settings: Settings): Promise<void> {
    const shown = { map, settings };
    this.#shown = shown;
    this.#canvas.classList.remove("stale");
    this.#setFailed(false);
    const { unit } = datasets[settings.dataset];
    const densest = `They lie densest near ${densestPlace(map)}, with ${this.#value(map.max)}.`;
    const summary = `${describe(settings)}. The map shows ${formatCount(map.count)} ${unit}. ${densest}`;
    this.#say(summary, `Density map: ${summary}`);
    this.#drawLegend();
    try {
      await this.#view.show(map);
      this.#drawn = settings;
      this.#canvas.dataset["dataset"] = settings.dataset;
    } catch (error) {
      // a later one is not to blame
      if (this.#shown === shown)
        this.#sayFailed(`The map of ${describe(settings)} is there, but the page can’t draw it.`);
      throw error;
    }
  }

  #sayFailed(what: string): void {
    this.#setFailed(true);
    const text = this.#drawn ? `${what} The faded picture is the map before: ${describe(this.#drawn)}.` : what;
    this.#say(text, text);
  }

  #setFailed(isFailed: boolean): void {
    this.#isFailed = isFailed;
    this.#canvas.classList.toggle("failed", isFailed);
    this.#legend.hidden = isFailed;
    if (isFailed) this.#reading.replaceChildren();
  }

  #say(caption: string, label: string): void {
    this.#caption.textContent = caption;
    this.#canvas.ariaLabel = label;
  }

  #drawLegend(): void {
    if (this.#shown) drawLegend(this.#legend, this.#shown.map, datasets[this.#shown.settings.dataset].unit);
  }

  #read(x: number, y: number): void {
    if (this.#isFailed) return;
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
