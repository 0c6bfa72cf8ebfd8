import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import { untilInFakeTime } from "./fake-time.ts";
import { faultyCalls, troubles, tryFaulty } from "./faulty-world.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class WithoutDeletion extends MemoryStorage {
  override async delete() {
    return true;
  }
}

class OfAnotherKey extends MemoryStorage {
  override async read(key: string) {
    return super.read(key === "a" ? "b" : key);
  }
}

class WithRawErrors extends MemoryStorage {
  override async write(): Promise<never> {
    throw new TypeError("raw");
  }
}

const broken = {
  "a storage that keeps what is deleted": { storage: new WithoutDeletion() },
  "a storage that gives the record of another key": { storage: new OfAnotherKey() },
  "a storage whose errors have no type": { storage: new WithRawErrors() },
  "locks whose leases never end": { locks: new MemoryLockManager({ now: () => 0 }) },
};

test.each(Object.entries(broken))("the trial with faults notices %s", async (_, parts) => {
  const property = fc.asyncProperty(troubles, faultyCalls, async (trouble, calls) => {
    const sound = { storage: new MemoryStorage(), locks: new MemoryLockManager(), until: untilInFakeTime };
    await tryFaulty({ ...sound, locksFail: true, ...parts }, trouble, calls);
  });
  const { failed } = await fc.check(property, { seed: 1, numRuns: 30, endOnFailure: true });
  expect(failed).toBe(true);
});
