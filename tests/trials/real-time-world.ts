import type { ResultLockManager } from "../../src/core/locks/result-lock-manager.ts";
import type { LockWorld } from "./lock-world.ts";

/** Locks in real time: `pace` milliseconds are left after each call, so that it arrives before the next one. */
export function realTimeWorld(
  managers: ResultLockManager[],
  { pace, slack }: { pace: number; slack: number },
): LockWorld {
  return {
    key: crypto.randomUUID(),
    managers,
    slack,
    sleep: (duration) => new Promise((resolve) => setTimeout(resolve, duration + pace)),
  };
}
