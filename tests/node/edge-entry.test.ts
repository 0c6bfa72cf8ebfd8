import { expect, test } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { createResultStore, MemoryStorage, task, transaction } from "../../src/edge/index.ts";
import { ConfigurationError } from "../../src/errors/index.ts";

// Outside of a Worker there is no module `cloudflare:workers`, and so no binding that isn't given.

test("a store says what is not bound, and the lines that bind it", () => {
  const create = () => createResultStore();
  expect(create).toThrow(ConfigurationError);
  for (const line of ["[[kv_namespaces]]", "[[r2_buckets]]", 'name = "RESULT_LOCKS"', "export { ResultLock }"]) {
    expect(create).toThrow(line);
  }
});

test("a task and a transaction reject with it", async () => {
  await expect(task((x: number) => x, { name: "unbound", version: "1" })(1)).rejects.toThrow(ConfigurationError);
  await expect(transaction({ key: "k" }, () => 1)).rejects.toThrow(ConfigurationError);
});

test("with a storage and locks of the user's own nothing has to be bound", async () => {
  const store = createResultStore({ resultStorage: new MemoryStorage(), lockManager: new MemoryLockManager() });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(store.supportsIsolationLevel("SERIALIZABLE")).toBe(true);
});
