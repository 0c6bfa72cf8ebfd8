import * as fc from "fast-check";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { batches, checkAgainstModel } from "../../core/storages/invalidation-model.ts";
import { trial } from "../../trials/trial.ts";
import { freshName } from "./indexed-db-tools.ts";

trial(
  "nothing that began before a change is kept after it, in any order of calls",
  { kind: "histories", short: 20, long: 1_000 },
  fc.asyncProperty(batches, async (steps) => {
    const name = freshName();
    const storages = [new IndexedDbStorage({ name }), new IndexedDbStorage({ name })];
    await checkAgainstModel(storages, steps);
    await storages[0]!.close();
  }),
);
