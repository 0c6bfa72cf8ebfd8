import * as fc from "fast-check";
import { clients } from "../../trials/history-commands.ts";
import { promised, tryInMemory } from "../../trials/memory-history.ts";
import { trial } from "../../trials/trial.ts";

trial(
  "some order explains all calls under locks and in transactions, and nothing is served that was gone before",
  { kind: "histories", short: 150, long: 10_000 },
  fc.asyncProperty(fc.scheduler(), clients, promised, (scheduler, all, promises) =>
    tryInMemory(scheduler, all, promises),
  ),
);
