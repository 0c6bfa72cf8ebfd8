import { describe, expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { ResultRecord } from "../../../src/core/context/built-in-serializers.ts";
import type { InvalidationTarget } from "../../../src/core/invalidation/invalidation.ts";
import { decodeHead, decodeRecord } from "../../../src/core/record/record-format.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { ConfigurationError, StorageError } from "../../../src/errors/index.ts";
import { expectRecord, grantWith, mustRead, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { codeOf } from "../record/record-tools.ts";
import { createSplit } from "./split-world.ts";

const trouble = new StorageError("trouble");

describe("the metadata is what makes it a record", () => {
  test("it is written after the result, and deleted before it", async () => {
    const { storage, calls } = createSplit();
    const changes = () => calls.splice(0).filter((call) => !call.startsWith("read"));
    await put(storage, "key");
    expect(changes()).toEqual(["write body", "write head"]);
    await put(storage, "key");
    expect(changes()).toEqual(["write body", "write head", "delete body"]);
    await storage.delete("key");
    expect(changes()).toEqual(["delete head", "delete body"]);
    await put(storage, "key");
    changes();
    await storage.deleteMany(["key"]);
    expect(changes()).toEqual(["delete head", "delete body"]);
  });

  test("a write that fails between the two, or before, leaves the record before as it was", async () => {
    const { storage, metadata, results } = createSplit();
    const before = await put(storage, "key");
    for (const part of [results, metadata]) {
      part.failure = { call: "write", error: trouble };
      await expect(put(storage, "key")).rejects.toBe(trouble);
      await expectRecord(storage, "key", before);
      expect(await storage.head("key")).toMatchObject({ etag: before.etag });
    }
    for (const part of [results, metadata]) {
      part.failure = { call: "write", error: trouble };
      await expect(put(storage, "new")).rejects.toBe(trouble);
      expect([await storage.read("new"), await storage.head("new")]).toEqual([undefined, undefined]);
    }
  });

  test("where nobody knows whether the metadata was written, its result stays", async () => {
    const { storage, metadata } = createSplit();
    await put(storage, "key");
    metadata.failure = { call: "write", error: trouble, isDone: true };
    const { bytes, metadata: head } = sample("key");
    await expect(storage.write("key", bytes, { metadata: head })).rejects.toBe(trouble);
    await expectRecord(storage, "key", { bytes });
  });

  test("trouble with deleting what was there before fails no write and no deletion", async () => {
    const { storage, results } = createSplit();
    await put(storage, "key");
    results.failure = { call: "delete", error: trouble };
    const second = await put(storage, "key");
    await expectRecord(storage, "key", second);
    results.failure = { call: "delete", error: trouble };
    expect(await storage.delete("key")).toBe(true);
    expect(await storage.read("key")).toBe(undefined);
  });

  test("a refused write harms nothing and leaves nothing", async () => {
    const { storage, metadata, results } = createSplit();
    const record = await put(storage, "key", { grant: grantWith("key", 6) });
    expect(await codeOf(() => put(storage, "key", { ifNoneMatch: "*" }))).toBe("PRECONDITION_FAILED");
    expect(await codeOf(() => put(storage, "key", { ifMatch: "another" }))).toBe("PRECONDITION_FAILED");
    expect(await codeOf(() => put(storage, "key", { grant: grantWith("key", 5) }))).toBe("STALE_LOCK");
    metadata.failure = { call: "write", error: new ConfigurationError("no conditions here") };
    expect(await codeOf(() => put(storage, "key"))).toBe("CONFIGURATION");
    await expectRecord(storage, "key", record);
    expect(await results.count()).toBe(1);
  });
});

describe("what is asked for without a result reads none", () => {
  test("exists, head and list ask the metadata storage alone", async () => {
    const { storage, calls } = createSplit();
    const { etag } = await put(storage, "key");
    calls.length = 0;
    expect(await storage.head("key")).toMatchObject({ etag, metadata: { storageKey: "key" } });
    expect((await storage.list()).records).toMatchObject([{ storageKey: "key", etag }]);
    expect(calls.filter((call) => call.endsWith("body"))).toEqual([]);
  });

  test("the result storage has the serializer's bytes and no more, the metadata storage the head under the key", async () => {
    const { storage, metadata, results } = createSplit();
    const record = await recordOf([1, 2, 3]);
    await storage.write("key", await record.serialize(), { metadata: record.metadata });
    const [body] = (await results.list()).records;
    expect((await results.read(body!.storageKey))?.bytes).toEqual(await record.serializeResult());
    const head = await record.serializeMetadata();
    expect((await metadata.read("key"))?.bytes.subarray(0, head.length)).toEqual(head);
    expect(body).toMatchObject({ size: record.metadata.size });
  });

  test("a use without a read is told to both storages", async () => {
    const { storage, metadata, results } = createSplit();
    await put(storage, "key");
    storage.noteUse("key");
    storage.noteUse("never seen");
    expect(metadata.used).toEqual(["key", "never seen"]);
    expect(results.used).toEqual([(await results.list()).records[0]!.storageKey]);
  });
});

describe("results that nothing refers to", () => {
  test("are deleted once another one, or nothing, has taken their place", async () => {
    const { storage, results } = createSplit();
    for (let i = 0; i < 5; i++) await put(storage, "key");
    await put(storage, "other");
    expect(await results.count()).toBe(2);
    expect(await storage.deleteMany(["key", "absent", "other"])).toEqual([true, false, true]);
    expect(await results.count()).toBe(0);
  });

  test("the same bytes written twice at once are two results, of which one stays, and it is the one that is read", async () => {
    const { storage } = createSplit();
    const { bytes, metadata } = sample("key");
    await Promise.all(Array.from({ length: 10 }, () => storage.write("key", bytes, { metadata })));
    await expectRecord(storage, "key", { bytes });
  });

  test("with metadata that may lag behind, the one before stays for those who see it", async () => {
    const { storage, metadata, results } = createSplit("eventual");
    const first = await put(storage, "key");
    const seenElsewhere = await metadata.read("key");
    const elsewhere = new SplitStorage({
      metadata: Object.assign(new MemoryStorage(), { read: async () => seenElsewhere }),
      results,
    });
    await put(storage, "key");
    await expectRecord(elsewhere, "key", first);
    const third = await put(storage, "key");
    expect(await elsewhere.read("key")).toBe(undefined);
    await expectRecord(storage, "key", third);
    expect(await results.count()).toBe(2);
    await storage.delete("key");
    expect(await results.count()).toBe(0);
  });

  test("go with their time when a write was cut off, and are not counted as records", async () => {
    const { storage, metadata, results } = createSplit();
    metadata.failure = { call: "write", error: trouble };
    await expect(put(storage, "key", { expiration: new Date(1) })).rejects.toBe(trouble);
    await put(storage, "whole", { expiration: new Date(1) });
    expect(await results.count()).toBe(2);
    expect(await storage.sweep({ now: 2 })).toEqual({ expired: 1, evicted: 0 });
    expect([await results.count(), await metadata.count()]).toEqual([0, 0]);
  });
});

describe("a result that is lost", () => {
  test("is a record that is lost, and nothing else is", async () => {
    const { storage, results } = createSplit();
    await put(storage, "gone");
    const [body] = (await results.list()).records;
    const kept = await put(storage, "kept");
    await results.delete(body!.storageKey);
    expect(await storage.read("gone")).toBe(undefined);
    const [gone, there, absent] = await storage.readMany(["gone", "kept", "absent"]);
    expect([gone, there?.bytes, absent]).toEqual([undefined, kept.bytes, undefined]);
    expect(await storage.head("gone")).toBeDefined();
    await expectRecord(storage, "gone", await put(storage, "gone"));
  });

  test("is looked for with the metadata as it is now, where another writer came in between", async () => {
    const { storage, metadata, results } = createSplit();
    await put(storage, "key");
    let next: Awaited<ReturnType<typeof put>> | undefined;
    results.before = async (call) => {
      if (call !== "read body" || next) return;
      results.before = undefined;
      next = await put(storage, "key");
    };
    metadata.readOptions.length = 0;
    const { etag } = await mustRead(storage, "key");
    expect(etag).toBe(next?.etag);
    expect(metadata.readOptions.at(-1)).toMatchObject({ fresh: true });
  });

  test("is waited for where it is known to have been written, and where the storage can wait", async () => {
    const { storage, results } = createSplit();
    const { etag } = await put(storage, "key");
    await storage.read("key", { committed: etag });
    await storage.read("key", { fresh: true });
    const [known, fresh] = results.readOptions.slice(-2);
    const [body] = (await results.list()).records;
    expect(known).toMatchObject({ committed: body!.etag });
    expect(fresh).toMatchObject({ fresh: true });
  });
});

test("whole records, and what is no record, are read as they lie in the metadata storage", async () => {
  const { storage, metadata } = createSplit();
  const whole = await put(metadata, "whole");
  await expectRecord(storage, "whole", whole);
  const { metadata: head } = sample("foreign");
  const bytes = new TextEncoder().encode("not a record at all");
  await storage.write("foreign", bytes, { metadata: head });
  await expectRecord(storage, "foreign", { bytes });
  expect(await storage.readMany(["whole", "foreign"])).toMatchObject([{ bytes: whole.bytes }, { bytes }]);
  const replaced = await put(storage, "whole");
  await expectRecord(storage, "whole", replaced);
});

test("a result storage has to read, write and delete, and nothing more", async () => {
  const memory = new MemoryStorage();
  const results: ResultStorage = {
    type: "plain",
    capabilities: memory.capabilities,
    read: (key) => memory.read(key),
    write: (key, bytes, options) => memory.write(key, bytes, options),
    delete: (key) => memory.delete(key),
  };
  const storage = new SplitStorage({ metadata: new MemoryStorage(), results });
  const { bytes } = await put(storage, "old", { createdAt: new Date(1) });
  const young = await put(storage, "young", { createdAt: new Date(2) });
  await put(storage, "over", { expiration: new Date(3) });
  expect((await storage.readMany(["young", "absent"])).map((each) => each?.etag)).toEqual([young.etag, undefined]);
  expect(await storage.sweep({ now: 4, freeBytes: bytes.length })).toEqual({ expired: 1, evicted: 1 });
  await expectRecord(storage, "young", young);
  expect(await storage.deleteMany(["young", "old"])).toEqual([true, false]);
});

test("a damaged result is a damaged record", async () => {
  const { storage, results } = createSplit();
  await put(storage, "key");
  const [body] = (await results.list()).records;
  const { bytes } = await mustRead(results, body!.storageKey);
  for (const damaged of [bytes.map((byte, index) => byte ^ Number(index === 3)), bytes.subarray(1)]) {
    await results.write(body!.storageKey, damaged, { metadata: body! });
    const read = await mustRead(storage, "key");
    expect(await codeOf(() => ResultRecord.deserialize(read.bytes, { key: "key" }))).toBe("CORRUPT_RECORD");
  }
});

test("it is consistent where both are, conditional where the metadata is, and takes what the results take", () => {
  const capabilitiesOf = (metadata: object, results: object) =>
    new SplitStorage({
      metadata: Object.assign(new MemoryStorage(), { capabilities: metadata }),
      results: Object.assign(new MemoryStorage(), { capabilities: results }),
    }).capabilities;
  const strong = { consistency: "strong", conditionalWrites: true, maxRecordBytes: 10 };
  const eventual = { consistency: "eventual", conditionalWrites: false };
  expect(capabilitiesOf(strong, strong)).toEqual(strong);
  expect(capabilitiesOf(strong, eventual)).toEqual({ consistency: "eventual", conditionalWrites: true });
  expect(capabilitiesOf(eventual, strong)).toEqual({ ...eventual, maxRecordBytes: 10 });
});

test("room is made by deleting the oldest records, whole", async () => {
  const { storage, metadata, results } = createSplit();
  const { bytes } = await put(storage, "old", { createdAt: new Date(1) });
  const young = await put(storage, "young", { createdAt: new Date(2) });
  const gone: string[] = [];
  const swept = await storage.sweep({ now: 3, freeBytes: bytes.length, onDelete: (key) => gone.push(key) });
  expect([swept, gone]).toEqual([{ expired: 0, evicted: 1 }, ["old"]]);
  await expectRecord(storage, "young", young);
  expect([await metadata.count(), await results.count()]).toEqual([1, 1]);
});

describe("invalidations", () => {
  const now = Date.now();
  const counts = async ({ metadata, results }: ReturnType<typeof createSplit>) => [
    await metadata.count(),
    await results.count(),
  ];

  test.each<InvalidationTarget>(["all", { keys: ["maps/a", "maps/b"] }, { prefix: "maps/" }, { tags: ["x"] }])(
    "a deletion of %j takes the results along",
    async (target) => {
      const split = createSplit();
      for (const key of ["maps/a", "maps/b"]) await put(split.storage, key, { tags: ["x"] });
      const other = await put(split.storage, "other");
      await split.storage.invalidate!(target, { mode: "delete", now });
      expect(await counts(split)).toEqual(target === "all" ? [0, 0] : [1, 1]);
      if (target !== "all") await expectRecord(split.storage, "other", other);
    },
  );

  test("an expired record keeps its result until a sweep takes both", async () => {
    const split = createSplit();
    const { bytes } = await put(split.storage, "k");
    await put(split.storage, "other");
    await split.storage.invalidate!({ keys: ["k"] }, { mode: "expire", now });
    const expired = await mustRead(split.storage, "k");
    expect(decodeHead(expired.bytes).expiration).toEqual(new Date(now));
    expect(decodeRecord(expired.bytes).body).toEqual(decodeRecord(bytes).body);
    expect(await split.storage.sweep({ now })).toEqual({ expired: 1, evicted: 0 });
    expect(await counts(split)).toEqual([1, 1]);
  });

  test("a refused value leaves no result", async () => {
    const split = createSplit();
    const since = await split.storage.begin!("k");
    await split.storage.delete("k");
    expect(await codeOf(() => put(split.storage, "k", { since }))).toBe("INVALIDATED");
    expect(await counts(split)).toEqual([0, 0]);
  });

  test("reach the parts that only this browser has, where only those are meant", async () => {
    const [near, far, results] = [new MemoryStorage(), new MemoryStorage(), new MemoryStorage()];
    const split = new SplitStorage({ metadata: Object.assign(far, { local: near }), results });
    expect(new SplitStorage({ metadata: near, results }).local).toBeUndefined();
    await put(split, "k");
    await put(split.local!, "k");
    await split.local!.delete("k");
    expect([await split.local!.read("k"), await split.head("k")]).toMatchObject([undefined, {}]);
    expect(split.local).toBe(split.local);
  });

  test("are kept if the metadata storage keeps them", () => {
    const full = new MemoryStorage();
    const { type, capabilities } = full;
    const bare: ResultStorage = {
      ...{ type, capabilities },
      read: async () => undefined,
      write: async () => ({ etag: "" }),
      delete: async () => false,
    };
    const methods = ["begin", "invalidate", "lastInvalidation", "judge", "fence"] as const;
    const has = (metadata: ResultStorage, results: ResultStorage) => {
      const split = new SplitStorage({ metadata, results }) as ResultStorage;
      return methods.filter((method) => split[method]);
    };
    expect(has(full, bare)).toEqual(["begin", "invalidate", "lastInvalidation"]);
    expect(has(bare, full)).toEqual([]);
    const judging = Object.assign(new MemoryStorage(), { judge: () => undefined, fence: async () => {} });
    expect(has(judging, full)).toEqual(methods);
  });
});

async function recordOf(result: unknown): Promise<ResultRecord> {
  const { bytes } = sample("key", { body: new TextEncoder().encode(JSON.stringify(result)) });
  return ResultRecord.deserialize(bytes);
}
