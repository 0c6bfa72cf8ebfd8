import * as fc from "fast-check";
import { afterEach, beforeEach, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { lockCommands, runSchedule } from "../../trials/lock-schedule.ts";
import { trial } from "../../trials/trial.ts";
import { fakeTimeWorld } from "../../trials/fake-time-world.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

trial(
  "one caller holds a lock, the others get it in their order, and every call ends",
  { kind: "schedules", short: 500, long: 10_000 },
  fc.asyncProperty(lockCommands({ contexts: 1, longest: 12, jumps: true }), (commands) =>
    runSchedule(commands, fakeTimeWorld(new MemoryLockManager())),
  ),
);
