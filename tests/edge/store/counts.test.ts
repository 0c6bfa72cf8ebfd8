import { afterEach, expect, test, vi } from "vitest";
import { createResultStore } from "../../../workers/edge.ts";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import { CacheApiStorage } from "../../../src/edge/cache-api/cache-api-storage.ts";
import { countCaches, countedBindings } from "../bindings/counted-bindings.ts";
import { newInvalidations } from "../bindings/storage-tools.ts";

// Each call to a binding costs time and money: what a store may need, and no more.

const key = (): string => `counts/${crypto.randomUUID()}`;

afterEach(() => vi.restoreAllMocks());

/** `dataCenter`: the name of its cache, if it keeps copies. */
function world(namespace?: InvalidationNamespaceBinding, dataCenter?: string) {
  const { calls, ...bindings } = countedBindings(namespace);
  const dataCenterCopies = dataCenter === undefined ? undefined : new CacheApiStorage({ name: dataCenter });
  if (dataCenter !== undefined) countCaches(calls);
  const pending: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>): void => void pending.push(promise);
  const settled = async (): Promise<string[]> => {
    for (let promise = pending.pop(); promise; promise = pending.pop()) await promise;
    return calls.splice(0);
  };
  /** A store of another isolate. */
  const openStore = () => createResultStore({ ...bindings, dataCenterCopies, waitUntil });
  return { openStore, settled };
}

async function kept(name: string): Promise<ReturnType<typeof world>> {
  const made = world();
  await made.openStore().getOrCompute(name, () => "value");
  await made.settled();
  return made;
}

test("a hit in memory makes no call", async () => {
  const name = key();
  const { openStore, settled } = await kept(name);
  const store = openStore();
  await store.getOrCompute(name, () => "again");
  await settled();
  expect(await store.getOrCompute(name, () => "again")).toBe("value");
  expect(await settled()).toEqual([]);
});

test("a hit in KV is one read of KV, and no call to a lock", async () => {
  const name = key();
  const { openStore, settled } = await kept(name);
  expect(await openStore().getOrCompute(name, () => "again")).toBe("value");
  expect(await settled()).toEqual(["kv.getWithMetadata"]);
});

test("a hit on a record that is too long for a copy is a read each of KV and R2, and changes nothing", async () => {
  const name = key();
  const { openStore, settled } = world();
  await openStore().getOrCompute(name, () => new Uint8Array(2 ** 21));
  await settled();
  await openStore().getOrCompute(name, () => "again");
  expect(await settled()).toEqual(["kv.getWithMetadata", "r2.get"]);
});

test("an uncontended miss is a read and a put each of KV and R2, and two calls to the lock", async () => {
  const { openStore, settled } = world();
  expect(await openStore().getOrCompute(key(), () => "value")).toBe("value");
  expect((await settled()).sort()).toEqual(
    ["kv.getWithMetadata", "kv.put", "locks.acquire", "locks.release", "r2.get", "r2.put"].sort(),
  );
});

test("a hit on a copy in the data center is one match in its cache, and reads neither KV nor R2", async () => {
  const name = key();
  const { openStore, settled } = world(newInvalidations(), name);
  expect(await openStore().getOrCompute(name, () => "value", { tags: ["counted"] })).toBe("value");
  expect((await settled()).filter((call) => !call.startsWith("invalidations")).sort()).toEqual([
    "cache.match",
    "cache.put",
    "kv.getWithMetadata",
    "kv.put",
    "locks.acquire",
    "locks.release",
    "r2.get",
    "r2.put",
  ]);
  expect(await openStore().getOrCompute(name, () => "again")).toBe("value");
  expect(await settled()).toEqual(["cache.match"]);
});

test("a copy that the data center lacks is read from KV, and put into its cache once", async () => {
  const name = key();
  const { openStore, settled } = world(undefined, name);
  await openStore().getOrCompute(name, () => "value");
  await settled();
  await new CacheApiStorage({ name }).delete(name);
  await settled();
  expect(await openStore().getOrCompute(name, () => "again")).toBe("value");
  expect(await settled()).toEqual(["cache.match", "kv.getWithMetadata", "cache.put"]);
  expect(await openStore().getOrCompute(name, () => "again")).toBe("value");
  expect(await settled()).toEqual(["cache.match"]);
});

test("with the objects that keep invalidations, hits ask nobody more, and a miss only when its value is kept", async () => {
  const { openStore, settled } = world(newInvalidations());
  const store = openStore();
  const [name, other] = [key(), key()];
  await store.getOrCompute(name, () => "value", { tags: ["counted"] });
  await settled();
  await store.getOrCompute(name, () => "again");
  expect(await settled()).toEqual([]);
  await openStore().getOrCompute(name, () => "again");
  expect(await settled()).toEqual(["kv.getWithMetadata"]);
  await store.getOrCompute(other, () => "value");
  const calls = await settled();
  expect(calls.filter((call) => call.startsWith("invalidations"))).toEqual(["invalidations.look"]);
  expect(calls).toHaveLength(7);
});

test("exists and list read no body", async () => {
  const name = key();
  const { openStore, settled } = await kept(name);
  expect(await openStore().exists(name)).toBe(true);
  expect(await settled()).toEqual(["r2.head"]);
  expect((await openStore().list({ prefix: name })).records).toHaveLength(1);
  expect(await settled()).toEqual(["r2.list"]);
});

test("of two isolates that miss at once one computes, and the other reads what it wrote past KV", async () => {
  const name = key();
  const { openStore, settled } = world();
  // KV keeps for a while that there was nothing
  await openStore().exists(name);
  let runs = 0;
  const compute = async (): Promise<string> => {
    await scheduler.wait(50);
    return `run ${++runs}`;
  };
  const answers = await Promise.all(
    [openStore(), openStore(), openStore()].map((each) => each.getOrCompute(name, compute)),
  );
  expect(answers).toEqual(["run 1", "run 1", "run 1"]);
  const calls = await settled();
  expect(calls.filter((call) => call === "r2.put")).toHaveLength(1);
});
