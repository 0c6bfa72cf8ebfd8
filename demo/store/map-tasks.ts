// Maps that are computed elsewhere: the page hands them over, the Worker computes them. Both make the tasks here.
import type { Task, TaskFactory } from "../../src/index.ts";
import { InvalidArgumentError } from "../../src/errors/index.ts";
import { datasets, resolutions } from "../density/datasets.ts";
import type { KeptMap } from "../density/kept-map.ts";
import { keepTimes, keyPrefix, mapKeyTemplate, type PageOptions, type Settings } from "../density/settings.ts";

/** What a map is computed from, and where it is kept. */
export interface MapInputs extends Settings {
  readonly prefix: string;
}

export type MapTask = Task<[MapInputs], KeptMap>;

export function mapInputs({ settings, space }: Pick<PageOptions, "settings" | "space">): MapInputs {
  return { ...settings, prefix: keyPrefix(space) };
}

/** One task for each time that a map may be kept, by that time: how long its results last is the task's to say. */
export function createMapTasks(
  task: TaskFactory,
  compute: (inputs: MapInputs) => Promise<KeptMap>,
): ReadonlyMap<string, MapTask> {
  const checkAndCompute = (inputs: MapInputs) => {
    assertOffered(inputs);
    return compute(inputs);
  };
  return new Map(
    Object.entries(keepTimes).map(([name, keep]): [string, MapTask] => {
      const options = { name: `map, kept ${name}`, resultStorageKey: mapKeyTemplate };
      return [keep, task(checkAndCompute, keep === "" ? options : { ...options, cacheExpiration: keep })];
    }),
  );
}

/** The Worker computes what the page's own form can say, and nothing that costs more. Throws `InvalidArgumentError`. */
function assertOffered({ dataset, bandwidth, resolution, prefix }: MapInputs): void {
  const isKnown = Object.hasOwn(datasets, dataset);
  const [least, , most] = isKnown ? datasets[dataset].bandwidths : [0, 0, 0];
  const offered = {
    dataset: isKnown,
    bandwidth: Number.isInteger(bandwidth) && bandwidth >= least && bandwidth <= most,
    resolution: resolutions.some((known) => known === resolution),
    prefix: /^([a-z0-9-]{1,40}\/)?density\/$/.test(prefix),
  };
  const wrong = Object.entries(offered).find(([, isOffered]) => !isOffered)?.[0];
  if (wrong !== undefined) throw new InvalidArgumentError(`${wrong} has to be one that the page offers`);
}
