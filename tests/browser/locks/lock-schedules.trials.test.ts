import * as fc from "fast-check";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { lockCommands, runSchedule } from "../../trials/lock-schedule.ts";
import { realTimeWorld } from "../../trials/real-time-world.ts";
import { trial } from "../../trials/trial.ts";

const name = crypto.randomUUID();

trial(
  "one caller of all managers over a database holds a lock, the others get it in their order, and every call ends",
  { kind: "schedules", short: 3, long: 200 },
  fc.asyncProperty(lockCommands({ contexts: 2, longest: 60 }), async (commands) => {
    const managers = [new WebLockManager({ name }), new WebLockManager({ name })];
    await runSchedule(commands, realTimeWorld(managers, { pace: 25, slack: 400 }));
    for (const manager of managers) await manager.close();
  }),
);
