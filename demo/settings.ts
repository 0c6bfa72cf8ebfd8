import { formatCount } from "./format.ts";
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
}

/** Reads `?dataset=&bandwidth=&resolution=&keep=&hold=`; what is missing or can't be used is replaced. */
export function readUrl(search: string): PageOptions {
  const query = new URLSearchParams(search);
  const name = query.get("dataset") ?? "";
  const dataset = Object.hasOwn(datasets, name) ? (name as DatasetName) : "zipcodes";
  const [least, suggested, most] = datasets[dataset].bandwidths;
  const bandwidth = Math.round(Number(query.get("bandwidth") ?? Number.NaN));
  const resolution = Number(query.get("resolution"));
  const keep = query.get("keep") ?? "1d";
  const hold = Number(query.get("hold"));
  return {
    settings: {
      dataset,
      bandwidth: bandwidth >= least && bandwidth <= most ? bandwidth : suggested,
      resolution: resolutions.some((known) => known === resolution) ? resolution : 720,
    },
    keep: Object.values<string>(keepTimes).includes(keep) ? keep : "1d",
    hold: hold > 0 ? hold : undefined,
  };
}

export function writeUrl({ settings, keep, hold }: PageOptions): string {
  const query = new URLSearchParams({
    dataset: settings.dataset,
    bandwidth: String(settings.bandwidth),
    resolution: String(settings.resolution),
    keep,
  });
  if (hold !== undefined) query.set("hold", String(hold));
  return `?${query}`;
}

/** The record's key. The version goes up when the computation changes, so that old maps are not mistaken for new ones. */
export function mapKey({ dataset, bandwidth, resolution }: Settings): string {
  return `density/v1/${dataset}/${bandwidth}km/${resolution}`;
}

export function describe({ dataset, bandwidth, resolution }: Settings): string {
  return `${datasets[dataset].title}, ${bandwidth} km, ${formatCount(resolution)} columns`;
}
