import { readParameters, storeParameters } from "../../core/deferred/parameters.ts";
import { assert, assertEqual, assertRejects } from "../cases/assert.ts";
import { watch, type StoreCase } from "./store-world.ts";
import { eventually } from "../cases/wait-for.ts";

/** The promises of reading, writing, listing and deleting. */
export const recordCases: readonly StoreCase[] = [
  [
    "a record is read with its metadata, and absent is undefined",
    async (world) => {
      const { store } = watch(world, { now: () => 5_000 });
      const written = await store.write("k", [1, 2], { expiresIn: "1m" });
      assert(written.isPersisted, "persisted");
      for (const reader of [store, watch(world, { now: () => 6_000 }).store]) {
        const record = await reader.read("k");
        assert(record?.isPersisted, "a persisted record");
        assert(record.equals(written), "an equal record");
        assertEqual(record.metadata.createdAt, new Date(5_000));
        assertEqual(record.expiration, new Date(65_000));
        assertEqual(record.serializer.type, store.serializer.type);
        assertEqual(record.metadata.etag, written.metadata.etag);
        assertEqual(record.metadata.size, written.metadata.size);
      }
      assertEqual(await store.read("other"), undefined);
    },
  ],
  [
    "expired is absent unless it is allowed",
    async (world) => {
      let now = 0;
      const { store } = watch(world, { now: () => now });
      await store.write("k", 1, { expiration: new Date(10) });
      now = 10;
      assertEqual(await store.read("k"), undefined);
      assertEqual((await store.read("k", { allowExpired: true }))?.result, 1);
      assertEqual((await store.list()).records.length, 0);
      assertEqual((await store.list({ allowExpired: true })).records.length, 1);
      assertEqual(await store.readMany(["k"]), [undefined]);
    },
  ],
  [
    "a changed record leaves the memory of other contexts",
    async (world) => {
      const [one, two] = [watch(world), watch(world)];
      await one.store.write("k", 1);
      assertEqual((await two.store.read("k"))?.result, 1);
      await one.store.write("k", 2);
      await eventually(async () => (await two.store.read("k"))?.result === 2, "the other context to see it");
      await one.store.delete("k");
      await eventually(async () => (await two.store.read("k")) === undefined, "the other context to miss it");
      await one.store.write("k", 3);
      await eventually(async () => (await two.store.read("k"))?.result === 3, "the third value");
      await one.store.clear();
      await eventually(async () => (await two.store.read("k")) === undefined, "the other context to be cleared");
      assert(
        two.events.some(({ type }) => type === "change"),
        "no event tells of it",
      );
    },
  ],
  [
    "what can't be serialized is refused with the path to it, and what was kept stays",
    async (world) => {
      const { store } = watch(world);
      await store.write("k", "kept");
      const error = await assertRejects(store.write("k", { rows: [{ when: Symbol("now") }] }), "SERIALIZATION");
      assertEqual(error.path, "$.rows[0].when");
      assertEqual((await watch(world).store.read("k"))?.result, "kept");
    },
  ],
  [
    "conditions are checked by the write",
    async (world) => {
      const { store } = watch(world);
      const first = await store.write("k", 1, { ifNoneMatch: "*" });
      await assertRejects(store.write("k", 2, { ifNoneMatch: "*" }), "PRECONDITION_FAILED");
      await store.write("k", 2, { ifMatch: first.metadata.etag });
      await assertRejects(store.write("k", 3, { ifMatch: first.metadata.etag }), "PRECONDITION_FAILED");
      assertEqual((await watch(world).store.read("k"))?.result, 2);
    },
  ],
  [
    "exists tells unexpired records from all others",
    async (world) => {
      let now = 0;
      const { store } = watch(world, { now: () => now });
      await store.write("here", 1);
      await store.write("over", 1, { expiresIn: 10 });
      now = 20;
      const found = await Promise.all(["here", "over", "none"].map((key) => store.exists(key)));
      assertEqual(found, [true, false, false]);
    },
  ],
  [
    "list gives metadata by prefix, page by page, in the order of the keys",
    async (world) => {
      const { store } = watch(world);
      await store.writeMany(["b/2", "a/1", "b/1", "c/1", "b/3"].map((key) => ({ key, result: key })));
      const first = await store.list({ prefix: "b/", limit: 2 });
      assertEqual(
        first.records.map(({ storageKey }) => storageKey),
        ["b/1", "b/2"],
      );
      const second = await store.list({ prefix: "b/", limit: 2, cursor: first.cursor });
      assertEqual(
        second.records.map(({ storageKey }) => storageKey),
        ["b/3"],
      );
      assertEqual(second.cursor, undefined);
      assert(
        first.records.every(({ size, etag, createdAt }) => size && etag && createdAt),
        "size, etag and creation",
      );
      for (const limit of [0, 1_001, 1.5]) await assertRejects(store.list({ limit }), "INVALID_ARGUMENT");
    },
  ],
  [
    "many are read and deleted as one by one",
    async (world) => {
      const { store } = watch(world);
      await store.writeMany([
        { key: "a", result: 1 },
        { key: "b", result: 2 },
      ]);
      const reader = watch(world).store;
      await reader.read("b");
      const results = (await reader.readMany(["a", "none", "b"])).map((record) => record?.result);
      assertEqual(results, [1, undefined, 2]);
      assertEqual(await reader.deleteMany(["a", "none"]), [true, false]);
      assertEqual(await reader.exists("a"), false);
    },
  ],
  [
    "a record made apart is persisted as it is",
    async (world) => {
      const { store } = watch(world);
      const record = store.createResultRecord(new Map([[1, "one"]]), { expiresIn: "1h" });
      assert(/^[0-9a-f]{32}$/.test(record.metadata.storageKey), "a random key");
      assert(!record.isPersisted, "not persisted yet");
      await store.persistResultRecord(record);
      assert((await watch(world).store.read(record.metadata.storageKey))?.equals(record), "an equal record");
    },
  ],
  [
    "sweeping deletes what has expired and nothing else",
    async (world) => {
      let now = 0;
      const { store } = watch(world, { now: () => now });
      await store.write("stays", 1);
      await store.write("goes", 1, { expiresIn: 10 });
      now = 10;
      assertEqual(await store.sweep(), { expired: 1, evicted: 0 });
      assertEqual(
        (await store.list({ allowExpired: true })).records.map(({ storageKey }) => storageKey),
        ["stays"],
      );
    },
  ],
  [
    "parameters are kept under their id, and absent ones are an error",
    async (world) => {
      const { store } = watch(world);
      await storeParameters(store, "run-1", { since: new Date(0), ids: new Set([1]) });
      assertEqual(await readParameters(watch(world).store, "run-1"), { since: new Date(0), ids: new Set([1]) });
      assertEqual(await store.exists("parameters/run-1"), true);
      await assertRejects(readParameters(store, "run-2"), "RECORD_NOT_FOUND");
    },
  ],
  [
    "keys that can't be are refused by every method",
    async (world) => {
      const { store } = watch(world);
      for (const key of ["", "\udc00", "é".repeat(513)]) {
        await assertRejects(store.read(key), "INVALID_ARGUMENT");
        await assertRejects(store.write(key, 1), "INVALID_ARGUMENT");
        await assertRejects(store.delete(key), "INVALID_ARGUMENT");
        await assertRejects(store.exists(key), "INVALID_ARGUMENT");
        await assertRejects(store.acquireLock(key), "INVALID_ARGUMENT");
        await assertRejects(() => store.createResultRecord(1, { key }), "INVALID_ARGUMENT");
      }
      assertEqual((await store.list()).records, []);
    },
  ],
  [
    "a closed store opens again at its next call",
    async (world) => {
      const { store } = watch(world);
      await store.write("k", 1);
      await store.close();
      assertEqual((await store.read("k"))?.result, 1);
    },
  ],
];
