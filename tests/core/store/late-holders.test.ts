import { expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore } from "../../stores.ts";

/** Its write waits after the check of the caller's lock. */
class SlowStorage extends MemoryStorage {
  readonly begun = gate();
  readonly mayWrite = gate();
  isSlow = true;

  override async write(...args: Parameters<MemoryStorage["write"]>) {
    if (this.isSlow) {
      this.isSlow = false;
      this.begun.open();
      await this.mayWrite.opened;
    }
    return super.write(...args);
  }
}

test("a late write that is refused leaves the computation of the next holder to be kept", async () => {
  const resultStorage = new SlowStorage();
  const lockManager = new MemoryLockManager();
  const channels = new Set<MemoryChannel>();
  const [late, next] = [0, 1].map(() =>
    createStore({ resultStorage, lockManager, changes: new MemoryChannel(channels), onEvent: () => {} }),
  );
  await late!.acquireLock("k", { holder: "late", holdTimeout: 5 });
  const refused = codeOf(() => late!.write("k", "late", { holder: "late" }));
  await resultStorage.begun.opened;
  await next!.getOrCompute("k", async () => {
    resultStorage.mayWrite.open();
    expect(await refused).toBe("STALE_LOCK");
    return "next";
  });
  expect((await next!.read("k"))?.result).toBe("next");
});
