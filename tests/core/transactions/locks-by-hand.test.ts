import { expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { inTime } from "../../../src/testing/cases/wait-for.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore, transaction } from "../../stores.ts";

test("a commit does not wait for a lock that its work took by hand, unless it is the transaction's own", async () => {
  const store = createStore({ lockManager: new MemoryLockManager() });
  const stageUnder = (isOwn: boolean) =>
    transaction({ key: "k", store }, async (around) => {
      const locking = store.acquireLock("k", { holder: isOwn ? around.holder : undefined });
      around.stage(1);
      return locking;
    });
  const staged = inTime(stageUnder(false), "the commit waits for its own work");
  expect(await codeOf(() => staged)).toBe("INVALID_ARGUMENT");
  expect(await store.isLocked("k")).toBe(true);
  await store.lockManager!.close!();
  const grant = await inTime(stageUnder(true), "the commit waits for its own lock");
  expect((await store.read("k", { holder: grant!.holder }))?.result).toBe(1);
  await store.releaseLock("k", grant!);
});
