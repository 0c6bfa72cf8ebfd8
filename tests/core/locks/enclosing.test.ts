import { expect, test } from "vitest";
import { createTask } from "../../../src/core/tasks/task.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { inTime } from "../../../src/testing/cases/wait-for.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { codeOf } from "../record/record-tools.ts";
import { createStore } from "../../stores.ts";

class SlowStorage extends MemoryStorage {
  readonly begun = gate();
  readonly mayWrite = gate();

  override async write(...args: Parameters<MemoryStorage["write"]>) {
    this.begun.open();
    await this.mayWrite.opened;
    return super.write(...args);
  }
}

test("code that outlives its computation may wait for the write of its result", async () => {
  const resultStorage = new SlowStorage();
  const store = createStore({ resultStorage, lockManager: new MemoryLockManager() });
  let outlived!: Promise<unknown>;
  const computed = store.getOrCompute("k", () => {
    outlived = resultStorage.begun.opened.then(() => {
      setTimeout(resultStorage.mayWrite.open);
      return Promise.all([store.getOrCompute("k", () => 2), store.withLock("k", () => 3)]);
    });
    return 1;
  });
  expect(await computed).toBe(1);
  expect(await outlived).toEqual([1, 3]);
});

test("a hook that undoes a result which could not be written is still inside of its call", async () => {
  const resultStorage = new MemoryStorage();
  resultStorage.write = () => Promise.reject(new StorageError("refused"));
  const store = createStore({ resultStorage, cacheResultInMemory: false, lockManager: new MemoryLockManager() });
  const task = createTask(() => store);
  const codes: unknown[] = [];
  const again = () =>
    inTime(
      store.getOrCompute("k", () => 2),
      "the hook waits for its own call",
    );
  const onRollback = async () => void codes.push(await codeOf(again));
  const computed = task((x: number) => x, { cacheKeyFn: () => "k", onRollback });
  expect(await computed(1)).toBe(1);
  expect(codes).toEqual(["INVALID_ARGUMENT"]);
});
