import { describe, expect, test } from "vitest";
import type { RecordOutcome } from "../../../src/core/archive/archive-format.ts";
import { exportRecords } from "../../../src/core/archive/export-records.ts";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { CorruptRecordError, StorageUnreachableError, UnsupportedRecordError } from "../../../src/errors/index.ts";
import { bytesOf, importAll, manifest, openStore, pack, storeOver, streamOf } from "./archive-tools.ts";

function withEnd(end: string): [name: string, body: string][] {
  return [
    ["manifest.json", manifest],
    ["end.json", end],
  ];
}

describe("records as one file", () => {
  test("records come back with their values, times, tags and bytes, whatever their keys are", async () => {
    const { storage, store } = openStore();
    const keys = ["maps/oslo", "../../etc/passwd", "ключ/日本", "x".repeat(1_000), "big"];
    for (const key of keys) {
      const value = key === "big" ? "b".repeat(3_000_000) : { key };
      await store.write(key, value, { expiresIn: "1d", tags: ["roads"] });
    }
    const target = new MemoryStorage();
    const outcomes = await importAll(await bytesOf(exportRecords(store)), target);
    expect(outcomes.map(({ status }) => status)).toEqual(keys.map(() => "done"));
    for (const key of keys) {
      const [copy, original] = [(await target.read(key))!.bytes, (await storage.read(key))!.bytes];
      // `toEqual` takes Bun 25 seconds for 3 MB
      expect([copy.length, copy.findIndex((byte, at) => byte !== original[at])]).toEqual([original.length, -1]);
    }
  });

  test("a record of any date is one of the others", async () => {
    const { storage, store } = openStore();
    for (const key of ["a", "b", "c"]) await store.write(key, key);
    const { bytes } = (await storage.read("b"))!;
    const { metadata } = (await storage.head("b"))!;
    await storage.write("b", bytes, { metadata: { ...metadata, createdAt: new Date(-1) } });
    expect(await importAll(await bytesOf(exportRecords(store)))).toHaveLength(3);
  });

  test("a list that would never end is an error", async () => {
    let calls = 0;
    const storage = Object.assign(new MemoryStorage(), {
      list: async () => ({ records: [], cursor: String(calls++ % 2) }),
    });
    await expect(exportRecords(storeOver(storage)).pipeTo(new WritableStream())).rejects.toThrow("twice");
    expect(calls).toBe(3);
  });

  test("an export takes all pages of a list, or those with the prefix", async () => {
    const { store } = openStore();
    for (let i = 0; i < 1_100; i++) await store.write(`${i % 2 ? "odd" : "even"}/${i}`, i);
    const exported: RecordOutcome[] = [];
    await bytesOf(exportRecords(store, { onRecord: (outcome) => exported.push(outcome) }));
    expect(exported).toHaveLength(1_100);
    const odd = await importAll(await bytesOf(exportRecords(store, { prefix: "odd/" })));
    expect(odd).toHaveLength(550);
    expect(odd.every(({ key }) => key.startsWith("odd/"))).toBe(true);
  });

  test("a damaged record is reported and left out by an export, and refused by an import, which goes on", async () => {
    const { storage, store } = openStore();
    for (const key of ["a", "b", "c"]) await store.write(key, key);
    const whole = (await storage.read("b"))!.bytes;
    const damaged = whole.slice();
    damaged[damaged.length - 1]! ^= 1;
    const { metadata } = (await storage.head("b"))!;
    await storage.write("b", damaged, { metadata });
    const exported: RecordOutcome[] = [];
    const bytes = await bytesOf(exportRecords(store, { onRecord: (outcome) => exported.push(outcome) }));
    expect(exported.map(({ key, status }) => [key, status])).toEqual([
      ["a", "done"],
      ["b", "refused"],
      ["c", "done"],
    ]);
    expect(await importAll(bytes)).toHaveLength(2);

    const file = await pack([
      ["manifest.json", manifest],
      ["records/1.rprs", damaged],
      ["notes.txt", "of somebody else"],
      ["records/2.rprs", whole],
      ["end.json", '{"records":2}'],
    ]);
    const outcomes = await importAll(file);
    expect(outcomes).toMatchObject([
      { key: "records/1.rprs", status: "refused" },
      { key: "b", status: "done" },
    ]);
    expect(outcomes[0]?.error).toBeInstanceOf(CorruptRecordError);
  });

  test("expired records are skipped, and records that are there too if the caller says so", async () => {
    const { storage, store } = openStore();
    await store.write("old", 1, { expiresIn: -1 });
    await store.write("known", 2);
    await store.write("new", 3);
    const bytes = await bytesOf(exportRecords(store));
    const target = openStore();
    await target.store.write("known", "mine");
    const outcomes = await importAll(bytes, target.storage, "keep");
    expect(Object.fromEntries(outcomes.map(({ key, status }) => [key, status]))).toEqual({
      old: "skipped",
      known: "skipped",
      new: "done",
    });
    expect((await target.store.read("known"))?.result).toBe("mine");
    await importAll(bytes, target.storage);
    expect((await target.storage.read("known"))?.bytes).toEqual((await storage.read("known"))?.bytes);
  });

  const later = JSON.stringify({ format: "reprise-archive", version: 2 });
  test.each([
    ["text", () => new TextEncoder().encode("hello ".repeat(500)), CorruptRecordError],
    ["nothing", () => new Uint8Array(), CorruptRecordError],
    ["another archive", () => pack([["readme.txt", "hello"]]), CorruptRecordError],
    ["a manifest of something else", () => pack([["manifest.json", "{}"]]), CorruptRecordError],
    ["no end", () => pack([["manifest.json", manifest]]), CorruptRecordError],
    ["fewer records than its end tells", () => pack(withEnd('{"records":1}')), CorruptRecordError],
    ["an end that tells nothing", () => pack(withEnd("[]")), CorruptRecordError],
    ["a later version", () => pack([["manifest.json", later]]), UnsupportedRecordError],
  ])("a file with %s is refused", async (_what, create, error) => {
    await expect(importAll(await create())).rejects.toThrow(error);
  });

  test("a file that was cut anywhere is refused, and what came before the cut is imported", async () => {
    const { store } = openStore();
    for (let i = 0; i < 5; i++) await store.write(`key/${i}`, "v".repeat(600));
    const bytes = await bytesOf(exportRecords(store));
    const target = new MemoryStorage();
    for (let length = 512; length < bytes.length - 2_048; length += 700) {
      await expect(importAll(bytes.subarray(0, length), target)).rejects.toThrow(CorruptRecordError);
    }
    expect((await target.list()).records.length).toBeGreaterThan(0);
  });

  test("a storage that can't be reached ends an import and an export", async () => {
    const { storage, store } = openStore();
    await store.write("a", 1);
    const bytes = await bytesOf(exportRecords(store));
    class Unreachable extends MemoryStorage {
      override async write(): Promise<never> {
        throw new StorageUnreachableError("no connection");
      }
      override async read(): Promise<never> {
        throw new StorageUnreachableError("no connection");
      }
    }
    const broken = new Unreachable();
    broken.list = (options) => storage.list(options);
    await expect(importAll(bytes, broken)).rejects.toThrow(StorageUnreachableError);
    await expect(exportRecords(storeOver(broken)).pipeTo(new WritableStream())).rejects.toThrow("no connection");
  });

  test("a signal ends an import", async () => {
    const { store } = openStore();
    await store.write("a", 1);
    const bytes = await bytesOf(exportRecords(store));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(importRecords(openStore().store, streamOf(bytes), { signal })).rejects.toThrow("enough");
  });
});
