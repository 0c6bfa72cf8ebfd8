import { expect, test } from "vitest";
import type { LockService } from "../../../src/core/remote-locks/lock-service.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { RemoteLockHolds } from "../../../src/core/remote-locks/remote-lock-holds.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore } from "../../stores.ts";

// Requests of Workers end in the midst of things, and an isolate serves many of them: what they held is not kept for ever.

const hour = 3_600_000;

test("a thousand grants are remembered for those who may come back, and older ones of nobody are not", async () => {
  let time = 0;
  const now = () => time;
  const store = createStore({
    resultStorage: new MemoryStorage(),
    lockManager: new MemoryLockManager({ now }),
    now,
  });
  for (let i = 0; i <= 1_000; i++) await store.acquireLock(`key ${i}`, { holder: "gone", holdTimeout: 1_000 });
  await store.write("key 0", 1, { holder: "gone" });
  time = 2 * hour;
  await store.acquireLock("another", { holder: "here", holdTimeout: 1_000 });
  expect(await codeOf(() => store.write("key 0", 1, { holder: "gone" }))).toBe("LOCK_NOT_HELD");
});

test("of locks kept elsewhere, those whose leases ended long ago are forgotten beyond a thousand", async () => {
  let time = 0;
  const holds = new RemoteLockHolds({ service: {} as LockService, now: () => time, release: async () => {} });
  const lease = { token: 1, expiresIn: hour, isConfirmed: true, takenOver: false };
  for (let i = 0; i < 1_500; i++) holds.keep(`key ${i}`, "gone", { ...lease, expiresAt: hour });
  expect(holds.get("key 0", "gone")).toBeDefined();
  time = 3 * hour;
  holds.keep("another", "here", { ...lease, expiresAt: 4 * hour });
  expect(holds.takeAll().length).toBe(1_000);
});
