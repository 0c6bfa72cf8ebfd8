import { expect, vi } from "vitest";
import {
  CorruptRecordError,
  JsonSerializer,
  registerSerializer,
  ResultRecord,
  type Serializer,
  UnknownSerializer,
  UnsupportedRecordError,
  SplitStorage,
} from "../../src/index.ts";
import { laterVersion } from "../../src/testing/cases/later-version.ts";
import goldenRecord from "../golden/json.rprs?bytes";
import { row } from "./parity-case.ts";

/** A serializer that only those who register it know. */
class ShoutingSerializer extends JsonSerializer {
  override readonly type = "shouting" as never;
}

export const recordCases = [
  ...row("ResultRecordMetadata", {
    "is dumped as bytes and loaded again": async ({ store, name }) => {
      const record = store.createResultRecord({ rows: 3 }, { key: name("k"), expiresIn: "1h" });
      const [metadata, result] = [await record.serializeMetadata(), await record.serializeResult()];
      const loaded = await ResultRecord.deserializeFromResultAndMetadata(result, metadata);
      expect(loaded.metadata).toEqual(record.metadata);
    },
    "tells key, times, serializer, version and size of what is kept, without the result": async (world) => {
      await world.store.write(world.name("k"), "rows", { expiresIn: "1h" });
      const { records } = await world.createStore().list({ prefix: world.name("k") });
      expect(records).toMatchObject([
        {
          storageKey: world.name("k"),
          createdAt: new Date(world.now),
          expiration: new Date(world.now + 3_600_000),
          serializer: { type: "devalue" },
          libraryVersion: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
          size: expect.any(Number) as number,
          etag: expect.any(String) as string,
        },
      ]);
    },
    "tolerates an unknown serializer until the result is asked for": async ({ createStore, name }) => {
      const serializer: Serializer = new ShoutingSerializer();
      await createStore({ serializer }).write(name("k"), "LOUD");
      const found = await createStore().read(name("k"));
      expect(found?.metadata.serializer).toEqual({ type: "shouting" });
      expect(() => found!.result).toThrow(UnsupportedRecordError);
      const undo = registerSerializer("shouting", () => new ShoutingSerializer());
      try {
        expect((await createStore().read(name("k")))?.result).toBe("LOUD");
      } finally {
        undo();
      }
    },
  }),

  ...row("ResultRecord", {
    "is serialized, deserialized, and equal then": async ({ store, createStore, name }) => {
      const record = store.createResultRecord({ rows: new Set([3n]) }, { key: name("k"), expiresIn: "1h" });
      const copy = await ResultRecord.deserialize(await record.serialize());
      expect([copy.result, copy.equals(record), record.equals(copy)]).toEqual([{ rows: new Set([3n]) }, true, true]);
      const others = [
        store.createResultRecord({ rows: new Set([4n]) }, { key: name("k"), expiresIn: "1h" }),
        store.createResultRecord(copy.result, { key: name("other"), expiresIn: "1h" }),
        store.createResultRecord(copy.result, { key: name("k") }),
        createStore({ serializer: "compressed/devalue" }).createResultRecord(copy.result, {
          key: name("k"),
          expiresIn: "1h",
        }),
      ];
      expect(others.some((other) => record.equals(other))).toBe(false);
    },
    "is the same bytes in every place": async ({ store, createStore }) => {
      const record = await ResultRecord.deserialize(goldenRecord.slice());
      expect(await record.serialize()).toEqual(goldenRecord.slice());
      const { metadata } = record;
      await store.resultStorage.write(metadata.storageKey, goldenRecord.slice(), { metadata });
      try {
        const found = (await createStore().read(metadata.storageKey))!;
        expect(found.equals(record)).toBe(true);
        expect(await found.serialize()).toEqual(goldenRecord.slice());
      } finally {
        await store.delete(metadata.storageKey);
      }
    },
    "comes in two parts, of which the metadata is written last: half a write is no record": async (world) => {
      const metadataStorage = world.createOtherStorage();
      const resultStorage = new SplitStorage({ metadata: metadataStorage, results: world.store.resultStorage });
      const key = world.name("k");
      const cutOff = vi.spyOn(metadataStorage, "write").mockRejectedValueOnce(new Error("cut off"));
      await expect(world.createStore({ resultStorage }).write(key, "half")).rejects.toThrow("cut off");
      cutOff.mockRestore();
      const elsewhere = world.createStore({ resultStorage });
      expect([await elsewhere.exists(key), await elsewhere.read(key)]).toEqual([false, undefined]);
      expect(await world.keys()).toEqual([]);
      await elsewhere.write(key, "whole");
      expect((await world.createStore({ resultStorage }).read(key))?.result).toBe("whole");
    },
    "reads bytes that are no record by a backup serializer": async ({ name }) => {
      const bare = new TextEncoder().encode('{"rows":3}');
      const options = { backupSerializer: new JsonSerializer(), key: name("k") };
      const record = await ResultRecord.deserialize(bare, options);
      expect([record.result, record.metadata.storageKey]).toEqual([{ rows: 3 }, name("k")]);
      await expect(ResultRecord.deserialize(bare)).rejects.toThrow(CorruptRecordError);
    },
    "of an older version is read, of a later one keeps its metadata": async ({
      store,
      createStore,
      putBytes,
      name,
    }) => {
      expect((await ResultRecord.deserialize(goldenRecord.slice())).isReadable).toBe(true);
      const record = store.createResultRecord(1, { key: name("k"), expiresIn: "1h" });
      await putBytes(name("k"), laterVersion(await record.serialize()));
      const found = await createStore().read(name("k"));
      expect(found?.expiration).toEqual(record.expiration);
      expect(() => found!.result).toThrow(UnsupportedRecordError);
    },
    "knows whether it is persisted": async ({ store, createStore, name }) => {
      const record = store.createResultRecord(1, { key: name("k") });
      expect(record.isPersisted).toBe(false);
      await store.persistResultRecord(record);
      expect([record.isPersisted, (await createStore().read(name("k")))?.isPersisted]).toEqual([true, true]);
    },
    "damaged in one bit is a corrupt record, wherever it lies": async ({ store, createStore, putBytes, name }) => {
      const bytes = await store.createResultRecord("rows", { key: name("k") }).serialize();
      const damaged = bytes.slice();
      damaged[damaged.length - 2]! ^= 1;
      await putBytes(name("k"), damaged);
      await expect(createStore().read(name("k"))).rejects.toThrow(CorruptRecordError);
    },
    "of an unknown serializer has its stand-in": async ({ createStore, name }) => {
      await createStore({ serializer: new ShoutingSerializer() }).write(name("k"), "LOUD");
      expect((await createStore().read(name("k")))?.serializer).toBeInstanceOf(UnknownSerializer);
    },
  }),
];
