import * as fc from "fast-check";
import { test } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { batches, checkAgainstModel } from "../../core/storages/invalidation-model.ts";
import { freshName } from "./indexed-db-tools.ts";

test("whatever happens between, nothing that began before a change is kept after it", async () => {
  const property = fc.asyncProperty(batches, async (steps) => {
    const name = freshName();
    const storages = [new IndexedDbStorage({ name }), new IndexedDbStorage({ name })];
    await checkAgainstModel(storages, steps);
    await storages[0]!.close();
  });
  await fc.assert(property, { seed: 11, numRuns: 20 });
});
