import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { faultyCalls } from "../../trials/faulty-world.ts";
import { trial } from "../../trials/trial.ts";
import { tryTrouble, troublesOfBrowsers } from "./trouble-world.ts";

let faults = 0;

trial(
  "every call ends, nothing wrong is served and all keys work afterwards, with any trouble of the database of two stores",
  { kind: "histories", short: 4, long: 300, faults: () => faults },
  fc.asyncProperty(troublesOfBrowsers, faultyCalls, fc.boolean(), async (troubles, calls, isWarm) => {
    await tryTrouble(troubles, calls, { isWarm });
    faults += troubles.length;
  }),
);

test("the trial with a database in trouble notices writes that never come there", async () => {
  await expect(tryTrouble([], [], { resultStorage: new MemoryStorage() })).rejects.toThrow("is not in the database");
});
