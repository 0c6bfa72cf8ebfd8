import { describe, expect, test } from "vitest";
import { decodeHead, decodeRecord, encodeRecord, isRecord } from "../../../src/core/record/record-format.ts";
import { decodeHeadText, encodeHeadText } from "../../../src/core/record/record-head.ts";
import { CorruptRecordError, InvalidArgumentError, UnsupportedRecordError } from "../../../src/errors/index.ts";
import { codeOf, encoder, hexHash, sealRecord, someMetadata } from "./record-tools.ts";

const body = encoder.encode("the body of it");
const decoder = new TextDecoder();

describe("a record's bytes", () => {
  const { bytes, metadata } = encodeRecord(someMetadata, body);
  const headLength = new DataView(bytes.buffer).getUint32(8, true);

  test("are laid out as the format says", () => {
    expect(decoder.decode(bytes.subarray(0, 4))).toBe("RPRS");
    expect([...bytes.subarray(4, 8)]).toEqual([1, 0, 0, 0]);
    expect((16 + headLength) % 8).toBe(0);
    expect(JSON.parse(decoder.decode(bytes.subarray(16, 16 + headLength)))).toEqual({
      storageKey: "reports/2026",
      createdAt: "2026-01-02T03:04:05.678Z",
      expiration: "2027-01-02T03:04:05.678Z",
      serializer: { type: "compressed/json", format: "gzip" },
      libraryVersion: "0.1.0",
      storageId: "r2/prod",
      size: body.length,
      checksum: hexHash(body),
      token: 12,
    });
    expect(bytes.subarray(16 + headLength)).toEqual(body);
  });

  test("are those that anyone else would write from the description", () => {
    const headText = decoder.decode(bytes.subarray(16, 16 + headLength)).trimEnd();
    expect(sealRecord(headText, body)).toEqual(bytes);
  });

  test("give back metadata, size and body", () => {
    expect(metadata).toEqual({ ...someMetadata, size: body.length });
    const decoded = decodeRecord(bytes, someMetadata.storageKey);
    expect(decoded).toMatchObject({ version: 1, metadata, unknownFields: undefined });
    expect(decoded.body).toEqual(body);
  });

  test("may leave out what is optional, and hold no body", () => {
    const { storageKey, createdAt, serializer, libraryVersion } = someMetadata;
    const few = { storageKey, createdAt, serializer, libraryVersion };
    const decoded = decodeRecord(encodeRecord(few, new Uint8Array(0)).bytes);
    expect(decoded.metadata).toEqual({ ...few, size: 0 });
    expect(Object.keys(decoded.metadata)).not.toContain("expiration");
    expect(decoded.body).toHaveLength(0);
  });

  test("never hold the etag, which the storage gives", () => {
    expect(decodeHead(encodeRecord({ ...someMetadata, etag: "e1" }, body).bytes).etag).toBeUndefined();
  });

  test("take the body from its writer, in place and at a multiple of 8", () => {
    const targets: Uint8Array[] = [];
    const encoded = encodeRecord(someMetadata, {
      byteLength: body.length,
      writeTo(target) {
        targets.push(target);
        target.set(body);
      },
    });
    expect(encoded.bytes).toEqual(bytes);
    expect(targets).toHaveLength(1);
    expect(targets[0]!.buffer).toBe(encoded.bytes.buffer);
    expect(targets[0]!.byteOffset % 8).toBe(0);
  });

  test("give the body as a view where it lies at a multiple of 8, and as a copy that does elsewhere", () => {
    expect(decodeRecord(bytes).body.buffer).toBe(bytes.buffer);
    for (let offset = 1; offset < 8; offset++) {
      const around = new Uint8Array(offset + bytes.length);
      around.set(bytes, offset);
      const decoded = decodeRecord(around.subarray(offset));
      expect(decoded.body.byteOffset % 8).toBe(0);
      expect(decoded.body).toEqual(body);
    }
  });

  test("give the metadata from the head alone", () => {
    expect(decodeHead(bytes.slice(0, 16 + headLength), someMetadata.storageKey)).toEqual(metadata);
  });
});

describe("damage", () => {
  const { bytes } = encodeRecord(someMetadata, body);

  test("of any single bit is found", async () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(await codeOf(() => decodeRecord(damaged)), `bit ${bit}`).toBe("CORRUPT_RECORD");
    }
  });

  test("by a cut anywhere, or by bytes at the end, is found", async () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(await codeOf(() => decodeRecord(bytes.slice(0, length))), `cut at ${length}`).toBe("CORRUPT_RECORD");
    }
    expect(await codeOf(() => decodeRecord(Uint8Array.from([...bytes, 0])))).toBe("CORRUPT_RECORD");
  });

  test("of the head is found without the body", async () => {
    const headEnd = bytes.length - body.length;
    for (let length = 0; length < headEnd; length++) {
      expect(await codeOf(() => decodeHead(bytes.slice(0, length))), `cut at ${length}`).toBe("CORRUPT_RECORD");
    }
  });

  test("is a record under another key too, and the error names the key asked for", () => {
    const misplaced = expect.objectContaining({ code: "CORRUPT_RECORD", key: "other" }) as Error;
    expect(() => decodeRecord(bytes, "other")).toThrow(misplaced);
    expect(() => decodeHead(bytes, "other")).toThrow(misplaced);
  });
});

describe("a head", () => {
  const fields = {
    storageKey: "k",
    createdAt: "2026-01-01T00:00:00.000Z",
    serializer: { type: "json" },
    libraryVersion: "9.9.9",
  };
  const seal = (changed: object) =>
    sealRecord(JSON.stringify({ ...fields, size: 0, checksum: "02cc5d05", ...changed }), new Uint8Array(0));

  test("keeps fields of later versions, to be written again", () => {
    const later = { colours: ["a"], 7: "a number for a name", ["__proto__"]: { polluted: true } };
    const decoded = decodeRecord(encodeRecord(someMetadata, body, later).bytes);
    expect(decoded.unknownFields).toEqual(later);
    expect(decoded.metadata).toEqual({ ...someMetadata, size: body.length });
    expect(encodeRecord(decoded.metadata, decoded.body, decoded.unknownFields).bytes).toEqual(
      encodeRecord(someMetadata, body, later).bytes,
    );
    expect(decodeRecord(seal({ colours: 1 })).unknownFields).toEqual({ colours: 1 });
  });

  test.each([
    { storageKey: 1 },
    { storageKey: undefined },
    { createdAt: "yesterday" },
    { createdAt: "1" },
    { createdAt: "2026-13-01T00:00:00.000Z" },
    { createdAt: 1_767_225_600_000 },
    { expiration: null },
    { expiration: "never" },
    { serializer: "json" },
    { serializer: {} },
    { serializer: null },
    { libraryVersion: 1 },
    { storageId: 5 },
    { size: -1 },
    { size: 0.5 },
    { size: undefined },
    { token: "1" },
    { checksum: 0 },
    { checksum: undefined },
  ])("with %j is corrupt even where its checksum is right", (changed) => {
    expect(() => decodeRecord(seal({}))).not.toThrow();
    expect(() => decodeRecord(seal(changed))).toThrow(CorruptRecordError);
  });

  test.each(["", "[]", "null", "{", '"text"'])("that is %j is corrupt", (text) => {
    expect(() => decodeRecord(sealRecord(text, new Uint8Array(0)))).toThrow(CorruptRecordError);
    expect(() => decodeHeadText(text)).toThrow(CorruptRecordError);
  });

  test("with an impossible size is corrupt where it is read alone too", () => {
    expect(() => decodeHead(seal({ size: -1 }))).toThrow(CorruptRecordError);
  });

  test("never takes a field of its own from the unknown ones", () => {
    const stray = { checksum: "00000000", storageKey: "other", size: 1 };
    const decoded = decodeRecord(encodeRecord(someMetadata, body, stray).bytes, someMetadata.storageKey);
    expect(decoded.body).toEqual(body);
    expect(decoded.unknownFields).toBeUndefined();
  });

  test("stands apart from the record as JSON text", () => {
    const text = encodeHeadText({ ...someMetadata, size: 3, etag: "e1" }, { colours: 1 });
    expect(decodeHeadText(text)).toEqual({
      metadata: { ...someMetadata, size: 3 },
      unknownFields: { colours: 1 },
      checksum: undefined,
    });
  });

  test("is not written with an invalid date", () => {
    expect(() => encodeRecord({ ...someMetadata, expiration: new Date(Number.NaN) }, body)).toThrow(
      InvalidArgumentError,
    );
  });
});

describe("a record of a later version", () => {
  const head = {
    storageKey: "k",
    createdAt: "2026-01-01T00:00:00.000Z",
    serializer: { type: "new" },
    libraryVersion: "9.9.9",
  };
  const bytes = sealRecord(JSON.stringify(head), body, 2);

  test("has metadata, and a body that names the version when it is asked for", () => {
    expect(isRecord(bytes)).toBe(true);
    expect(decodeHead(bytes, "k").libraryVersion).toBe("9.9.9");
    const decoded = decodeRecord(bytes, "k");
    expect(decoded.version).toBe(2);
    expect(decoded.metadata.serializer).toEqual({ type: "new" });
    expect(() => decoded.body).toThrow(UnsupportedRecordError);
    expect(() => decoded.body).toThrow(/version 2/);
  });

  test("with another head altogether is unsupported, not corrupt", () => {
    expect(() => decodeRecord(sealRecord("{}", body, 3), "k")).toThrow(UnsupportedRecordError);
    expect(() => decodeRecord(sealRecord("{}", body, 3), "k")).toThrow(/version 3/);
  });

  test("is corrupt where its head has lost a bit", () => {
    const damaged = bytes.slice();
    damaged[20]! ^= 1;
    expect(() => decodeRecord(damaged)).toThrow(CorruptRecordError);
  });
});

test("bytes that are no record are told apart", () => {
  expect(isRecord(encodeRecord(someMetadata, body).bytes)).toBe(true);
  expect(isRecord(encoder.encode("RPRS"))).toBe(false);
  expect(isRecord(encoder.encode('{"metadata": {"storage_key": "k"}}'))).toBe(false);
});

describe("a head that no reader would accept is not written", () => {
  const write = (changes: object) => () => encodeRecord({ ...someMetadata, ...changes }, body);
  const nested = JSON.parse("[".repeat(20) + "]".repeat(20)) as unknown;

  test.each([
    ["one of more than 16 KiB", { storageId: "a".repeat(16_384) }, /storageId/],
    ["a long name of a serializer", { serializer: { type: "a".repeat(65) } }, /64/],
    ["two compressions", { serializer: { type: "compressed/compressed/json" } }, /compressed\/compressed/],
    ["options that are nested deep", { serializer: { type: "json", nested } }, /8 deep/],
  ])("%s", (_, changes, message) => {
    expect(write(changes)).toThrow(InvalidArgumentError);
    expect(write(changes)).toThrow(message);
  });

  test("and one of 16 KiB is", () => {
    const { length } = encodeRecord({ ...someMetadata, storageId: "" }, new Uint8Array()).bytes;
    const storageId = "a".repeat(16_384 + 16 - length);
    expect(decodeHead(encodeRecord({ ...someMetadata, storageId }, body).bytes).storageId).toBe(storageId);
  });
});
