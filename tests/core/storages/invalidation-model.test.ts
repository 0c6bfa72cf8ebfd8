import * as fc from "fast-check";
import { test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { batches, checkAgainstModel } from "./invalidation-model.ts";

test.each([
  ["memory", () => new MemoryStorage()],
  [
    "metadata and results in two memories",
    () => new SplitStorage({ metadata: new MemoryStorage(), results: new MemoryStorage() }),
  ],
])("whatever happens between, nothing that began before a change is kept after it: %s", async (_, create) => {
  const property = fc.asyncProperty(batches, (steps) => checkAgainstModel([create()], steps));
  await fc.assert(property, { seed: 11, numRuns: 100 });
});
