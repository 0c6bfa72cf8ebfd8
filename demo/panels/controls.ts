import { byId, element } from "../support/dom.ts";
import { type DatasetName, datasets, resolutions } from "../density/datasets.ts";
import { edgeAnswers } from "../edge/edge.ts";
import { keepTimes, type PageOptions } from "../density/settings.ts";

/** The form: what it says is what the next request asks for. */
export class Controls {
  readonly #dataset = byId("dataset", HTMLSelectElement);
  readonly #bandwidth = byId("bandwidth", HTMLInputElement);
  readonly #kilometres = byId("kilometres", HTMLOutputElement);
  readonly #resolution = byId("resolution", HTMLSelectElement);
  readonly #keep = byId("keep", HTMLSelectElement);
  readonly #about = byId("about-dataset", HTMLElement);
  readonly #edge = byId("edge", HTMLInputElement);
  readonly #computeAt = byId("compute-at", HTMLSelectElement);
  readonly #stale = byId("stale", HTMLInputElement);
  #hold: number | undefined;
  #space = "";

  /** `onEdge`: the edge was switched on or off. */
  constructor(onSubmit: () => void, onEdge: () => void) {
    const dataset = Object.entries(datasets).map(([value, { title }]) => option(value, title));
    const names = ["coarse", "medium", "fine"];
    this.#dataset.append(...dataset);
    this.#resolution.append(...resolutions.map((columns, i) => option(String(columns), `${names[i]} (${columns})`)));
    this.#keep.append(...Object.entries(keepTimes).map(([label, value]) => option(value, label)));
    this.#dataset.addEventListener("change", () => this.#showDataset(undefined));
    this.#bandwidth.addEventListener("input", () => this.#showBandwidth());
    byId("edge-controls", HTMLElement).hidden = !edgeAnswers;
    this.#edge.addEventListener("change", () => {
      this.#computeAt.disabled = !this.#edge.checked;
      onEdge();
    });
    byId("controls", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      onSubmit();
    });
  }

  get options(): PageOptions {
    return {
      settings: {
        dataset: this.#dataset.value as DatasetName,
        bandwidth: this.#bandwidth.valueAsNumber,
        resolution: Number(this.#resolution.value),
      },
      keep: this.#keep.value,
      hold: this.#hold,
      space: this.#space,
      edge: this.#edge.checked,
      compute: this.#computeAt.value === "edge" ? "edge" : "here",
      stale: this.#stale.checked,
    };
  }

  show({ settings, keep, hold, space, edge, compute, stale }: PageOptions): void {
    this.#dataset.value = settings.dataset;
    this.#resolution.value = String(settings.resolution);
    this.#keep.value = keep;
    this.#hold = hold;
    this.#space = space;
    this.#edge.checked = edge;
    this.#computeAt.value = compute;
    this.#computeAt.disabled = !edge;
    this.#stale.checked = stale;
    this.#showDataset(settings.bandwidth);
  }

  /** Each data set has bandwidths of its own: a country's would be lost on the globe. */
  #showDataset(bandwidth: number | undefined): void {
    const { bandwidths, description } = datasets[this.#dataset.value as DatasetName];
    const [least, suggested, most] = bandwidths;
    Object.assign(this.#bandwidth, { min: String(least), max: String(most), step: most > 500 ? "25" : "5" });
    this.#bandwidth.valueAsNumber = bandwidth ?? suggested;
    this.#about.textContent = description;
    this.#showBandwidth();
  }

  #showBandwidth(): void {
    this.#kilometres.textContent = `${this.#bandwidth.value} km`;
  }
}

function option(value: string, label: string): HTMLOptionElement {
  return element("option", { value }, label);
}
