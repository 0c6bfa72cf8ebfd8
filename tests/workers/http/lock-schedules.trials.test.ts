import * as fc from "fast-check";
import { beforeAll } from "vitest";
import { HttpLockManager } from "../../../src/http/http-lock-manager.ts";
import { lockCommands, runSchedule } from "../../trials/lock-schedule.ts";
import { realTimeWorld } from "../../trials/real-time-world.ts";
import { trial } from "../../trials/trial.ts";
import { connect } from "./http-world.ts";

// the first object loads its module, which takes half a second
beforeAll(() => new HttpLockManager(connect()).isLocked("any"));

trial(
  "one client over HTTP holds a lock, the others get it in their order, and every call ends",
  { kind: "schedules", short: 3, long: 200 },
  fc.asyncProperty(lockCommands({ contexts: 2, longest: 60 }), (commands) => {
    const managers = [new HttpLockManager(connect()), new HttpLockManager(connect())];
    return runSchedule(commands, realTimeWorld(managers, { pace: 15, slack: 500 }), { sharesPlaces: true });
  }),
);
