import { expect, test } from "vitest";
import { MemoryLockManager } from "../../src/core/locks/memory-lock-manager.ts";
import { createResultStore, MemoryStorage } from "../../src/edge/index.ts";
import { ConfigurationError } from "../../src/errors/index.ts";

// Outside of a Worker there is no module `cloudflare:workers`, and so no binding that isn't given.

const calls: [string, () => Promise<unknown>][] = [
  ["getOrCompute", () => createResultStore().getOrCompute("k", () => 1)],
  ["read", () => createResultStore().read("k")],
  ["write", () => createResultStore().write("k", 1)],
  ["acquireLock", () => createResultStore().acquireLock("k")],
];

test.each(calls)("%s rejects with what is not bound, and the lines that bind it", async (_, call) => {
  const error: unknown = await call().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  const { message } = error as ConfigurationError;
  for (const line of ["[[kv_namespaces]]", "[[r2_buckets]]", 'name = "RESULT_LOCKS"', "export { ResultLock }"]) {
    expect(message).toContain(line);
  }
});

test("with a storage and locks of the user's own nothing has to be bound", async () => {
  const store = createResultStore({ resultStorage: new MemoryStorage(), lockManager: new MemoryLockManager() });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(store.supportsIsolationLevel("SERIALIZABLE")).toBe(true);
});
