import * as fc from "fast-check";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { trial } from "../../trials/trial.ts";
import { batches, checkAgainstModel } from "./invalidation-model.ts";

const storages = {
  memory: () => new MemoryStorage(),
  "metadata and results in two memories": () =>
    new SplitStorage({ metadata: new MemoryStorage(), results: new MemoryStorage() }),
};

for (const [name, create] of Object.entries(storages)) {
  trial(
    `nothing that began before a change is kept after it, in any order of calls: ${name}`,
    { kind: "histories", short: 100, long: 5_000 },
    fc.asyncProperty(batches, (steps) => checkAgainstModel([create()], steps)),
  );
}
