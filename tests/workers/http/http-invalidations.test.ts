import { beforeEach, describe, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { remote } from "../../../src/http/remote.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { internals } from "../../../src/core/store/store-internals.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { defaultCache } from "../../../src/core/cache/memory-cache.ts";
import { clearBindings, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { createStore } from "../../stores.ts";
import { tokenFor } from "../api-tools.ts";
import { connect } from "./http-world.ts";

beforeEach(clearBindings);

/** A Worker, and the pages of several browsers. */
function createWorld() {
  const storage = new EdgeStorage({ kv, r2, invalidations: newInvalidations() });
  const worker = connect({ storage: () => storage });
  /** `near` stays over a reload. */
  const open = (near = new MemoryStorage(), token = () => tokenFor()) => {
    const network = { isUp: true, requests: [] as string[] };
    const fetch: typeof worker.fetch = async (url, init) => {
      if (!network.isUp) throw new TypeError("fetch failed");
      network.requests.push(`${init?.method} ${new URL(url).pathname}`);
      return worker.fetch(url, init);
    };
    const options = { ...worker, token, fetch };
    const local = { storage: near, locks: new MemoryLockManager() };
    const parts = remote(options).attach(local, () => undefined, (target) => store[internals].noteInvalidation(target)); // prettier-ignore
    const store: ResultStore = createStore({
      resultStorage: parts.storage,
      lockManager: parts.locks,
      cache: defaultCache(),
    });
    return { store, near, network };
  };
  return { storage, open };
}

const key = "maps/a";
const options = { tags: ["maps"] };

describe.for([{ tags: ["maps"] }, { prefix: "maps/" }, "all"] as const)(
  "an invalidation of %o in one browser",
  (target) => {
    test("reaches the copies of another at its next contact, also after a reload", async () => {
      const { open } = createWorld();
      const [one, other] = [open(), open()];
      await one.store.getOrCompute(key, () => "old", options);
      expect((await other.store.read(key))?.result).toBe("old");
      await eventually(async () => (await other.near.read(key)) !== undefined, "the copy is not there");
      await one.store.invalidate(target);
      const reloaded = open(other.near);
      for (const page of [other, reloaded]) {
        await page.store.exists("anything");
        await eventually(async () => (await page.near.read(key)) === undefined, "the copy is still there");
        await eventually(async () => (await page.store.read(key)) === undefined, "memory still has it");
      }
      expect(await other.store.getOrCompute(key, () => "new", options)).toBe("new");
      expect(await one.store.getOrCompute(key, () => "newer", options)).toBe("new");
    });

    test("refuses a value that began before in another browser, and its copy there", async () => {
      const { open, storage } = createWorld();
      const [one, other] = [open(), open()];
      let finish!: (value: string) => void;
      const value = new Promise<string>((resolve) => (finish = resolve));
      let begun!: () => void;
      const begins = new Promise<void>((resolve) => (begun = resolve));
      const computing = other.store.getOrCompute(key, () => (begun(), value), options);
      await begins;
      await one.store.invalidate(target);
      finish("old");
      expect(await computing).toBe("old");
      expect([await storage.read(key), await other.near.read(key)]).toEqual([undefined, undefined]);
      expect(await one.store.getOrCompute(key, () => "new", options)).toBe("new");
    });
  },
);

test("what began after the own invalidation is kept, here and at the edge", async () => {
  const { open, storage } = createWorld();
  const { store, near } = open();
  for (let i = 0; i < 5; i++) {
    await store.invalidate({ tags: ["maps"] });
    expect(await store.getOrCompute(key, () => i, options)).toBe(i);
    expect(await store.getOrCompute(key, () => "again", options)).toBe(i);
    expect([await storage.read(key), await near.read(key)]).not.toContain(undefined);
  }
});

test("a page that hears of an invalidation with its miss keeps what it computes then", async () => {
  const { open, storage } = createWorld();
  const [one, other] = [open(), open()];
  await other.store.getOrCompute(key, () => "old", { expiresIn: 20 });
  await eventually(async () => (await other.store.read(key)) === undefined, "the copy does not expire");
  await one.store.invalidate(key);
  const hasCopy = async () => (await other.near.read(key)) !== undefined;
  expect(await hasCopy()).toBe(true);
  const compute = async () => {
    await eventually(async () => !(await hasCopy()), "the copy is still there");
    return "new";
  };
  const reloaded = open(other.near);
  expect(await reloaded.store.getOrCompute(key, compute)).toBe("new");
  expect(await storage.read(key)).toBeDefined();
  expect(await one.store.getOrCompute(key, () => "newer")).toBe("new");
});

test("a deletion by the Worker reaches a page at its next contact", async () => {
  const { open, storage } = createWorld();
  const { store, near } = open();
  await store.getOrCompute(key, () => "old");
  await storage.delete(key);
  await store.exists("anything");
  await eventually(async () => (await near.read(key)) === undefined, "the copy is still there");
});

test("a page drops its own copies whatever its token allows, and the Worker keeps its records", async () => {
  const { open } = createWorld();
  const writer = open();
  await writer.store.getOrCompute(key, () => "kept", options);
  const reader = open(undefined, () => tokenFor({ operations: ["read"], prefix: "maps/" }));
  const local = { scope: "local" } as const;
  for (const drop of [
    () => reader.store.delete(key, local),
    () => reader.store.invalidate({ tags: ["maps"] }, local),
    () => reader.store.clear(local),
  ]) {
    expect((await reader.store.read(key))?.result).toBe("kept");
    await eventually(async () => (await reader.near.read(key)) !== undefined, "the copy is not there");
    expect((await reader.store.list(local)).records).toHaveLength(1);
    await drop();
    expect(await reader.near.read(key)).toBeUndefined();
  }
  expect((await reader.store.read(key))?.result).toBe("kept");
});

test("without the Worker, an invalidation drops the own copies and rejects", async () => {
  const { open, storage } = createWorld();
  const { store, near, network } = open();
  const invalidations = [
    () => store.invalidate({ tags: ["maps"] }, { mode: "expire" }),
    () => store.invalidate(key),
    () => store.delete(key),
    () => store.clear(),
  ];
  for (const invalidate of invalidations) {
    network.isUp = true;
    await eventually(async () => {
      await store.write(key, "old", options);
      return (await storage.read(key)) !== undefined;
    }, "the Worker is not reached again");
    network.isUp = false;
    await expect(invalidate()).rejects.toMatchObject({ code: "STORAGE_UNREACHABLE" });
    await eventually(async () => (await near.read(key)) === undefined, "the copy is still there");
  }
});

test("a hit in the browser asks nobody, and a miss needs no further request", async () => {
  const { open } = createWorld();
  const { store, network } = open();
  await store.getOrCompute(key, () => "value");
  expect(network.requests.filter((request) => request.includes("begin") || request.includes("invalidations"))).toEqual(
    [],
  );
  network.requests.length = 0;
  await store.getOrCompute(key, () => "other");
  expect(network.requests).toEqual([]);
});
