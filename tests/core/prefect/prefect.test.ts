import { describe, expect, test } from "vitest";
import { difference } from "../../../src/testing/cases/difference.ts";
import type { ResultRecordMetadata } from "../../../src/core/record/result-record-metadata.ts";
import { ResultRecord } from "../../../src/core/context/built-in-serializers.ts";
import { serializerFor } from "../../../src/core/serializers/registry.ts";
import { UnsupportedRecordError } from "../../../src/errors/index.ts";
import { readPrefectRecord, writePrefectRecord, writePrefectRecordParts } from "../../../src/prefect/index.ts";
import expectations from "../../golden/prefect/expected.json" with { type: "json" };
import { codeOf, encoder } from "../record/record-tools.ts";

interface Expectation {
  readonly result?: unknown;
  readonly resultUnavailable?: boolean;
  readonly serializer: string;
  readonly storageKey: string | null;
  readonly expiration: string | null;
  readonly storageBlockId: string | null;
  readonly prefectVersion: string;
  /** The other file, where this one is the metadata alone. */
  readonly splitResult?: string;
}

/** What Prefect itself wrote. */
const files = Object.fromEntries(
  Object.entries(
    import.meta.glob<Uint8Array<ArrayBuffer>>("../../golden/prefect/*.record", {
      query: "?bytes",
      import: "default",
      eager: true,
    }),
  ).map(([path, bytes]) => [/([^/]+)\.record$/.exec(path)![1]!, bytes]),
);
const expected = Object.entries(expectations as Readonly<Record<string, Expectation>>);

const jsonSettings = {
  type: "json",
  jsonlib: "json",
  object_encoder: "prefect.serializers.prefect_json_object_encoder",
  object_decoder: "prefect.serializers.prefect_json_object_decoder",
  dumps_kwargs: {},
  loads_kwargs: {},
};

interface PrefectFile {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly serializer: unknown };
  readonly result: string;
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const parse = (bytes: Uint8Array) => JSON.parse(textOf(bytes)) as PrefectFile;

function fileBytes(name: string): Uint8Array<ArrayBuffer> {
  return files[name]!.slice();
}

function readGolden(name: string, { splitResult }: Expectation): Promise<ResultRecord> {
  return splitResult === undefined
    ? readPrefectRecord(fileBytes(name))
    : readPrefectRecord(fileBytes(splitResult), fileBytes(name));
}

/** A file with this text for a result. */
function fileOf(result: unknown, metadata: object = {}): Uint8Array {
  const whole = { storage_key: "k", expiration: null, serializer: jsonSettings, prefect_version: "3.7.0", ...metadata };
  return encoder.encode(JSON.stringify({ metadata: whole, result }));
}

/** A record as a store makes it. */
function recordOf<T>(value: T, metadata: Partial<ResultRecordMetadata> = {}): ResultRecord<T> {
  const whole: ResultRecordMetadata = {
    storageKey: "reports/latest",
    createdAt: new Date(0),
    serializer: { type: "devalue" },
    libraryVersion: "0.1.0",
    ...metadata,
  };
  return new ResultRecord(whole, serializerFor(whole.serializer), { value });
}

/** The text of the result, and what is read back. */
async function writeAndRead(value: unknown): Promise<{ text: string; result: unknown }> {
  const bytes = await writePrefectRecord(recordOf(value));
  return { text: parse(bytes).result, result: (await readPrefectRecord(bytes)).result };
}

test("every file of Prefect's has its meaning beside it", () => {
  const named = expected.flatMap(([name, { splitResult }]) =>
    splitResult === undefined ? [name] : [name, splitResult],
  );
  expect(Object.keys(files).toSorted()).toEqual(named.toSorted());
});

describe.each(expected)("Prefect's file %s", (name, expectation) => {
  test("has its metadata", async () => {
    const { storageKey, expiration, storageBlockId, prefectVersion } = expectation;
    const { metadata } = await readGolden(name, expectation);
    expect(metadata).toMatchObject({ storageKey: storageKey ?? "", libraryVersion: `prefect ${prefectVersion}` });
    expect(metadata.serializer.type).toBe(expectation.serializer);
    expect(metadata.expiration).toEqual(expiration === null ? undefined : new Date(expiration));
    expect(metadata.storageId).toBe(storageBlockId ?? undefined);
    expect(metadata.size).toBeGreaterThan(0);
    expect(Math.abs(metadata.createdAt.getTime() - Date.now())).toBeLessThan(60_000);
  });

  if (expectation.resultUnavailable) {
    test("keeps its result to Python, and says what to write instead", async () => {
      const record = await readGolden(name, expectation);
      expect(record.isReadable).toBe(false);
      expect(() => record.result).toThrow(UnsupportedRecordError);
      expect(() => record.result).toThrow(/pickle.*result_serializer="json"/);
      expect(await codeOf(() => writePrefectRecord(record))).toBe("UNSUPPORTED_RECORD");
    });
    return;
  }

  test("has its result", async () => {
    expect((await readGolden(name, expectation)).result).toEqual(expectation.result);
  });

  test("is the same record when it is written and read again, whole or in two files", async () => {
    const record = await readGolden(name, expectation);
    const { result, metadata } = await writePrefectRecordParts(record);
    const whole = await writePrefectRecord(record);
    for (const again of [await readPrefectRecord(whole), await readPrefectRecord(result, metadata)]) {
      // an old file names fewer of the settings
      const serializer = { ...again.metadata.serializer, ...record.metadata.serializer };
      expect(
        again.equals(new ResultRecord({ ...record.metadata, serializer }, record.serializer, { value: record.result })),
      ).toBe(true);
    }
  });

  test("is the same record in the format of the stores here", async () => {
    const record = await readGolden(name, expectation);
    expect(record.equals(await ResultRecord.deserialize(await record.serialize()))).toBe(true);
  });
});

test.each(["json-object", "json-expires", "json-expired", "json-block-id"])(
  "%s is written byte for byte as Prefect wrote it",
  async (name) => {
    const bytes = fileBytes(name);
    expect(textOf(await writePrefectRecord(await readPrefectRecord(bytes)))).toBe(textOf(bytes));
  },
);

test("the two files of a split record are written byte for byte as Prefect wrote them", async () => {
  const [result, metadata] = [fileBytes("split.result"), fileBytes("split.metadata")];
  const written = await writePrefectRecordParts(await readPrefectRecord(result, metadata));
  expect(textOf(written.result)).toBe(textOf(result));
  expect(textOf(written.metadata)).toBe(textOf(metadata));
});

test("a compressed result is written with Prefect's settings, in lines of base64", async () => {
  const bytes = fileBytes("json-zlib");
  const { metadata, result } = parse(await writePrefectRecord(await readPrefectRecord(bytes)));
  expect(metadata).toEqual(parse(bytes).metadata);
  expect(result).toMatch(/^([\w+/=]{76}\n)+[\w+/=]{1,76}\n$/);
});

test("an old file is written as a new one, with all the settings that Prefect has today", async () => {
  const { metadata } = parse(await writePrefectRecord(await readPrefectRecord(fileBytes("json-old-format"))));
  expect(metadata).toEqual({
    storage_key: null,
    expiration: "2199-01-01T00:00:00Z",
    serializer: jsonSettings,
    prefect_version: "2.19.0",
    storage_block_id: null,
  });
});

test("a record made here is a file that says so, and has no id of a block that Prefect doesn't know", async () => {
  const expiration = new Date("2199-01-02T03:04:05.060Z");
  const bytes = await writePrefectRecord(recordOf({ rows: [1] }, { expiration, storageId: "r2/prod" }));
  expect(parse(bytes)).toEqual({
    metadata: {
      storage_key: "reports/latest",
      expiration: "2199-01-02T03:04:05.060000Z",
      serializer: jsonSettings,
      prefect_version: "reprise 0.1.0",
      storage_block_id: null,
    },
    result: '{"rows": [1]}',
  });
  const { metadata } = await readPrefectRecord(bytes);
  expect(metadata).toMatchObject({ libraryVersion: "0.1.0", storageKey: "reports/latest", expiration });
});

test.each([
  ["gzip", "gzip", undefined],
  ["deflate", "zlib", undefined],
  ["gzip", "gzip", { type: "json", jsonlib: "orjson", object_encoder: null, indent: 2 }],
])("a record that is compressed here by %s is compressed there by %s", async (format, compressionlib, serializer) => {
  const description = { type: "compressed/json", format, ...(serializer && { serializer }) };
  const bytes = await writePrefectRecord(recordOf({ rows: [1] }, { serializer: description }));
  const { type: _type, indent: _unknownToPrefect, ...kept } = { indent: 0, ...serializer };
  expect(parse(bytes).metadata.serializer).toEqual({
    type: "compressed/json",
    serializer: { ...jsonSettings, ...kept },
    compressionlib,
  });
  expect((await readPrefectRecord(bytes)).result).toEqual({ rows: [1] });
});

test("a serializer of Prefect's that is compressed, and names what it compresses, is read like its short form", async () => {
  const { metadata, result } = parse(fileBytes("json-zlib"));
  const serializer = { type: "compressed", serializer: jsonSettings, compressionlib: "zlib" };
  const record = await readPrefectRecord(fileOf(result, { ...metadata, serializer }));
  expect(record.equals(await readPrefectRecord(fileBytes("json-zlib")))).toBe(true);
});

test.each<[string, object, RegExp]>([
  ["lzma", { type: "compressed/json", serializer: jsonSettings, compressionlib: "lzma" }, /"lzma".*"zlib" or "gzip"/],
  ["what Prefect takes where none is named", { type: "compressed/json" }, /"lzma"/],
  ["bz2", { type: "compressed", serializer: jsonSettings, compressionlib: "bz2" }, /"bz2"/],
  ["a compressed pickle", { type: "compressed/pickle", compressionlib: "zlib" }, /pickle.*result_serializer="json"/],
  ["a serializer of one's own", { type: "arrow" }, /"arrow".*result_serializer="json"/],
])("%s leaves the metadata readable, and the result names it", async (_name, serializer, message) => {
  const record = await readPrefectRecord(fileOf("eJw=\n", { serializer }));
  expect(record.metadata).toMatchObject({ storageKey: "k", serializer });
  expect(() => record.result).toThrow(UnsupportedRecordError);
  expect(() => record.result).toThrow(message);
});

test("a result of another serializer may be any bytes where it has a file of its own", async () => {
  const metadata = encoder.encode(JSON.stringify({ storage_key: "k", serializer: { type: "arrow" } }));
  const record = await readPrefectRecord(Uint8Array.of(0xff, 0xfe, 0), metadata);
  expect(record.metadata).toMatchObject({ storageKey: "k", libraryVersion: "prefect", size: 3 });
  expect(record.isReadable).toBe(false);
});

test("Python's objects and exceptions stay the plain objects that stand for them", async () => {
  const value = {
    id: { __class__: "uuid.UUID", data: "a53e3495-d681-4a53-84b8-9d9542f7237c" },
    error: { __exc_type__: "builtins.ValueError", message: "no" },
  };
  expect((await writeAndRead(value)).result).toEqual(value);
});

test("numbers that standard JSON lacks are read and written as Python does", async () => {
  const value = { list: [Number.NaN, Infinity, -Infinity, -0], text: 'NaN, "Infinity" and \\', "-Infinity": "NaN" };
  const { text, result } = await writeAndRead(value);
  const written = String.raw`{"list": [NaN, Infinity, -Infinity, -0.0], "text": "NaN, \"Infinity\" and \\", "-Infinity": "NaN"}`;
  expect(text).toBe(written);
  expect(difference(result, value)).toBeUndefined();
});

test("a NaN beside long texts is read, and the texts as they are", async () => {
  const value = [Number.NaN, '"NaN\n'.repeat(1_000_000), " ".repeat(5_000_000)];
  expect(difference((await writeAndRead(value)).result, value)).toBeUndefined();
});

test.each([
  [2 ** 53, "9007199254740992"],
  [2 ** 53 + 2, "9007199254740994"],
  [-(2 ** 63), "-9223372036854775808"],
  [2 ** 64, "18446744073709551616"],
  [1e20, "100000000000000000000"],
  [1e21, "1000000000000000000000"],
  [1e23, "99999999999999991611392"],
  [2 ** 70, "1180591620717411303424"],
])("the whole number %d is written with its exact digits", async (value, digits) => {
  expect(await writeAndRead([value, value + 0.5, -0])).toMatchObject({
    text: `[${digits}, ${Number.isInteger(value + 0.5) ? digits : value + 0.5}, -0.0]`,
    result: [value, value + 0.5, -0],
  });
});

test("the largest double comes back", async () => {
  const value = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e300, 1.5e-300];
  const { text, result } = await writeAndRead(value);
  expect(result).toEqual(value);
  expect(text).toContain(String(BigInt(Number.MAX_VALUE)));
});

test("text is written in ASCII, as Python writes it", async () => {
  const value = ["\b\f\n\r\t\u0000\u001f\u007f", "é…\u2028", "😀", "\ud800", 'a"b\\c/'];
  const { text, result } = await writeAndRead(value);
  expect(text).toBe(
    String.raw`["\b\f\n\r\t\u0000\u001f\u007f", "\u00e9\u2026\u2028", "\ud83d\ude00", "\ud800", "a\"b\\c/"]`,
  );
  expect(result).toEqual(value);
});

test("JSON that Python was told to write otherwise is read: in UTF-8, indented, without spaces", async () => {
  const value = { a: ["é", 1.5] };
  for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
    expect((await readPrefectRecord(fileOf(text))).result).toEqual(value);
  }
});

test("an integer that no double holds is read as JSON.parse reads it", async () => {
  expect((await readPrefectRecord(fileOf("[9007199254740993]"))).result).toEqual([9007199254740992]);
});

test("a key named __proto__ is a key like others", async () => {
  const value = JSON.parse('{"__proto__": {"a": 1}}') as unknown;
  expect(difference((await writeAndRead(value)).result, value)).toBeUndefined();
  const { result } = await readPrefectRecord(fileOf('{"__proto__": {"a": NaN}}'));
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  expect(Object.keys(result as object)).toEqual(["__proto__"]);
});

const cycle: Record<string, unknown> = { list: [] };
(cycle["list"] as unknown[]).push(cycle);

test.each<[string, unknown, RegExp]>([
  ["$", undefined, /undefined/],
  ["$.a", { a: undefined }, /undefined/],
  ["$.a[1]", { a: [1, undefined] }, /undefined/],
  ["$[0]", Object.assign([], { 1: "after a hole" }), /undefined/],
  ["$.n", { n: 1n }, /bigint/],
  ["$.when", { when: new Date(0) }, /Date/],
  ["$.map", { map: new Map() }, /Map/],
  ["$.set", { set: new Set() }, /Set/],
  ["$.bytes", { bytes: new Uint8Array(1) }, /Uint8Array/],
  ["$.buffer", { buffer: new ArrayBuffer(1) }, /ArrayBuffer/],
  ['$["a b"][2].f', { "a b": [1, 2, { f: () => 1 }] }, /function/],
  ["$.own", { own: { toJSON: () => 1 } }, /methods/],
  ["$.list[0]", cycle, /stands in/],
  ["$.__class__", { __class__: "Point", data: 1 }, /__class__ .*qualified name/],
  ["$.__class__", { __class__: { a: 1 }, data: 1 }, /__class__/],
  ["$.a[0].__class__", { a: [{ __class__: null }] }, /__class__/],
  ["$.__class__", { __class__: "not a name.at all", data: 1 }, /__class__/],
  ["$.__class__", { __class__: "models.make.<locals>.Point", data: 1 }, /__class__/],
  ["$.data", { __class__: "uuid.UUID" }, /without its data/],
  ["$.__exc_type__", { __exc_type__: "ValueError", message: "no" }, /__exc_type__/],
  ["$.__exc_type__", { __exc_type__: "", message: "no" }, /__exc_type__/],
  ["$.e.message", { e: { __exc_type__: "builtins.ValueError" } }, /without its message/],
])("what JSON would change is refused, at %s", async (path, value, message) => {
  const writing = writePrefectRecord(recordOf(value));
  await expect(writing).rejects.toMatchObject({ code: "SERIALIZATION", path });
  await expect(writing).rejects.toThrow(message);
});

test("an object that occurs twice is written twice", async () => {
  const shared = { n: 1 };
  expect((await writeAndRead([shared, shared])).text).toBe('[{"n": 1}, {"n": 1}]');
});

test("a value nested beyond the stack is refused", async () => {
  let deep: unknown = 1;
  for (let i = 0; i < 200_000; i++) deep = [deep];
  await expect(writePrefectRecord(recordOf(deep))).rejects.toMatchObject({ code: "SERIALIZATION" });
});

test.each([
  ["+010000-01-01T00:00:00.000Z", new Date(Date.UTC(10_000, 0, 1))],
  ["no time", new Date(Number.NaN)],
])("an expiration that Python has no date for is refused: %s", async (_name, expiration) => {
  expect(await codeOf(() => writePrefectRecord(recordOf(1, { expiration })))).toBe("INVALID_ARGUMENT");
});

test.each([
  ["2026-01-02T03:04:05.678912Z", "2026-01-02T03:04:05.678Z"],
  ["2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.600Z"],
  ["2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"],
  ["2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"],
])("the expiration %s is %s", async (text, iso) => {
  const { expiration } = await readPrefectRecord(fileOf("1", { expiration: text }));
  expect(expiration?.toISOString()).toBe(iso);
});

const zlibSettings = { type: "compressed/json", compressionlib: "zlib" };

test.each<[string, string | Uint8Array]>([
  ["nothing", ""],
  ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d)],
  ["text that is no JSON", "gAWVCgAAAAAAAAB9lIwBYZRLAXMu\n"],
  ["half a file", files["json-object"]!.subarray(0, 300)],
  ["a bare result, as Prefect keeps what a flow returns", '{"a": 1}'],
  ["a bare list", "[1, 2]"],
  ["a result that is no text", fileOf([1, 2])],
  ["no result", fileOf(undefined)],
  ["a result that is no JSON", fileOf("{'a': 1}")],
  ["a result with a number for a key", fileOf("{NaN: 1}")],
  ["a result with a number run into another", fileOf("[1Infinity]")],
  ["metadata that is no object", JSON.stringify({ metadata: "json", result: "1" })],
  ["no serializer", fileOf("1", { serializer: undefined })],
  ["a serializer without a type", fileOf("1", { serializer: { jsonlib: "json" } })],
  ["a key that is no text", fileOf("1", { storage_key: 1 })],
  ["a version that is no text", fileOf("1", { prefect_version: 3 })],
  ["an id that is no text", fileOf("1", { storage_block_id: {} })],
  ["an expiration that is no text", fileOf("1", { expiration: 1 })],
  ["an expiration that is no time", fileOf("1", { expiration: "tomorrow" })],
  ["a day that no month has", fileOf("1", { expiration: "2026-13-45T00:00:00Z" })],
  ["a compressed result that is no base64", fileOf("***", { serializer: zlibSettings })],
  ["a compressed result that wasn't compressed", fileOf(btoa("[1]"), { serializer: zlibSettings })],
])("%s is a CorruptRecordError, in one line", async (_name, given) => {
  const reading = readPrefectRecord(typeof given === "string" ? encoder.encode(given) : given);
  await expect(reading).rejects.toMatchObject({ name: "CorruptRecordError", code: "CORRUPT_RECORD" });
  await expect(reading).rejects.toThrow(/^This is no result file of Prefect's: [^\n]+$/);
});

test("of two files, metadata that is another file's, and a result that doesn't fit it, are refused", async () => {
  const [result, metadata] = [fileBytes("split.result"), fileBytes("split.metadata")];
  expect(await codeOf(() => readPrefectRecord(metadata, result))).toBe("CORRUPT_RECORD");
  expect(await codeOf(() => readPrefectRecord(Uint8Array.of(0xff), metadata))).toBe("CORRUPT_RECORD");
  await expect(readPrefectRecord(encoder.encode("{"), metadata)).rejects.toMatchObject({ key: "k7" });
});
