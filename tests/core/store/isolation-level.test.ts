import { expect, test } from "vitest";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { ConfigurationError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";

const { READ_COMMITTED, SERIALIZABLE } = IsolationLevel;
const lockManager = new MemoryLockManager();
const eventual = Object.assign(new MemoryStorage(), {
  type: "late",
  capabilities: { consistency: "eventual", conditionalWrites: false },
});

test("every store supports READ_COMMITTED", () => {
  for (const store of [createStore(), createStore({ resultStorage: eventual })]) {
    expect(store.supportsIsolationLevel(READ_COMMITTED)).toBe(true);
    store.assertIsolationLevel(READ_COMMITTED);
  }
});

test("SERIALIZABLE is supported with locks and a storage that is strongly consistent", () => {
  const store = createStore({ lockManager });
  expect(store.supportsIsolationLevel(SERIALIZABLE)).toBe(true);
  store.assertIsolationLevel(SERIALIZABLE);
});

test.each([
  ["without locks", {}, "does not support SERIALIZABLE: it has no lockManager"],
  ["over a storage that lags behind", { lockManager, resultStorage: eventual }, 'storage "late" is only eventually'],
  ["over such a storage, telling what to bind", { lockManager, resultStorage: eventual }, "RESULTS_R2"],
])("SERIALIZABLE is refused %s", (_, options, reason) => {
  const store = createStore(options);
  expect(store.supportsIsolationLevel(SERIALIZABLE)).toBe(false);
  expect(() => store.assertIsolationLevel(SERIALIZABLE)).toThrow(ConfigurationError);
  expect(() => store.assertIsolationLevel(SERIALIZABLE)).toThrow(reason);
});
