import memoryDriver from "unstorage/drivers/memory";
import { describe, expect, test, vi } from "vitest";
import type { RecordOutcome } from "../../../src/core/archive/archive-format.ts";
import { exportRecords } from "../../../src/core/archive/export-records.ts";
import { importRecords } from "../../../src/core/archive/import-records.ts";
import { decodeRecord } from "../../../src/core/record/record-format.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { encrypted } from "../../../src/core/serializers/encrypted.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { UnstorageStorage } from "../../../src/integrations/unstorage/index.ts";
import { gate, watch } from "../../../src/testing/stores/store-world.ts";
import { createMemoryWorld } from "../../memory-world.ts";
import { createStore } from "../../stores.ts";
import { sealRecord } from "../record/record-tools.ts";
import { createKey } from "../serializers/encryption-tools.ts";
import { archiveOf, bytesOf } from "./archive-tools.ts";

const golden = import.meta.glob<Uint8Array<ArrayBuffer>>("../../golden/*.rprs", {
  query: "?bytes",
  import: "default",
  eager: true,
});

/** A file with one record. */
async function archiveWith(key: string, value: unknown): Promise<Blob> {
  const store = createStore();
  await store.write(key, value, { tags: ["archived"] });
  return archiveOf(store);
}

describe("a record comes back", () => {
  test("whatever its serializer is, with all that its head says, but not with the token of its lock", async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()];
    for (const bytes of Object.values(golden)) {
      const { metadata } = decodeRecord(bytes);
      await from.write(metadata.storageKey, bytes, { metadata });
    }
    const file = await archiveOf(createStore({ resultStorage: from }));
    const result = await importRecords(createStore({ resultStorage: to }), file);
    expect(result).toEqual({ imported: Object.keys(golden).length, skipped: 0, refused: 0 });
    for (const bytes of Object.values(golden)) {
      const { metadata, body } = decodeRecord(bytes);
      const copy = decodeRecord((await to.read(metadata.storageKey))!.bytes);
      const { token: _, ...rest } = metadata;
      expect(copy.metadata).toEqual(rest);
      expect([copy.body.length, copy.body.findIndex((byte, i) => byte !== body[i])]).toEqual([body.length, -1]);
    }
  });

  test("as a stale one, as an error that was kept, and encrypted without the key", async () => {
    const resultStorage = new MemoryStorage();
    const serializer = encrypted(new DevalueSerializer(), { key: await createKey() });
    const from = createStore({ resultStorage, serializer, now: () => Date.now() - 3_600_000 });
    await from.getOrCompute("stale", () => 1, { expiresIn: "1m", staleWhileRevalidate: "1d" });
    await from.getOrCompute("error", () => Promise.reject(new Error("no")), { errorExpiresIn: "1d" }).catch(() => {});
    const file = await archiveOf(createStore({ resultStorage }));
    const to = new MemoryStorage();
    expect((await resultStorage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["error", "stale"]);
    expect(await importRecords(createStore({ resultStorage: to }), file)).toMatchObject({ imported: 2 });
    const reader = createStore({ resultStorage: to, serializer });
    expect((await reader.read("stale", { allowExpired: true }))?.result).toBe(1);
    await expect(reader.getOrCompute("error", () => 1)).rejects.toThrow("no");
  });

  test("from a Response, as a download", async () => {
    const from = createStore();
    await from.write("k", 1);
    const response = new Response(exportRecords(from), { headers: { "content-type": "application/x-tar" } });
    const to = createStore();
    await importRecords(to, response.body!);
    expect((await to.read("k"))?.result).toBe(1);
  });
});

describe("an import is a write by hand", () => {
  test("a computation that began before it keeps nothing, and its caller gets its own value", async () => {
    const world = createMemoryWorld();
    const [computing, importing] = [watch(world).store, watch(world).store];
    const go = gate();
    const old = computing.getOrCompute("k", () => go.opened.then(() => "computed"));
    const file = await archiveWith("k", "imported");
    await importRecords(importing, file);
    go.open();
    expect(await old).toBe("computed");
    for (const store of [computing, importing, watch(world).store])
      expect(await store.getOrCompute("k", () => "again")).toBe("imported");
  });

  test("it replaces what is in the memory of this and of other contexts", async () => {
    const world = createMemoryWorld();
    const stores = [watch(world).store, watch(world).store];
    await stores[0]!.write("k", "before");
    for (const store of stores) expect((await store.read("k"))?.result).toBe("before");
    await importRecords(stores[0]!, await archiveWith("k", "imported"));
    for (const store of stores) {
      expect((await store.read("k"))?.result).toBe("imported");
      expect((await store.read("k"))?.isReadable).toBe(true);
    }
    await stores[1]!.invalidate({ tags: ["archived"] });
    for (const store of stores) expect(await store.read("k")).toBeUndefined();
  });

  test("a lock that somebody took by hand refuses it, for its own key alone", async () => {
    const { store } = watch(createMemoryWorld());
    const from = createStore();
    for (const key of ["free", "locked"]) await from.write(key, "imported");
    const grant = await store.acquireLock("locked");
    const outcomes: RecordOutcome[] = [];
    const onRecord = (outcome: RecordOutcome) => void outcomes.push(outcome);
    expect(await importRecords(store, await archiveOf(from), { onRecord })).toEqual({
      imported: 1,
      skipped: 0,
      refused: 1,
    });
    expect(outcomes).toMatchObject([
      { key: "free", status: "done" },
      { key: "locked", status: "refused", error: { code: "LOCK_NOT_HELD" } },
    ]);
    await store.releaseLock("locked", grant!);
  });

  test("it replaces a record, or keeps it", async () => {
    const store = createStore();
    await store.write("k", "mine");
    const file = await archiveWith("k", "theirs");
    expect(await importRecords(store, file, { existing: "keep" })).toEqual({ imported: 0, skipped: 1, refused: 0 });
    expect((await store.read("k"))?.result).toBe("mine");
    expect(await importRecords(store, file)).toEqual({ imported: 1, skipped: 0, refused: 0 });
    expect((await store.read("k"))?.result).toBe("theirs");
  });
});

describe("a record is refused", () => {
  /** The file of a store, with other bytes for the record. They have the same length. */
  async function fileWith(change: (record: Uint8Array) => void): Promise<Blob> {
    const resultStorage = new MemoryStorage();
    const store = createStore({ resultStorage });
    await store.write("k", "value");
    const { bytes } = (await resultStorage.read("k"))!;
    const file = new Uint8Array(await (await archiveOf(store)).arrayBuffer());
    const text = (part: Uint8Array) => new TextDecoder("latin1").decode(part);
    const at = text(file).indexOf(text(bytes));
    change(file.subarray(at, at + bytes.length));
    return new Blob([file]);
  }

  test("by an import if a later version wrote it", async () => {
    const file = await fileWith((record) => {
      const { bytes } = splitRecord(record);
      record.set(bytes);
    });
    const outcomes: RecordOutcome[] = [];
    await importRecords(createStore(), file, { onRecord: (outcome) => void outcomes.push(outcome) });
    expect(outcomes).toMatchObject([{ key: "k", status: "refused", error: { code: "UNSUPPORTED_RECORD" } }]);
  });

  /** The record with format version 2. */
  function splitRecord(record: Uint8Array): { bytes: Uint8Array } {
    const headLength = new DataView(record.buffer, record.byteOffset).getUint32(8, true);
    const head = new TextDecoder().decode(record.subarray(16, 16 + headLength));
    return { bytes: sealRecord(head, record.slice(16 + headLength), 2) };
  }

  test("by an export if it lies under the key of another one", async () => {
    const resultStorage = new MemoryStorage();
    const store = createStore({ resultStorage });
    await store.write("a", 1);
    const { bytes } = (await resultStorage.read("a"))!;
    resultStorage.list = async () => ({ records: [{ ...decodeRecord(bytes).metadata, storageKey: "b" }] });
    await resultStorage.write("b", bytes, { metadata: decodeRecord(bytes).metadata });
    const outcomes: RecordOutcome[] = [];
    await bytesOf(exportRecords(store, { onRecord: (outcome) => void outcomes.push(outcome) }));
    expect(outcomes).toMatchObject([{ key: "b", status: "refused", error: { code: "CORRUPT_RECORD" } }]);
  });

  test("or the whole file, if any byte of it is changed; no other record than the exported ones is ever imported", async () => {
    const resultStorage = new MemoryStorage();
    const store = createStore({ resultStorage });
    for (const key of ["a", "b"]) await store.write(key, `value of ${key}`);
    const file = new Uint8Array(await (await archiveOf(store)).arrayBuffer());
    const ends = new Set<string>();
    for (let at = 0; at < file.length; at += 13) {
      const changed = file.slice();
      changed[at]! ^= 0x55;
      const target = new MemoryStorage();
      const to = createStore({ resultStorage: target });
      const end = await importRecords(to, new Blob([changed])).catch((error: { code: string }) => error.code);
      ends.add(typeof end === "string" ? end : Object.values(end).join());
      for (const { storageKey: key } of (await target.list()).records)
        expect((await target.read(key))?.bytes).toEqual((await resultStorage.read(key))?.bytes);
    }
    // fields of tar that nobody reads, such as the owner of a file, may change
    expect([...ends].sort()).toEqual(["1,0,1", "2,0,0", "CORRUPT_RECORD"]);
  });
});

test.each<[string, () => unknown, string]>([
  ["an import without a store", () => importRecords({} as never, new Blob([])), "INVALID_ARGUMENT"],
  ["an import without a stream", () => importRecords(createStore(), new Uint8Array(9) as never), "INVALID_ARGUMENT"],
  ["an import of nothing", () => importRecords(createStore(), undefined as never), "INVALID_ARGUMENT"],
  [
    "a misspelt option of an import",
    () => importRecords(createStore(), new Blob([]), { exist: 1 } as never),
    "CONFIGURATION",
  ],
  [
    "an unknown rule",
    () => importRecords(createStore(), new Blob([]), { existing: "newer" as never }),
    "CONFIGURATION",
  ],
  ["an export without a store", async () => exportRecords(new MemoryStorage() as never), "INVALID_ARGUMENT"],
  [
    "a misspelt option of an export",
    async () => exportRecords(createStore(), { prefx: "a" } as never),
    "CONFIGURATION",
  ],
  ["an unknown scope", async () => exportRecords(createStore(), { scope: "remote" as never }), "INVALID_ARGUMENT"],
])("%s is refused", async (_what, attempt, code) => {
  await expect(Promise.resolve().then(attempt)).rejects.toMatchObject({ code });
});

test("a stream that somebody reads already is refused", async () => {
  const stream = exportRecords(createStore());
  const reader = stream.getReader();
  await expect(importRecords(createStore(), stream)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await reader.cancel();
});

test("an import that keeps what is there needs conditional writes, and says so at the first record", async () => {
  const resultStorage = new UnstorageStorage({ driver: memoryDriver(), exclusive: false });
  const onRecord = vi.fn();
  const importing = importRecords(createStore({ resultStorage }), await archiveWith("a", 1), {
    existing: "keep",
    onRecord,
  });
  await expect(importing).rejects.toMatchObject({ code: "CONFIGURATION", message: /exclusive: true/ });
  expect(onRecord).not.toHaveBeenCalled();
});
