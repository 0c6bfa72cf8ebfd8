import * as fc from "fast-check";
import { afterEach, beforeEach, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { untilInFakeTime } from "../../trials/fake-time.ts";
import { faultyCalls, troubles, tryFaulty } from "../../trials/faulty-world.ts";
import { trial } from "../../trials/trial.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

let faults = 0;

trial(
  "every call ends and nothing wrong is served, with any failure of a storage and its locks",
  { kind: "histories", short: 60, long: 5_000, faults: () => faults },
  fc.asyncProperty(troubles, faultyCalls, async (trouble, calls) => {
    const parts = {
      storage: new MemoryStorage(),
      locks: new MemoryLockManager(),
      locksFail: true,
      until: untilInFakeTime,
    };
    faults += await tryFaulty(parts, trouble, calls);
  }),
);
