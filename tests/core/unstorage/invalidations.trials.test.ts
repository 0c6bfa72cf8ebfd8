import * as fc from "fast-check";
import { UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { batches, checkAgainstModel } from "../storages/invalidation-model.ts";
import { trial } from "../../trials/trial.ts";
import { textDriver } from "./text-driver.ts";

/** A driver whose calls take as many turns of the event loop as `delays` says, so that they end in any order. */
function slowDriver(delays: readonly number[]) {
  const driver = textDriver();
  let calls = 0;
  const pause = async () => {
    for (let left = delays[calls++ % delays.length]!; left > 0; left--) await Promise.resolve();
  };
  return {
    ...driver,
    getItem: async (key: string) => pause().then(() => driver.getItem(key)),
    setItem: async (key: string, value: string) =>
      pause()
        .then(() => driver.setItem!(key, value, {}))
        .then(pause),
    removeItem: async (key: string) => pause().then(() => driver.removeItem!(key, {})),
    getKeys: async () => pause().then(() => driver.getKeys("", {})),
  };
}

const delays = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 20 });

trial(
  "nothing that began before a change is kept after it, in any order of calls: two storages over one driver",
  { kind: "histories", short: 100, long: 5_000 },
  fc.asyncProperty(batches, delays, (steps, pauses) => {
    const driver = slowDriver(pauses);
    const create = () => new UnstorageStorage({ driver, exclusive: true, consistency: "strong" });
    return checkAgainstModel([create(), create()], steps);
  }),
);
