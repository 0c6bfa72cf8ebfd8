import { expect, test, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { createStore } from "../../stores.ts";

test("a store that keeps the lease of another store's work never renews it to an earlier end", async () => {
  const lockManager = new MemoryLockManager();
  const renew = vi.spyOn(lockManager, "renewLock");
  const store = createStore({ lockManager });
  const isRenewedOften = () =>
    vi.waitFor(() => expect(renew.mock.calls.length).toBeGreaterThan(30), { timeout: 10_000 });
  const ends: number[] = [];
  renew.mockImplementation(async (key, holder, holdTimeout) => {
    ends.push(performance.now() + holdTimeout);
    return MemoryLockManager.prototype.renewLock.call(lockManager, key, holder, holdTimeout);
  });
  await store.withLock(
    "k",
    ({ holder }) => store.withOptions({}).withLock("k", isRenewedOften, { holder, holdTimeout: 60 }),
    { holdTimeout: 300 },
  );
  // a renewal of the inner call's own would end at least 140 ms earlier; a slow engine calls the manager a few milliseconds late
  for (const [i, end] of ends.slice(1).entries()) expect(end).toBeGreaterThan(ends[i]! - 50);
});
