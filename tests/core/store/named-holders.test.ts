import { expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createStore } from "../../stores.ts";

// A holder that goes on to its next call while the write of an earlier one has yet to settle.

class SlowStorage extends MemoryStorage {
  readonly begun = gate();
  readonly mayWrite = gate();
  readonly hasWritten = gate();

  override async write(...args: Parameters<MemoryStorage["write"]>) {
    this.begun.open();
    await this.mayWrite.opened;
    return super.write(...args).finally(this.hasWritten.open);
  }
}

for (const answer of ["is answered before the write", "is aborted during the write"]) {
  test(`a call that ${answer} leaves the lock to the next call of its holder`, async () => {
    const resultStorage = new SlowStorage();
    const lockManager = new MemoryLockManager();
    const pending: Promise<unknown>[] = [];
    const isAnswered = answer.startsWith("is answered");
    const waitUntil = isAnswered ? (promise: Promise<unknown>) => void pending.push(promise) : undefined;
    const store = createStore({ resultStorage, lockManager, waitUntil });
    const holder = "mine";
    const left = new AbortController();
    const call = store.getOrCompute("k", () => 1, { holder, signal: left.signal });
    await resultStorage.begun.opened;
    if (!isAnswered) left.abort("left");
    expect(await call.catch((reason: unknown) => reason)).toBe(isAnswered ? 1 : "left");
    const work = async () => {
      resultStorage.mayWrite.open();
      await resultStorage.hasWritten.opened;
      await Promise.all(pending);
      return lockManager.isLockHolder("k", holder);
    };
    expect(await store.withLock("k", work, { holder })).toBe(true);
    expect(await store.isLocked("k")).toBe(false);
  });
}

test("calls of one holder at once release its lock at the end of the last one", async () => {
  const lockManager = new MemoryLockManager();
  const store = createStore({ lockManager });
  const options = { holder: "mine" };
  const first = gate();
  const last = gate();
  const calls = [store.withLock("k", () => first.opened, options), store.withLock("k", () => last.opened, options)];
  first.open();
  await calls[0];
  expect(await lockManager.isLockHolder("k", "mine")).toBe(true);
  last.open();
  await calls[1];
  expect(await store.isLocked("k")).toBe(false);
});
