import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import { headers, quoteEtag, recordMediaType, resultPath } from "../../../src/http/requests/protocol.ts";
import { laterVersion } from "../../../src/testing/cases/later-version.ts";
import { mustRead, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { createResultStore } from "../../../workers/edge.ts";
import { kv, r2 } from "../../edge/bindings/storage-tools.ts";
import { createApi, createCall, putRecord, refusal } from "../api-tools.ts";
import { flip, forwarding } from "../storage-doubles.ts";

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

test.for(["abc.9007199254740991.x", `${"a".repeat(32)}.9007199254740991.v`, "x".repeat(10_000), '"ü"', "%"])(
  "an etag that a client chooses decides nothing: %s",
  async (chosen) => {
    const call = await createCall();
    const key = randomId();
    const copyEtag = chosen === "%" ? chosen : encodeURIComponent(chosen);
    const etags: (string | null)[] = [];
    for (let write = 0; write < 2; write++) {
      const chosenEtag = { "Reprise-Copy-Etag": copyEtag, "Reprise-Etag": copyEtag, etag: copyEtag };
      const answer = await putRecord(call, key, sample(key).bytes, {}, chosenEtag);
      expect(answer.status).toBe(204);
      etags.push(answer.headers.get("etag"));
    }
    expect(new Set(etags).size).toBe(2);
    expect(etags).not.toContain(quoteEtag(chosen));
    expect((await call(resultPath(key), { headers: { "if-none-match": etags[1]! } })).status).toBe(304);
    const store = createResultStore({ kv, r2, locks: env.RESULT_LOCKS, cacheResultInMemory: false });
    await store.withLock(key, ({ holder }) => store.write(key, "replaced", { holder }));
    expect((await store.read(key))?.result).toBe("replaced");
  },
);

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
