import { beforeEach, expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { remote } from "../../../src/http/remote.ts";
import { clearBindings, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";
import { connect } from "./http-world.ts";

beforeEach(clearBindings);

/** A Worker with public results, and a page that has no token for it. */
function createWorld() {
  const events: StoreEvent[] = [];
  const onEvent = (event: StoreEvent) => void events.push(event);
  const storage = new EdgeStorage({ kv, r2, invalidations: newInvalidations() });
  const { url, fetch } = connect({ storage: () => storage, publicResults: { prefixes: ["maps/"] } });
  const near = { storage: new MemoryStorage(), locks: new MemoryLockManager() };
  const parts = remote({ url, fetch }).attach(
    near,
    () => onEvent,
    () => {},
  );
  const page = createStore({ resultStorage: parts.storage, lockManager: parts.locks, onEvent });
  const worker = createStore({ resultStorage: storage, lockManager: new MemoryLockManager() });
  return { page, worker, near, events };
}

test("a page without a token reads public results, and keeps copies", async () => {
  const { page, worker, near } = createWorld();
  await worker.write("maps/oslo", "a map");
  expect(await page.getOrCompute("maps/oslo", () => "computed again")).toBe("a map");
  await expect.poll(() => near.storage.read("maps/oslo")).toBeDefined();
  await expect(page.read("private/1")).rejects.toMatchObject({ code: "ACCESS_DENIED" });
});

test("a page without a token computes what is missing, and keeps it for itself", async () => {
  const { page, worker, events } = createWorld();
  expect(await page.getOrCompute("maps/oslo", () => "a map")).toBe("a map");
  expect(await page.getOrCompute("maps/oslo", () => "computed again")).toBe("a map");
  expect(await worker.exists("maps/oslo")).toBe(false);
  const types = events.map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(["lock-error", "write-error"]));
  expect(types).not.toContain("offline");
});
