import { vi } from "vitest";
import type { ResultLockManager } from "../../src/core/locks/result-lock-manager.ts";
import { pass } from "./fake-time.ts";
import type { LockWorld } from "./lock-world.ts";

/** A world whose clock the schedule moves: what takes a minute is over at once. Needs `vi.useFakeTimers`. */
export function fakeTimeWorld(manager: ResultLockManager): LockWorld {
  return {
    key: "key",
    managers: [manager],
    slack: 0,
    sleep: (duration) => pass(duration),
    jump: (by) => void vi.setSystemTime(Date.now() + by),
  };
}
