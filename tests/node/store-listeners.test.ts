import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { ChangeChannel } from "../../src/core/cache/change-channel.ts";
import { defaultCache } from "../../src/core/cache/memory-cache.ts";
import { MemoryStorage } from "../../src/core/storages/memory-storage.ts";
import { createStore } from "../stores.ts";
import { eventually } from "../../src/testing/cases/wait-for.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Counts its listeners, and calls them as another tab would. */
class CountedChannel implements ChangeChannel {
  readonly isOpen = true;
  readonly listeners = new Set<Parameters<ChangeChannel["onChange"]>[0]>();

  onChange(listener: Parameters<ChangeChannel["onChange"]>[0]): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  post(): void {}

  close(): void {}

  hear(key: string): void {
    for (const listener of this.listeners) listener("written", { keys: [key] });
  }
}

test("stores of withOptions over other storages leave no listener behind, and those that live hear of changes", async () => {
  const changes = new CountedChannel();
  const store = createStore({ changes, cache: defaultCache() });
  const kept = store.withOptions({ resultStorage: new MemoryStorage() });
  const sibling = kept.withOptions({ serializer: "json" });
  for (let i = 0; i < 200; i++) await store.withOptions({ resultStorage: new MemoryStorage() }).write("k", i);
  expect(changes.listeners.size).toBe(202);
  await eventually(async () => {
    await new Promise((resolve) => setTimeout(resolve));
    collectGarbage();
    changes.hear("other");
    return changes.listeners.size === 2;
  }, "the listeners to go");

  for (const each of [store, sibling]) {
    await each.write("k", "mine");
    await each.resultStorage.delete("k");
    expect((await each.read("k"))?.result).toBe("mine");
    changes.hear("k");
    expect(await each.read("k")).toBeUndefined();
  }
  expect(kept).toBeDefined();
});

test("a store that shares the cache of one that is gone still hears of changes", async () => {
  const changes = new CountedChannel();
  const create = () => createStore({ changes, cache: defaultCache() }).withOptions({ serializer: "json" });
  const heir = create();
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    collectGarbage();
  }
  await heir.write("k", "mine");
  await heir.resultStorage.delete("k");
  expect((await heir.read("k"))?.result).toBe("mine");
  changes.hear("k");
  expect(await heir.read("k")).toBeUndefined();
  expect(changes.listeners.size).toBe(1);
});
