import { describe, expect, test } from "vitest";
import { exportRecords } from "../../../src/core/archive/export-records.ts";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { encodeRecord } from "../../../src/core/record/record-format.ts";
import type { ResultRecordMetadata } from "../../../src/core/record/result-record-metadata.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { StorageListPage, StoredRecord } from "../../../src/core/storages/result-storage.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createStore } from "../../stores.ts";
import { archiveOf } from "./archive-tools.ts";

const MiB = 2 ** 20;

/** Makes each of its records of 1 MiB when it is read, and counts them. It forgets what is written to it, and counts that too. */
class LargeStorage extends MemoryStorage {
  readonly #count: number;
  reads = 0;
  writing = 0;
  mostWriting = 0;
  written = 0;

  constructor(count: number) {
    super();
    this.#count = count;
  }

  override async list(): Promise<StorageListPage> {
    const records = Array.from({ length: this.#count }, (_, i) => metadataOf(`large/${i}`));
    return { records: records.map((metadata) => ({ ...metadata, size: MiB })) };
  }

  override async read(key: string): Promise<StoredRecord> {
    this.reads++;
    return { bytes: encodeRecord(metadataOf(key), new Uint8Array(MiB)).bytes, etag: "1" };
  }

  override async write(): Promise<{ etag: string }> {
    this.mostWriting = Math.max(this.mostWriting, ++this.writing);
    await new Promise((resolve) => setTimeout(resolve));
    this.writing--;
    this.written++;
    return { etag: "1" };
  }
}

function metadataOf(storageKey: string): ResultRecordMetadata {
  return { storageKey, createdAt: new Date(0), serializer: { type: "json" }, libraryVersion: "0" };
}

const storeOver = (resultStorage: MemoryStorage) => createStore({ resultStorage, cacheResultInMemory: false });

describe("memory is bounded", () => {
  test("an export of 100 MiB that nobody reads stops after some records, and goes on when it is read", async () => {
    const storage = new LargeStorage(100);
    const stream = exportRecords(storeOver(storage));
    await eventually(() => storage.reads >= 8, "the first records");
    let before = -1;
    // it has stopped once nothing more is read in a whole turn of the event loop
    await eventually(() => storage.reads === before || ((before = storage.reads), false), "a stop");
    expect(storage.reads).toBeLessThanOrEqual(24);
    let bytes = 0;
    await stream.pipeTo(new WritableStream({ write: (chunk) => void (bytes += chunk.length) }));
    expect(storage.reads).toBe(100);
    expect(bytes).toBeGreaterThan(100 * MiB);
  });

  test("an import of 100 MiB writes a few records at a time", async () => {
    const [from, to] = [new LargeStorage(100), new LargeStorage(0)];
    const result = await importRecords(storeOver(to), exportRecords(storeOver(from)));
    expect(result).toEqual({ imported: 100, skipped: 0, refused: 0 });
    expect(to.written).toBe(100);
    expect(to.mostWriting).toBeLessThanOrEqual(8);
  });
});

describe("an end from outside", () => {
  test("a signal ends an export that nobody reads, with its reason", async () => {
    const storage = new LargeStorage(100);
    const controller = new AbortController();
    const stream = exportRecords(storeOver(storage), { signal: controller.signal });
    await eventually(() => storage.reads >= 8, "the first records");
    controller.abort(new Error("enough"));
    await expect(stream.getReader().read()).rejects.toThrow("enough");
    await expect(exportRecords(storeOver(storage), { signal: controller.signal }).getReader().read()).rejects.toThrow(
      "enough",
    );
  });

  test("a reader that cancels ends an export", async () => {
    const storage = new LargeStorage(1_000);
    const reader = exportRecords(storeOver(storage)).getReader();
    await reader.read();
    await reader.cancel();
    let before = -1;
    await eventually(() => storage.reads === before || ((before = storage.reads), false), "a stop");
    expect(storage.reads).toBeLessThan(100);
  });

  test("a signal ends an import whose stream has stopped, and cancels the stream", async () => {
    const store = createStore();
    await store.write("a", 1);
    const bytes = new Uint8Array(await (await archiveOf(store)).arrayBuffer());
    let cancelled: unknown;
    let pulls = 0;
    const stalled = new ReadableStream<Uint8Array>({
      pull: (controller) => (pulls++ === 0 ? controller.enqueue(bytes.subarray(0, 600)) : new Promise<void>(() => {})),
      cancel: (reason) => void (cancelled = reason),
    });
    const controller = new AbortController();
    const target = createStore();
    const importing = importRecords(target, stalled, { signal: controller.signal });
    await eventually(() => pulls > 1, "the stream to be read");
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(importing).rejects.toBe(reason);
    await eventually(() => cancelled !== undefined, "the stream to be cancelled");
  });

  test("a listener that throws ends both with its error", async () => {
    const store = createStore();
    await store.write("a", 1);
    const onRecord = () => {
      throw new Error("my own");
    };
    await expect(exportRecords(store, { onRecord }).pipeTo(new WritableStream())).rejects.toThrow("my own");
    await expect(importRecords(createStore(), await archiveOf(store), { onRecord })).rejects.toThrow("my own");
  });

  test("a stream that fails is a damaged file, with the cause", async () => {
    const failing = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error("no network")),
    });
    await expect(importRecords(createStore(), failing)).rejects.toMatchObject({
      code: "CORRUPT_RECORD",
      cause: { message: "no network" },
    });
  });
});

test("records that are written and deleted during an export are in it whole or not at all", async () => {
  const store = createStore({ cacheResultInMemory: false });
  for (let i = 0; i < 200; i++) await store.write(`k/${i}`, `old ${i}`);
  const stream = exportRecords(store);
  const changing = Promise.all(
    Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? store.delete(`k/${i}`) : store.write(`k/${i}`, `new ${i}`))),
  );
  const target = createStore();
  const { imported, refused } = await importRecords(target, stream);
  await changing;
  expect(refused).toBe(0);
  const { records } = await target.list();
  expect(records).toHaveLength(imported);
  for (const { storageKey: key } of records)
    expect((await target.read(key))?.result).toMatch(new RegExp(`^(old|new) ${key.slice(2)}$`));
});
