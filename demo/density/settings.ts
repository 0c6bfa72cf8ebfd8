import { formatCount } from "../support/format.ts";
import { type DatasetName, datasets, resolutions } from "./datasets.ts";

/** What a map is computed from. */
export interface Settings {
  readonly dataset: DatasetName;
  /** Kilometres. */
  readonly bandwidth: number;
  /** Columns of the grid. */
  readonly resolution: number;
}

/** How long a record is kept; `""` stands for ever. */
export const keepTimes = { "1 minute": "1m", "1 hour": "1h", "1 day": "1d", ever: "" } as const;

export interface PageOptions {
  readonly settings: Settings;
  readonly keep: string;
  /** Milliseconds of the lock's lease; absent: the library's own. */
  readonly hold?: number | undefined;
  /** What the keys begin with, so that maps of one space are kept apart from those of another; `""` at first. */
  readonly space: string;
  /** Whether the edge is used, where there is one. */
  readonly edge: boolean;
  /** Who computes what nobody has computed yet. */
  readonly compute: "here" | "edge";
  /** Whether an outdated map is shown until the new one is ready. */
  readonly stale: boolean;
}

const spaces = /^[a-z0-9-]{1,40}$/;

/** Reads `?dataset=&bandwidth=&resolution=&keep=&hold=&space=&edge=&compute=&stale=`; what is missing or can't be used is replaced. */
export function readUrl(search: string): PageOptions {
  const query = new URLSearchParams(search);
  const name = query.get("dataset") ?? "";
  const dataset = Object.hasOwn(datasets, name) ? (name as DatasetName) : "zipcodes";
  const [least, suggested, most] = datasets[dataset].bandwidths;
  const bandwidth = Math.round(Number(query.get("bandwidth") ?? Number.NaN));
  const resolution = Number(query.get("resolution"));
  const keep = query.get("keep") ?? "1d";
  const hold = Number(query.get("hold"));
  const space = query.get("space") ?? "";
  return {
    settings: {
      dataset,
      bandwidth: bandwidth >= least && bandwidth <= most ? bandwidth : suggested,
      resolution: resolutions.some((known) => known === resolution) ? resolution : 720,
    },
    keep: Object.values<string>(keepTimes).includes(keep) ? keep : "1d",
    hold: hold > 0 ? hold : undefined,
    space: spaces.test(space) ? space : "",
    edge: query.get("edge") !== "off",
    compute: query.get("compute") === "edge" ? "edge" : "here",
    stale: query.get("stale") === "on",
  };
}

/** Whether the address says which map to show. */
export function namesMap(search: string): boolean {
  return new URLSearchParams(search).has("dataset");
}

export function writeUrl(options: PageOptions): string {
  const { settings, keep, space } = options;
  const { dataset, bandwidth, resolution } = settings;
  const query = new URLSearchParams({ dataset, bandwidth: String(bandwidth), resolution: String(resolution), keep });
  if (space !== "") query.set("space", space);
  if (options.hold !== undefined) query.set("hold", String(options.hold));
  if (!options.edge) query.set("edge", "off");
  if (options.compute === "edge") query.set("compute", "edge");
  if (options.stale) query.set("stale", "on");
  return `?${query}`;
}

/** What all keys of a space begin with. */
export function keyPrefix(space: string): string {
  return space === "" ? "density/" : `${space}/density/`;
}

/** The record's key. The version goes up when the computation changes, so that old maps are not mistaken for new ones. */
export function mapKey({ dataset, bandwidth, resolution }: Settings, space: string): string {
  return `${keyPrefix(space)}v1/${dataset}/${bandwidth}km/${resolution}`;
}

/** The same for the Worker, which has the settings as parameters of a task. */
export const mapKeyTemplate =
  "{parameters.prefix}v1/{parameters.dataset}/{parameters.bandwidth}km/{parameters.resolution}";

export function describe({ dataset, bandwidth, resolution }: Settings): string {
  return `${datasets[dataset].title}, ${bandwidth} km, ${formatCount(resolution)} columns`;
}
