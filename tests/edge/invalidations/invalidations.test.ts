import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { InvalidationNamespaceBinding } from "../../../src/edge/bindings/invalidation-namespace.ts";
import { invalidationShards } from "../../../src/edge/bindings/invalidation-namespace.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { createStore } from "../../stores.ts";
import { DurableObjectInvalidations } from "../../../src/edge/durable-objects/durable-object-invalidations.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { grantWith, put, sample, stateOf } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import type { ResultInvalidations } from "../../../workers/invalidations/result-invalidations.ts";
import { stampRecord } from "../../../src/core/record/stamp-record.ts";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2 } from "../bindings/storage-tools.ts";

beforeEach(clearBindings);
afterEach(() => {
  vi.useRealTimers();
});

const key = "maps/a";
const now = 1_000;
const day = 86_400_000;

/** Storages over the same objects, each as in an isolate of its own. */
function isolates() {
  const namespace = newInvalidations();
  const calls: string[] = [];
  const open = () => {
    const { getByName } = elsewhere(namespace);
    const counted: InvalidationNamespaceBinding = {
      getByName: (name) => (calls.push(name), getByName(name)),
    };
    return new EdgeStorage({ kv, r2, invalidations: counted });
  };
  return { namespace, calls, open };
}

/** What a caller gets that did not wait for a lock. */
async function serve(storage: EdgeStorage): Promise<string> {
  const stored = await storage.read(key);
  if (!stored) return "gone";
  const judged = await storage.judge!(decodeHead(stored.bytes, key), {});
  return judged ? judged.mode : "fresh";
}

test("with what is known, a hit asks nobody; an isolate learns of an invalidation elsewhere after five seconds, or under a lock", async () => {
  const { calls, open } = isolates();
  const [one, other] = [open(), open()];
  await put(one, key, { tags: ["maps"] });
  expect(await serve(other)).toBe("fresh");
  calls.length = 0;
  expect(await serve(other)).toBe("fresh");
  const judged = other.judge!(decodeHead((await other.read(key))!.bytes, key), {});
  expect(judged).toBeUndefined();
  expect(calls).toEqual([]);
  await one.invalidate({ tags: ["maps"] }, { mode: "expire", now });
  expect(await serve(one)).toBe("expire");
  expect(await serve(other)).toBe("fresh");
  expect(await stateOf(open(), key)).toBe("expired");
  vi.useFakeTimers({ now: Date.now() + 5_000, toFake: ["Date"] });
  expect(await serve(other)).toBe("expire");
});

test("a miss with a listener asks no object for the reason, which is told as far as it is known", async () => {
  const { calls, open } = isolates();
  const storage = open();
  const misses: StoreEvent[] = [];
  const store = createStore({
    resultStorage: storage,
    onEvent: (event) => event.type === "miss" && misses.push(event),
  });
  await storage.invalidate({ prefix: "maps/" }, { mode: "delete", now });
  await storage.begin(key);
  calls.length = 0;
  await store.getOrCompute(key, () => 1);
  expect(misses).toMatchObject([{ reason: "invalidated", invalidation: { target: { prefix: "maps/" } } }]);
  // the write makes sure that nothing was invalidated meanwhile
  expect(calls).toHaveLength(1);
});

test.each(["read", "head"] as const)(
  "a %s that finds no record tells of an invalidation elsewhere too",
  async (look) => {
    const { open } = isolates();
    const [one, other] = [open(), open()];
    await other[look](key);
    await one.delete("another");
    vi.useFakeTimers({ now: Date.now() + 5_000, toFake: ["Date"] });
    await eventually(async () => {
      await other[look](key);
      vi.setSystemTime(Date.now() + 5_000);
      return other.generation === 1;
    }, "the news");
  },
);

test("a copy in KV is judged like the record in R2", async () => {
  const { open } = isolates();
  const storage = open();
  await put(storage, key);
  await storage.invalidate({ prefix: "maps/" }, { mode: "delete", now });
  expect(await serve(storage)).toBe("delete");
});

test.each(["delete", "expire"] as const)(
  "a copy in KV from before an invalidation (%s) counts as none: R2 may have a newer record",
  async (mode) => {
    const { open } = isolates();
    const [one, other] = [open(), open()];
    await put(one, key, { tags: ["maps"] });
    const old = await kv.getWithMetadata(key, "arrayBuffer");
    await one.invalidate({ tags: ["maps"] }, { mode, now });
    const { etag } = await put(one, key, { tags: ["maps"] });
    await kv.put(key, old.value!, { metadata: old.metadata });
    expect([(await other.read(key))?.etag, await serve(other)]).toEqual([etag, "fresh"]);
  },
);

test("a record that an invalidation has deleted is not copied to KV by each call that finds it", async () => {
  const { open } = isolates();
  const storage = open();
  await put(storage, key);
  await storage.invalidate("all", { mode: "delete", now });
  await kv.delete(key);
  expect(await serve(storage)).toBe("delete");
  await storage.close();
  expect(await kv.get(key)).toBeNull();
});

test("a write by hand after an invalidation that half of the objects have learned of is never lost", async () => {
  const namespace = newInvalidations();
  const broken: InvalidationNamespaceBinding = {
    getByName(name) {
      if (name !== "3") return namespace.getByName(name);
      return { ...namespace.getByName(name), add: () => Promise.reject(new Error("broken")) };
    },
  };
  const one = new EdgeStorage({ kv, r2, invalidations: broken });
  vi.spyOn(Math, "random").mockReturnValue(3 / invalidationShards);
  const other = new EdgeStorage({ kv, r2, invalidations: elsewhere(namespace) });
  await put(other, key);
  await expect(one.invalidate({ prefix: "maps/" }, { mode: "delete", now })).rejects.toThrow();
  await put(other, key);
  vi.mocked(Math.random).mockRestore();
  for (let i = 0; i < invalidationShards; i++) {
    vi.spyOn(Math, "random").mockReturnValue(i / invalidationShards);
    expect(await serve(new EdgeStorage({ kv, r2, invalidations: elsewhere(namespace) }))).toBe("fresh");
  }
});

test("a generation that a writer invents counts for nothing", async () => {
  const { bytes, metadata } = sample(key);
  for (const began of [undefined, "0", "99", "-9", "0.5", "NaN"]) {
    const storage = isolates().open();
    const place = (await storage.begin(key)).split(/ (.*)/s)[1]!;
    const since = began && `${began} ${place}`;
    const invented = { ...metadata, generation: 99 };
    await storage.write(key, stampRecord(bytes, key, 99), { metadata: invented, since });
    await storage.invalidate("all", { mode: "delete", now });
    expect([began, await stateOf(storage, key)]).toEqual([began, "gone"]);
    await clearBindings();
  }
});

test("a deletion of very many keys is noted, whatever their length, and one of none is not", async () => {
  const table = DurableObjectInvalidations.of(newInvalidations());
  await table.note({ keys: [] }, "delete", () => {});
  expect(table.latest).toBe(0);
  const keys = Array.from({ length: 3_000 }, (_, i) => `${i}/${"k".repeat(1_000)}`);
  await table.note({ keys }, "delete", () => {});
  expect(await table.last(keys.at(-1)!)).toMatchObject({ mode: "delete" });
  // pages drop all copies instead of reading megabytes
  expect((await table.log(0)).invalidations).toBeUndefined();
  expect((await table.log(table.latest - 1)).invalidations).toHaveLength(1);
});

test("a value that began in an isolate that had not heard of an invalidation is computed once more, and never served", async () => {
  const { open } = isolates();
  const [one, other] = [open(), open()];
  const since = await other.begin(key);
  await one.invalidate("all", { mode: "delete", now });
  expect(await codeOf(() => put(other, key, { since }))).toBe("INVALIDATED");
  await put(other, key, { since: await other.begin(key) });
  expect(await stateOf(one, key)).toBe("fresh");
});

test("the write of a late holder is refused after an invalidation of its prefix", async () => {
  const { open } = isolates();
  const [one, other] = [open(), open()];
  const grant = grantWith(key, 7);
  const since = await other.begin(key, { grant, found: null });
  await one.invalidate({ prefix: "maps" }, { mode: "expire", now });
  expect(await codeOf(() => put(other, key, { since, grant, found: null }))).toBe("INVALIDATED");
});

test("a write by hand right after an invalidation elsewhere is never lost", async () => {
  const { open } = isolates();
  const [one, other] = [open(), open()];
  await serve(other);
  for (const target of ["all", { prefix: "m" }, { tags: ["maps"] }] as const) {
    await put(one, key, { tags: ["maps"] });
    expect(await serve(other)).toBe("fresh");
    await one.invalidate(target, { mode: "delete", now });
    await put(other, key, { tags: ["maps"] });
    expect([await stateOf(one, key), await stateOf(open(), key)]).toEqual(["fresh", "fresh"]);
  }
});

test("what objects forget counts as invalid, and nothing else does", async () => {
  const { namespace, open } = isolates();
  const storage = open();
  await put(storage, key);
  for (let shard = 0; shard < invalidationShards; shard++) {
    const stub = namespace.getByName(String(shard)) as DurableObjectStub<ResultInvalidations>;
    await runInDurableObject(stub, (object) => void (object.limit = 10));
  }
  for (let i = 0; i < 10; i++) await storage.invalidate({ prefix: `other/${i}` }, { mode: "delete", now });
  expect(await stateOf(open(), key)).toBe("fresh");
  const { etag } = await put(storage, "later");
  await storage.invalidate({ prefix: "other/10" }, { mode: "delete", now });
  expect([await stateOf(open(), key), await stateOf(open(), "later")]).toEqual(["gone", "fresh"]);
  expect((await storage.read("later"))?.etag).toBe(etag);
  expect((await storage.invalidationsSince(0))?.invalidations).toBeUndefined();
  expect((await storage.invalidationsSince(10))?.invalidations).toHaveLength(1);
});

test("an invalidation of all replaces those of tags, also for an isolate that asks for the tag alone", async () => {
  const { open } = isolates();
  const [one, other] = [open(), open()];
  await put(one, key, { tags: ["maps"] });
  await one.invalidate({ tags: ["maps"] }, { mode: "delete", now });
  await other.begin("another");
  await one.invalidate("all", { mode: "delete", now });
  expect(await serve(other)).toBe("delete");
});

test("a sweep removes what an invalidation has deleted", async () => {
  const { open } = isolates();
  const storage = open();
  await put(storage, key);
  await put(storage, "other");
  await storage.invalidate({ prefix: "maps/" }, { mode: "delete", now });
  expect(await storage.sweep({ now: Date.now() - day })).toMatchObject({ expired: 1 });
  expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["other"]);
});

test("all objects learn of a deletion of a key in the background, for the pages that ask what has changed", async () => {
  const { open } = isolates();
  const storage = open();
  await storage.delete(key);
  await storage.deleteMany(["a", "b"]);
  await storage.clear();
  const { invalidations } = (await storage.invalidationsSince(0))!;
  expect(invalidations?.map(({ target, mode }) => [target, mode])).toEqual([
    [{ keys: [key] }, "delete"],
    [{ keys: ["a", "b"] }, "delete"],
    ["all", "delete"],
  ]);
  await storage.delete(key);
  await eventually(async () => {
    const fresh = open();
    await fresh.begin(key);
    return fresh.generation === 4;
  }, "not all objects have learned of it");
});

test("an object that does not answer fails the invalidation, and nothing is lost in silence", async () => {
  const namespace = newInvalidations();
  const broken: InvalidationNamespaceBinding = {
    getByName(name) {
      if (name !== "3") return namespace.getByName(name);
      return { ...namespace.getByName(name), add: () => Promise.reject(new Error("broken")) };
    },
  };
  const storage = new EdgeStorage({ kv, r2, invalidations: broken });
  const invalidated = storage.invalidate({ prefix: "maps/" }, { mode: "delete", now });
  await expect(invalidated).rejects.toMatchObject({ code: "STORAGE" });
});

test("without the binding nobody is asked, and only keys can be invalidated", async () => {
  const storage = new EdgeStorage({ kv, r2 });
  expect(storage.judge).toBeUndefined();
  await put(storage, key);
  for (const target of ["all", { prefix: "m" }, { tags: ["maps"] }] as const) {
    await expect(storage.invalidate(target, { mode: "delete", now })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('name = "RESULT_INVALIDATIONS"') as string,
    });
  }
  await storage.invalidate({ keys: [key] }, { mode: "expire", now });
  expect(await stateOf(storage, key)).toBe("expired");
});
