import { expect, test } from "vitest";
import { encodeRecord } from "../../../src/core/record/record-format.ts";
import { ResultRecord } from "../../../src/core/context/built-in-serializers.ts";
import { DevalueSerializer } from "../../../src/core/serializers/devalue/devalue-serializer.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { libraryVersion } from "../../../src/core/record/version.ts";
import { createStore } from "../../stores.ts";

const store = createStore({ now: () => 1_000 });
const create = (result: unknown, key = "k") => store.createResultRecord(result, { key, expiresIn: "1m" });

test("bytes are read back to an equal record", async () => {
  const record = create({ when: new Date(5), rows: [1, 2] });
  const copy = await ResultRecord.deserialize(await record.serialize());
  expect(copy.equals(record)).toBe(true);
  expect(copy.metadata).toEqual(record.metadata);
});

test("records differ by result, key, expiration and serializer", () => {
  const record = create([1]);
  const other = createStore({ now: () => 2_000 }).createResultRecord([1], { key: "k", expiresIn: "1m" });
  const json = createStore({ now: () => 1_000, serializer: "json" }).createResultRecord([1], {
    key: "k",
    expiresIn: "1m",
  });
  expect(record.equals(create([1]))).toBe(true);
  for (const each of [create([2]), create([1], "j"), other, json]) expect(record.equals(each)).toBe(false);
});

test("results are told apart by what they say, also errors, boxed values and cycles", () => {
  const cycle = (n: number): unknown => {
    const value: Record<string, unknown> = { n };
    return Object.assign(value, { self: value });
  };
  const pairs = [
    [new Error("a"), new Error("b")],
    [Object(1), Object(2)],
    [new URLSearchParams("a=1"), new URLSearchParams("a=2")],
    [cycle(1), cycle(2)],
  ];
  for (const [one, other] of pairs) {
    expect(create(one).equals(create(one))).toBe(true);
    expect(create(one).equals(create(other))).toBe(false);
  }
  expect(create(cycle(1)).equals(create(cycle(1)))).toBe(true);
  expect(create({ a: 1, b: 2 }).equals(create({ b: 2, a: 1 }))).toBe(true);
});

test("the two parts make the whole, and parts of different records don't", async () => {
  const record = create({ a: new Uint8Array([1, 2, 3]) });
  const [result, metadata] = [await record.serializeResult(), await record.serializeMetadata()];
  expect((await ResultRecord.deserializeFromResultAndMetadata(result, metadata)).equals(record)).toBe(true);
  const foreign = await create({ a: new Uint8Array([3, 2, 1]) }).serializeResult();
  await expect(ResultRecord.deserializeFromResultAndMetadata(foreign, metadata)).rejects.toMatchObject({
    code: "CORRUPT_RECORD",
  });
});

test("bytes that are no record are read by the backup serializer, and are corrupt without one", async () => {
  const bare = new TextEncoder().encode('{"old":true}');
  const record = await ResultRecord.deserialize(bare, { backupSerializer: new JsonSerializer(), key: "k" });
  expect(record.result).toEqual({ old: true });
  expect(record.metadata).toMatchObject({ storageKey: "k", serializer: { type: "json" }, size: bare.length });
  await expect(ResultRecord.deserialize(bare)).rejects.toMatchObject({ code: "CORRUPT_RECORD" });
});

test("an unknown serializer leaves the metadata readable, and the result an error that names it", async () => {
  const { bytes } = encodeRecord({ ...create(1).metadata, serializer: { type: "msgpack" } }, new Uint8Array([1]));
  const record = await ResultRecord.deserialize(bytes);
  expect(record.isReadable).toBe(false);
  expect(record.metadata.serializer.type).toBe("msgpack");
  expect(() => record.result).toThrow(/msgpack/);
});

test("fields of the head that a later version added are kept when the record is written again", async () => {
  const { metadata, serializer } = create(1);
  const { bytes } = encodeRecord(metadata, await serializer.dumps(1), { colours: ["a"] });
  const again = await (await ResultRecord.deserialize(bytes)).serialize();
  expect(new TextDecoder().decode(again)).toContain('"colours":["a"]');
});

test("classes that the store's serializer knows are read back as such", async () => {
  class Point {
    x = 0;
  }
  const serializer = new DevalueSerializer({ classes: { Point } });
  const point = Object.assign(new Point(), { x: 3 });
  const bytes = await createStore({ serializer }).createResultRecord(point).serialize();
  const record = await ResultRecord.deserialize(bytes, { serializer });
  expect(record.result).toBeInstanceOf(Point);
  expect(record.result).toEqual(point);
  expect(() => (record.serializer.type === "devalue" ? record.result : undefined)).not.toThrow();
  expect((await ResultRecord.deserialize(bytes)).isReadable).toBe(false);
});

test("the version in records is the package's", async () => {
  const { default: manifest } = await import("../../../package.json");
  expect(libraryVersion).toBe(manifest.version);
});
