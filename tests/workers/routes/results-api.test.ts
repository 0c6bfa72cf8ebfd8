import { expect, test } from "vitest";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { StorageError, StorageUnreachableError } from "../../../src/errors/index.ts";
import { headers, metadataFromJson, quoteEtag, recordMediaType, resultPath } from "../../../src/http/protocol.ts";
import { laterVersion } from "../../../src/testing/later-version.ts";
import { mustRead, put, sample } from "../../../src/testing/storage-scene.ts";
import { bytesOf, createApi, putRecord, refusal } from "../api-tools.ts";

test("a record comes back byte for byte, and nobody keeps it without asking", async () => {
  const { call, storage } = await createApi();
  const { bytes } = sample("maps/1");
  const written = await putRecord(call, "maps/1", bytes);
  expect(written.status).toBe(204);
  const read = await call(resultPath("maps/1"));
  expect(await bytesOf(read)).toEqual(bytes);
  const etag = quoteEtag((await mustRead(storage, "maps/1")).etag);
  expect(read.headers.get("etag")).toBe(etag);
  expect(written.headers.get("etag")).toBe(etag);
  expect(read.headers.get("cache-control")).toBe("private, no-cache");
  expect(read.headers.get("x-content-type-options")).toBe("nosniff");
});

test.for([
  ["a NUL", "a\0b"],
  ["a percent sign", "100%"],
  ["what looks encoded", "%2F%25%00"],
  ["a slash", "a/b//c/"],
  ["a dot", "."],
  ["two dots", ".."],
  ["dots between slashes", "../../a/./b"],
  ["a tilde", "~"],
  ["a tilde before dots", "~.."],
  ["a question mark and a hash", "a?b=c#d&e+f"],
  ["a backslash", "a\\b"],
  ["line breaks and tabs", "a\r\n\tb"],
  ["a space and a quote", ` "a' `],
  ["an emoji", "🗺️"],
  ["the last code point", "\u{10FFFF}"],
  ["a byte order mark", "\uFEFFa"],
  ["names of actions", "wait"],
  ["a colon", ":key"],
  ["1,024 bytes", "é".repeat(512)],
] as const)("a key with %s goes through the URL and back", async ([, key]) => {
  const { call, storage } = await createApi();
  const { bytes } = sample(key);
  expect((await putRecord(call, key, bytes)).status).toBe(204);
  expect((await mustRead(storage, key)).bytes).toEqual(bytes);
  const head = await call(resultPath(key), { method: "HEAD" });
  const metadata = metadataFromJson(JSON.parse(decodeURIComponent(head.headers.get(headers.metadata) ?? "")));
  expect(metadata.storageKey).toBe(key);
  expect(await bytesOf(await call(resultPath(key)))).toEqual(bytes);
  expect((await call(resultPath(key), { method: "DELETE" })).status).toBe(204);
  expect(await storage.read(key)).toBeUndefined();
});

test.for([
  ["empty", "/v1/results/"],
  ["of a lock that is empty", "/v1/locks/"],
  ["of 1,025 bytes", resultPath("a".repeat(1_025))],
  ["that is no UTF-8", "/v1/results/%ff"],
  ["that is not percent-encoded", "/v1/results/%"],
] as const)("a key %s is refused", async ([, path]) => {
  const { call } = await createApi();
  const answer = await call(path);
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
});

test("where there is no record, that is said as a problem", async () => {
  const { call } = await createApi();
  expect(await refusal(await call(resultPath("a")))).toBe("404 RECORD_NOT_FOUND");
  expect((await call(resultPath("a"), { method: "HEAD" })).status).toBe(404);
  expect(await refusal(await call(resultPath("a"), { method: "DELETE" }))).toBe("404 RECORD_NOT_FOUND");
});

test("a copy at hand that still holds is not sent again", async () => {
  const { call, storage } = await createApi();
  const { etag } = await put(storage, "a");
  for (const condition of [quoteEtag(etag), `W/${quoteEtag(etag)}`, `"other", ${quoteEtag(etag)}`, "*"]) {
    const answer = await call(resultPath("a"), { headers: { "if-none-match": condition } });
    expect([answer.status, await answer.text()]).toEqual([304, ""]);
    const head = await call(resultPath("a"), { method: "HEAD", headers: { "if-none-match": condition } });
    expect(head.status).toBe(304);
  }
  expect((await call(resultPath("a"), { headers: { "if-none-match": '"other"' } })).status).toBe(200);
});

test("HEAD has the whole metadata, also of a storage that can only read", async () => {
  const { call, storage } = await createApi();
  const expiration = new Date(Date.now() + 1_000);
  const { bytes, etag } = await put(storage, "a", { expiration });
  const readOnly = forwarding(storage);
  const { call: callReadOnly } = await createApi({ storage: () => readOnly });
  for (const each of [call, callReadOnly]) {
    const answer = await each(resultPath("a"), { method: "HEAD" });
    const metadata = metadataFromJson(JSON.parse(decodeURIComponent(answer.headers.get(headers.metadata) ?? "")));
    expect(metadata).toEqual({ ...decodeHead(bytes, "a"), etag });
  }
});

test("a record that lost a bit in the storage is given as it is, and has no metadata", async () => {
  const { call, storage } = await createApi();
  const { bytes, metadata } = sample("a");
  const broken = flip(bytes, 30);
  await storage.write("a", broken, { metadata });
  expect(await bytesOf(await call(resultPath("a")))).toEqual(broken);
  expect((await call(resultPath("a"), { method: "HEAD" })).status).toBe(422);
});

test("an expired record is given as it is", async () => {
  const { call, storage } = await createApi();
  const { bytes } = await put(storage, "a", { expiration: new Date(0) });
  expect(await bytesOf(await call(resultPath("a")))).toEqual(bytes);
});

test("no-cache asks for the record itself, and what may lag behind says so", async () => {
  const { storage } = await createApi();
  await put(storage, "a");
  const asked: unknown[] = [];
  const lagging: ResultStorage = {
    ...forwarding(storage),
    capabilities: { consistency: "eventual", conditionalWrites: false },
    read: async (key, options) => {
      asked.push(options?.fresh);
      const record = await mustRead(storage, key);
      return { ...record, isCopy: !options?.fresh };
    },
  };
  const { call } = await createApi({ storage: () => lagging });
  const copy = await call(resultPath("a"));
  const fresh = await call(resultPath("a"), { headers: { "cache-control": "max-age=0, no-cache" } });
  expect(asked).toEqual([false, true]);
  expect([copy, fresh].map((answer) => answer.headers.get(headers.source))).toEqual(["copy", null]);
  expect(copy.headers.get(headers.consistency)).toBe("eventual");
});

test("a write with conditions that don't hold changes nothing", async () => {
  const { call, storage } = await createApi();
  const before = await put(storage, "a");
  const { bytes } = sample("a");
  expect(await refusal(await putRecord(call, "a", bytes, { "if-none-match": "*" }))).toBe("412 PRECONDITION_FAILED");
  expect(await refusal(await putRecord(call, "a", bytes, { "if-match": '"other"' }))).toBe("412 PRECONDITION_FAILED");
  expect(await mustRead(storage, "a")).toEqual(before);
  expect((await putRecord(call, "a", bytes, { "if-match": quoteEtag(before.etag) })).status).toBe(204);
  expect((await putRecord(call, "b", sample("b").bytes, { "if-none-match": "*" })).status).toBe(204);
});

test.for([
  ["if-match", "*"],
  ["if-match", '"a", "b"'],
  ["if-match", "a"],
  ["if-none-match", '"a"'],
  [headers.lockToken, "1"],
  [headers.lockToken, "one"],
  [headers.lockHolder, "me"],
  [headers.lockHolder, "%"],
] as const)("a write whose %s is %s can't be meant", async ([name, value]) => {
  const { call, storage } = await createApi();
  const answer = await putRecord(call, "a", sample("a").bytes, { [name]: value });
  expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
  expect(await storage.read("a")).toBeUndefined();
});

test("a copy is kept under the etag that it is to be read with", async () => {
  const { call, storage } = await createApi();
  const answer = await putRecord(call, "a", sample("a").bytes, { [headers.copyEtag]: encodeURIComponent('"ü"') });
  expect(answer.headers.get("etag")).toBe(quoteEtag('"ü"'));
  expect((await mustRead(storage, "a")).etag).toBe('"ü"');
});

const record = sample("a").bytes;

test.for([
  ["nothing", new Uint8Array(), "422 CORRUPT_RECORD"],
  ["no record", new TextEncoder().encode("{}"), "422 CORRUPT_RECORD"],
  ["a record cut off in its head", record.slice(0, 20), "422 CORRUPT_RECORD"],
  ["a record cut off in its body", record.slice(0, -1), "422 CORRUPT_RECORD"],
  ["a record with something behind it", new Uint8Array([...record, 0]), "422 CORRUPT_RECORD"],
  ["a changed bit in the body", flip(record, record.length - 1), "422 CORRUPT_RECORD"],
  ["a changed bit in the head", flip(record, 30), "422 CORRUPT_RECORD"],
  ["a record of another key", sample("b").bytes, "422 CORRUPT_RECORD"],
  ["a record of a later version", laterVersion(record), "422 UNSUPPORTED_RECORD"],
] as const)("%s is refused, and nothing stored", async ([, bytes, expected]) => {
  const { call, storage } = await createApi();
  expect(await refusal(await putRecord(call, "a", bytes))).toBe(expected);
  expect(await storage.read("a")).toBeUndefined();
});

test("a record that is too long is refused, however its length is told", async () => {
  const { call, storage } = await createApi({ maxRecordBytes: record.length - 1 });
  expect(await refusal(await putRecord(call, "a", record))).toBe("413 TOO_LARGE");
  const body = new Blob([record]).stream();
  const answer = await call(resultPath("a"), { method: "PUT", body, headers: { "content-type": recordMediaType } });
  expect(await refusal(answer)).toBe("413 TOO_LARGE");
  expect(await storage.read("a")).toBeUndefined();
  const { call: callLarger } = await createApi({ maxRecordBytes: record.length });
  expect((await putRecord(callLarger, "a", record)).status).toBe(204);
});

test("a storage's own limit counts too", async () => {
  const { storage } = await createApi();
  const capabilities = { ...storage.capabilities, maxRecordBytes: record.length - 1 };
  const { call } = await createApi({ storage: () => ({ ...forwarding(storage), capabilities }) });
  expect(await refusal(await putRecord(call, "a", record))).toBe("413 TOO_LARGE");
});

test("a body of another type is refused", async () => {
  const { call, storage } = await createApi();
  const answer = await putRecord(call, "a", record, { "content-type": "application/octet-stream" });
  expect(await refusal(answer)).toBe("415 UNSUPPORTED_MEDIA_TYPE");
  expect(answer.headers.get("accept")).toBe(recordMediaType);
  expect(await storage.read("a")).toBeUndefined();
});

test("a storage's trouble is told by its status, and heard of by the server", async () => {
  const unreachable = new StorageUnreachableError("R2 is away");
  const broken = new StorageError("R2 failed", { cause: new Error("with a secret") });
  for (const [error, expected] of [
    [unreachable, "503 STORAGE_UNREACHABLE"],
    [broken, "502 STORAGE"],
  ] as const) {
    const { call, reported } = await createApi({ storage: () => failing(error) });
    const answer = await call(resultPath("a"));
    expect(await answer.clone().text()).not.toContain("secret");
    expect(await refusal(answer)).toBe(expected);
    expect(reported).toEqual([error]);
  }
});

test("of an error that isn't ours nothing is told", async () => {
  const error = new TypeError("password is hunter2");
  const { call, reported } = await createApi({ storage: () => failing(error) });
  const answer = await call(resultPath("a"));
  expect(await answer.clone().text()).not.toContain("hunter2");
  expect(await refusal(answer)).toBe("500 INTERNAL");
  expect(reported).toEqual([error]);
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

/** What a storage does, as an object of which parts can be replaced. */
function forwarding(storage: ResultStorage): ResultStorage {
  return {
    type: storage.type,
    capabilities: storage.capabilities,
    read: (...args) => storage.read(...args),
    write: (...args) => storage.write(...args),
    delete: (...args) => storage.delete(...args),
  };
}

function failing(error: Error): ResultStorage {
  const fail = async () => {
    throw error;
  };
  const capabilities = { consistency: "strong", conditionalWrites: true } as const;
  return { type: "failing", capabilities, read: fail, write: fail, delete: fail };
}

test.for(["If-Match", "If-None-Match"])(
  "a deletion with %s deletes nothing, since the condition can't be kept",
  async (name) => {
    const { call, storage } = await createApi();
    await put(storage, "a");
    const answer = await call(resultPath("a"), { method: "DELETE", headers: { [name]: '"another"' } });
    expect(await refusal(answer)).toBe("400 INVALID_ARGUMENT");
    expect(await storage.read("a")).toBeDefined();
  },
);
