import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defaultCache } from "../../../src/core/cache/memory-cache.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";

// Workers with a compatibility date before May 2025 have none
beforeEach(() => void vi.stubGlobal("WeakRef", undefined));
afterEach(() => void vi.unstubAllGlobals());

test("without WeakRef, a store of withOptions hears of changes elsewhere", async () => {
  const channels = new Set<MemoryChannel>();
  const news = new MemoryChannel(channels);
  const store = createStore({ changes: new MemoryChannel(channels), cache: defaultCache() });
  const other = store.withOptions({ resultStorage: new MemoryStorage() });
  await other.write("key", "old");
  await other.resultStorage.delete("key");
  expect((await other.read("key"))?.result).toBe("old");
  news.post("written", { keys: ["key"] });
  expect(await other.read("key")).toBeUndefined();
});

test("without WeakRef, a task runs, and its double is found", async () => {
  const store = createStore();
  const task = createTask(() => store);
  const multiply = (factor: number) => task((x: number) => x * factor, { name: "multiply" });
  expect(await multiply(2)(3)).toBe(6);
  await expect(multiply(10)(3)).rejects.toThrow(/^Two tasks have the name/);
});
