import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { beforeAll } from "vitest";
import { DurableObjectLockManager } from "../../../src/edge/durable-objects/durable-object-lock-manager.ts";
import { lockCommands, runSchedule } from "../../trials/lock-schedule.ts";
import { realTimeWorld } from "../../trials/real-time-world.ts";
import { trial } from "../../trials/trial.ts";

const connect = () => new DurableObjectLockManager({ namespace: env.RESULT_LOCKS });

// the first object loads its module, which takes half a second
beforeAll(() => connect().isLocked("any"));

trial(
  "one client of a Durable Object holds its lock, the others get it in their order, and every call ends",
  { kind: "schedules", short: 3, long: 200 },
  fc.asyncProperty(lockCommands({ contexts: 2, longest: 60 }), (commands) =>
    runSchedule(commands, realTimeWorld([connect(), connect()], { pace: 10, slack: 500 }), { sharesPlaces: true }),
  ),
);
