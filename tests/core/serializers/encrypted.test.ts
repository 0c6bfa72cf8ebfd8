import { describe, expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { decodeRecord, encodeRecord } from "../../../src/core/record/record-format.ts";
import { ResultRecord } from "../../../src/core/record/result-record.ts";
import { CompressedSerializer } from "../../../src/core/serializers/compressed-serializer.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { encrypted } from "../../../src/core/serializers/encrypted.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { registerSerializer } from "../../../src/core/serializers/registry.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { type SampleFamily, samples } from "../../../src/testing/serializers/serializer-samples.ts";
import { serializerContract } from "../../../src/testing/serializers/serializer.contract.ts";
import { storeContract } from "../../../src/testing/stores/store.contract.ts";
import { createMemoryWorld } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";
import { codeOf } from "../record/record-tools.ts";
import { createKey, hasText } from "./encryption-tools.ts";

const [key, otherKey] = await Promise.all([createKey(), createKey()]);
const devalue = new DevalueSerializer();

describe("an encrypted serializer keeps the promises of its contract", () => {
  const carries = Object.keys(samples) as SampleFamily[];
  const inner = { devalue, compressed: new CompressedSerializer({ serializer: devalue }) };
  describe.each(Object.entries(inner))("over %s", (_name, serializer) => {
    for (const { name, run } of serializerContract({ create: () => encrypted(serializer, { key }), carries }))
      test(name, run);
  });
});

describe("a store that encrypts keeps the promises of a store", () => {
  const createWorld = () => {
    const world = createMemoryWorld();
    const serializer = encrypted(devalue, { key });
    return { ...world, createStore: (options = {}) => world.createStore({ serializer, ...options }) };
  };
  for (const { name, run } of storeContract(createWorld)) test(name, run);
});

/** A store without memory, so that every read decrypts. */
function storeWith(resultStorage: MemoryStorage, options: Parameters<typeof encrypted>[1], serializer = devalue) {
  const events: StoreEvent[] = [];
  const onEvent = (event: StoreEvent) => void events.push(event);
  const store = createStore({
    resultStorage,
    serializer: encrypted(serializer, options),
    cacheResultInMemory: false,
    onEvent,
  });
  return { store, reasons: () => events.flatMap((event) => (event.type === "miss" ? [event.reason] : [])) };
}

const bytesIn = async (storage: MemoryStorage, at: string) => (await storage.read(at))!.bytes;

describe("the bytes of a record", () => {
  test.each([undefined, null, "", 0, false, [], {}, "secret word"])(
    "don't show %j, and give it back",
    async (value) => {
      const storage = new MemoryStorage();
      const { store } = storeWith(storage, { key });
      await store.write("k", { value, marker: "secret word" });
      expect(hasText(await bytesIn(storage, "k"), "secret word")).toBe(false);
      expect(hasText(await bytesIn(storage, "k"), "devalue")).toBe(false);
      expect((await store.read("k"))?.result).toEqual({ value, marker: "secret word" });
      await store.write("k", value);
      expect((await store.read("k"))?.result).toEqual(value);
    },
  );

  test("differ for equal values under one key, so that nobody sees that they are equal", async () => {
    const serializer = encrypted(devalue, { key });
    const all = await Promise.all(Array.from({ length: 50 }, async () => serializer.dumps("same", { key: "k" })));
    expect(new Set(all.map((bytes) => bytes.join())).size).toBe(50);
  });

  test("hold a large typed array", async () => {
    const storage = new MemoryStorage();
    const { store } = storeWith(storage, { key });
    const value = new Float64Array(500_000).map((_, i) => i);
    await store.write("large", value);
    const back = (await store.read<Float64Array>("large"))!.result;
    expect([back.length, back.findIndex((each, i) => each !== i)]).toEqual([500_000, -1]);
  });

  test("keep tags and times readable, so that lists and invalidations find the record", async () => {
    const storage = new MemoryStorage();
    const { store } = storeWith(storage, { key });
    await store.write("k", 1, { tags: ["roads"], expiresIn: "1h" });
    const reader = createStore({ resultStorage: storage });
    expect((await reader.list()).records).toMatchObject([
      { storageKey: "k", tags: ["roads"], serializer: { type: "encrypted" } },
    ]);
    await reader.invalidate({ tags: ["roads"] });
    expect(await store.read("k")).toBeUndefined();
  });
});

describe("a record that can't be decrypted", () => {
  test("because it was copied under another key is corrupt, and is computed again", async () => {
    const storage = new MemoryStorage();
    const { store, reasons } = storeWith(storage, { key });
    await store.write("salary/ada", 1);
    const { metadata, body } = decodeRecord(await bytesIn(storage, "salary/ada"));
    const moved = encodeRecord({ ...metadata, storageKey: "salary/bob" }, body);
    await storage.write("salary/bob", moved.bytes, { metadata: moved.metadata });
    await expect(store.read("salary/bob")).rejects.toMatchObject({ code: "CORRUPT_RECORD", key: "salary/bob" });
    expect(await store.getOrCompute("salary/bob", () => 2)).toBe(2);
    expect(reasons()).toEqual(["corrupt"]);
    expect((await store.read("salary/bob"))?.result).toBe(2);
  });

  test("because another key has its id is corrupt, and is replaced by a computed value", async () => {
    const storage = new MemoryStorage();
    await storeWith(storage, { key: otherKey }).store.write("k", "theirs");
    const { store, reasons } = storeWith(storage, { key });
    await expect(store.read("k")).rejects.toThrow(/can't be decrypted/);
    expect(await codeOf(() => store.read("k"))).toBe("CORRUPT_RECORD");
    expect(await store.getOrCompute("k", () => "mine")).toBe("mine");
    expect(reasons()).toEqual(["corrupt"]);
    expect((await store.read("k"))?.result).toBe("mine");
  });

  test("because its key is not known here keeps its metadata, and is not replaced by a computed value", async () => {
    const storage = new MemoryStorage();
    const theirs = storeWith(storage, { keys: { theirs: otherKey }, current: "theirs" }).store;
    await theirs.write("k", "theirs", { tags: ["roads"] });
    const { store, reasons } = storeWith(storage, { key });
    const record = await store.read("k");
    expect(record).toMatchObject({ isReadable: false, metadata: { tags: ["roads"] } });
    expect(() => record!.result).toThrow(/encrypted with the key "theirs"; known here are "default"/);
    expect(await codeOf(() => record!.result)).toBe("UNSUPPORTED_RECORD");
    expect(await store.getOrCompute("k", () => "mine")).toBe("mine");
    expect(reasons()).toEqual(["unsupported"]);
    expect((await theirs.read("k"))?.result).toBe("theirs");
    await store.write("k", "by hand");
    expect((await store.read("k"))?.result).toBe("by hand");
  });

  test("because this store has no key is a miss, and is not replaced", async () => {
    const storage = new MemoryStorage();
    await storeWith(storage, { key }).store.write("k", "secret");
    const store = createStore({ resultStorage: storage });
    expect((await store.read("k"))?.isReadable).toBe(false);
    expect(await store.getOrCompute("k", () => "mine")).toBe("mine");
    expect((await storeWith(storage, { key }).store.read("k"))?.result).toBe("secret");
  });

  test("because a later version wrote it is unsupported", async () => {
    const serializer = encrypted(devalue, { key });
    const bytes = await serializer.dumps(1, { key: "k" });
    bytes[0] = 2;
    await expect(serializer.loads(bytes, { key: "k" })).rejects.toMatchObject({ code: "UNSUPPORTED_RECORD" });
  });
});

describe("rotation of keys", () => {
  const rotated = { keys: { default: key, "2027": otherKey }, current: "2027" };

  test("reads what the old key wrote, and writes with the new one", async () => {
    const storage = new MemoryStorage();
    await storeWith(storage, { key }).store.write("old", "old");
    const { store } = storeWith(storage, rotated);
    expect((await store.read("old"))?.result).toBe("old");
    await store.write("new", "new");
    expect((await storeWith(storage, { key }).store.read("new"))?.isReadable).toBe(false);
    const onlyNew = storeWith(storage, { keys: { "2027": otherKey }, current: "2027" }).store;
    expect((await onlyNew.read("new"))?.result).toBe("new");
    expect((await onlyNew.read("old"))?.isReadable).toBe(false);
  });

  test("takes a key that may only decrypt, if it is not the current one", async () => {
    const raw = crypto.getRandomValues(new Uint8Array(32));
    const storage = new MemoryStorage();
    await storeWith(storage, { key: await createKey(["encrypt", "decrypt"], raw) }).store.write("old", "old");
    const keys = { default: await createKey(["decrypt"], raw), "2027": otherKey };
    expect((await storeWith(storage, { keys, current: "2027" }).store.read("old"))?.result).toBe("old");
    expect(() => encrypted(devalue, { keys, current: "default" })).toThrow(/"default" may not encrypt/);
  });

  test("the id of a key may be any text, and belongs to the bytes", async () => {
    const keys = { schlüssel: key, "2": key };
    const serializer = encrypted(devalue, { keys, current: "schlüssel" });
    const bytes = await serializer.dumps("v", { key: "k" });
    expect(await serializer.loads(bytes, { key: "k" })).toBe("v");
    const renamed = Uint8Array.from([1, 1, 0x32, ...bytes.subarray(2 + bytes[1]!)]);
    await expect(serializer.loads(renamed, { key: "k" })).rejects.toMatchObject({ code: "SERIALIZATION" });
  });
});

describe("the serializer inside", () => {
  test("may change: a record names its own, encrypted", async () => {
    const storage = new MemoryStorage();
    await storeWith(storage, { key }, new JsonSerializer() as never).store.write("k", { a: 1 });
    expect((await storeWith(storage, { key }).store.read("k"))?.result).toEqual({ a: 1 });
  });

  test("may compress, before the encryption", async () => {
    const storage = new MemoryStorage();
    const serializer = encrypted(new CompressedSerializer({ serializer: devalue }), { key });
    const store = createStore({ resultStorage: storage, serializer, cacheResultInMemory: false });
    await store.write("k", "a".repeat(100_000));
    expect((await bytesIn(storage, "k")).length).toBeLessThan(2_000);
    expect((await store.read("k"))?.result).toHaveLength(100_000);
    const strict = createStore({ resultStorage: storage, serializer, maxResultBytes: 1_000 });
    expect((await strict.read("k"))?.isReadable).toBe(false);
  });

  test("may be an encrypted one itself, and an encrypted one may be compressed", async () => {
    const twice = encrypted(encrypted(devalue, { key }), { key: otherKey });
    expect(await twice.loads(await twice.dumps([1], { key: "k" }), { key: "k" })).toEqual([1]);
    const around = new CompressedSerializer({ serializer: encrypted(devalue, { key }) });
    expect(around.omitsInputs).toBe(true);
    expect(await around.loads(await around.dumps([1], { key: "k" }), { key: "k" })).toEqual([1]);
    await expect(around.loads(await around.dumps([1], { key: "k" }), { key: "other" })).rejects.toThrow(/decrypted/);
  });

  test("is found by registration, where a record is read without its store", async () => {
    const serializer = encrypted(devalue, { key });
    const record = createStore({ serializer }).createResultRecord({ a: 1 }, { key: "k" });
    const bytes = await record.serialize();
    expect((await ResultRecord.deserialize(bytes)).isReadable).toBe(false);
    const unregister = registerSerializer("encrypted", () => serializer);
    try {
      expect((await ResultRecord.deserialize(bytes)).result).toEqual({ a: 1 });
    } finally {
      unregister();
    }
  });
});

test("without the key of a record, nothing is encrypted or decrypted", async () => {
  const serializer = encrypted(devalue, { key });
  await expect(serializer.dumps(1)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(serializer.loads(await serializer.dumps(1, { key: "k" }))).rejects.toThrow(/storage key/);
});

test.each(["minimal", "full"] as const)("the inputs of a task are in the metadata or not: %s", async (metadata) => {
  const storage = new MemoryStorage();
  const { store } = storeWith(storage, { key, metadata });
  const task = createTask(() => store);
  const taxOf = task(({ person }: { person: string }) => person.length, { name: "tax-of", version: "1" });
  await taxOf({ person: "ada" });
  const { records } = await store.list();
  expect(records.map(({ inputs }) => Object.keys(inputs ?? {}))).toEqual([
    metadata === "full" ? expect.arrayContaining(["person"]) : [],
  ]);
  expect(await taxOf.explain([{ person: "bob" }])).toMatchObject({
    state: metadata === "full" ? "changed" : "never-computed",
  });
});

test.each<[string, unknown, RegExp]>([
  ["nothing", undefined, /needs an object of options/],
  ["no key", {}, /needs \{ key \}, or \{ keys, current \}/],
  ["both", { key, keys: { a: key }, current: "a" }, /and not both/],
  ["a current id beside one key", { key, current: "default" }, /only with "keys"/],
  ["keys without a current one", { keys: { a: key } }, /current has to be the id of one of the keys, a; got undefined/],
  ["an unknown current one", { keys: { a: key }, current: "b" }, /got b/],
  ["an inherited name as the current one", { keys: { a: key }, current: "toString" }, /got toString/],
  ["no keys", { keys: {}, current: "a" }, /there are none/],
  ["an empty id", { keys: { "": key }, current: "" }, /1 to 64 bytes/],
  ["a long id", { keys: { ["é".repeat(33)]: key }, current: "é".repeat(33) }, /got 66/],
  ["raw bytes", { key: new Uint8Array(32) }, /"default" is no AES-GCM key of WebCrypto/],
  ["a misspelt option", { key, metdata: "full" }, /did you mean "metadata"/],
  ["another kind of metadata", { key, metadata: "hidden" }, /"minimal" or "full"; got hidden/],
])("options with %s are refused", (_what, options, message) => {
  expect(() => encrypted(devalue, options as never)).toThrow(message);
  expect(() => encrypted(devalue, options as never)).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
});

test("a key of another algorithm, and a serializer that is none, are refused", async () => {
  const cbc = await createKey(["encrypt", "decrypt"], new Uint8Array(32), "AES-CBC");
  expect(() => encrypted(devalue, { key: cbc })).toThrow(/no AES-GCM key/);
  expect(() => encrypted("devalue" as never, { key })).toThrow(/needs the serializer/);
});
