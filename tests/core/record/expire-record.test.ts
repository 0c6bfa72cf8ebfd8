import { expect, test } from "vitest";
import { expireRecord } from "../../../src/core/record/expire-record.ts";
import { decodeHead, decodeRecord, encodeRecord } from "../../../src/core/record/record-format.ts";
import { encoder, hexHash, sealRecord, someMetadata } from "./record-tools.ts";

const key = someMetadata.storageKey;
const body = encoder.encode("the body");
const at = Date.parse("2026-05-01T00:00:00.000Z");

test("a record that would live longer expires then, and keeps everything else", () => {
  for (const metadata of [someMetadata, { ...someMetadata, expiration: undefined, tags: ["x"], staleFor: 5 }]) {
    const { bytes } = encodeRecord(metadata as typeof someMetadata, body, { later: "field" });
    const expired = expireRecord(bytes, key, at)!;
    const read = decodeRecord(expired.bytes, key);
    expect(read.metadata).toEqual({ ...decodeHead(bytes), expiration: new Date(at) });
    expect(read.metadata).toEqual(expired.metadata);
    expect([read.body, read.unknownFields]).toEqual([body, { later: "field" }]);
  }
});

test("a record that expires no later stays as it is", () => {
  const { bytes } = encodeRecord(someMetadata, body);
  for (const time of [Date.parse("2027-01-02T03:04:05.678Z"), Date.parse("2030-01-01")])
    expect(expireRecord(bytes, key, time)).toBeUndefined();
});

test("a head in front of something else than its body expires, and what follows stays", () => {
  const { bytes } = encodeRecord(someMetadata, body);
  const follows = encoder.encode("RPRB and an id");
  const headLength = bytes.length - body.length;
  const placed = new Uint8Array([...bytes.subarray(0, headLength), ...follows]);
  const expired = expireRecord(placed, key, at)!.bytes;
  expect(decodeHead(expired)).toEqual({ ...decodeHead(bytes), expiration: new Date(at) });
  expect(expired.subarray(-follows.length)).toEqual(follows);
  const whole = new Uint8Array([...expired.subarray(0, -follows.length), ...body]);
  expect(decodeRecord(whole, key).body).toEqual(body);
});

test("a damaged body stays damaged", () => {
  const { bytes } = encodeRecord(someMetadata, body);
  bytes[bytes.length - 1]! ^= 1;
  expect(() => decodeRecord(expireRecord(bytes, key, at)!.bytes, key)).toThrow(/checksum of its body/);
});

test("bytes that are no record, a damaged head, another key and a later version are left alone", () => {
  const { bytes } = encodeRecord(someMetadata, body);
  const damaged = bytes.slice();
  damaged[20]! ^= 1;
  const head = JSON.stringify({
    ...JSON.parse(new TextDecoder().decode(bytes.subarray(16, -body.length))),
    size: 8,
  } as object);
  expect(expireRecord(sealRecord(head, body), key, at)).toBeDefined();
  expect(hexHash(body)).toHaveLength(8);
  for (const each of [
    encoder.encode("no record"),
    new Uint8Array(),
    damaged,
    sealRecord(head, body, 2),
    sealRecord("[]", body, 2),
  ])
    expect(expireRecord(each, key, at)).toBeUndefined();
  expect(expireRecord(bytes, "another", at)).toBeUndefined();
});
