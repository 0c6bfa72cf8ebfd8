import { expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { TieredLockManager } from "../../../src/core/tiers/tiered-lock-manager.ts";
import { TieredStorage } from "../../../src/core/tiers/tiered-storage.ts";
import { HttpClient } from "../../../src/http/requests/http-client.ts";
import { HttpLockManager } from "../../../src/http/http-lock-manager.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { connect } from "./http-world.ts";
import { createStore as createTestStore } from "../../stores.ts";

/** A store as a browser has it, whose network can be cut. */
function createStore() {
  const remote = connect();
  const network = { isUp: true };
  const client = new HttpClient({
    ...remote,
    fetch: (url, init) => (network.isUp ? remote.fetch(url, init) : Promise.reject(new TypeError("fetch failed"))),
  });
  const events: StoreEvent[] = [];
  const onEvent = (event: StoreEvent) => void events.push(event);
  const near = new MemoryStorage();
  const store = createTestStore({
    resultStorage: new TieredStorage({ tiers: [near, new HttpStorage(client)], onEvent }),
    lockManager: new TieredLockManager({ tiers: [new MemoryLockManager(), new HttpLockManager(client)], onEvent }),
    cacheResultInMemory: false,
  });
  return { store, near, network, events, remote: new HttpStorage(remote) };
}

test("a tiered store goes on while its Worker is out of reach, and brings it what it kept once it is back", async () => {
  const { store, network, events, remote } = createStore();
  const key = `offline/${crypto.randomUUID()}`;
  network.isUp = false;
  expect(await store.getOrCompute(key, () => "kept")).toBe("kept");
  expect(await store.getOrCompute(key, () => "again")).toBe("kept");
  const told = () => events.map((event) => ("from" in event ? `${event.type} ${event.from}` : event.type));
  expect(told().filter((each) => each === "offline http")).toHaveLength(1);
  network.isUp = true;
  await vi.waitFor(
    async () => {
      await store.exists("anything");
      expect(await remote.read(key)).toBeDefined();
    },
    { timeout: 15_000, interval: 100 },
  );
  expect((await store.read(key))?.result).toBe("kept");
  expect(told().filter((each) => each === "online http")).toHaveLength(1);
});

test("what another has brought to the Worker meanwhile is not overwritten", async () => {
  const { store, near, network, remote } = createStore();
  const key = `offline/${crypto.randomUUID()}`;
  network.isUp = false;
  await store.getOrCompute(key, () => "late");
  const theirs = createTestStore({ resultStorage: remote });
  await theirs.write(key, "theirs");
  const { etag } = (await remote.head(key))!;
  network.isUp = true;
  await vi.waitFor(
    async () => {
      await store.exists("anything");
      expect((await near.read(key))?.etag).toBe(etag);
    },
    { timeout: 15_000, interval: 100 },
  );
  expect((await store.read(key))?.result).toBe("theirs");
  expect((await theirs.read(key))?.result).toBe("theirs");
});
