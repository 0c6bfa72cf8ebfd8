import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { StorageUnreachableError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { MemoryChannel } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";

test("a value that could not be kept is not served after a change, whenever the news of it comes", async () => {
  for (let turns = 0; turns < 40; turns++) {
    const channels = new Set<MemoryChannel>();
    const news = new MemoryChannel(channels);
    const resultStorage = new MemoryStorage();
    resultStorage.begin = () => Promise.reject(new StorageUnreachableError("no connection", { key: "key" }));
    const store = createStore({ resultStorage, changes: new MemoryChannel(channels), onEvent: () => {} });
    const [begun, done] = [gate(), gate()];
    const first = store.getOrCompute("key", async () => {
      begun.open();
      await done.opened;
      return "old";
    });
    await begun.opened;
    done.open();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    news.post("invalidated", { keys: ["key"] });
    await first;
    expect(await store.getOrCompute("key", () => "new"), `news after ${turns} turns`).toBe("new");
  }
});
