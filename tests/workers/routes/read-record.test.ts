import { expect, test } from "vitest";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import { headers, metadataFromJson, quoteEtag, resultPath } from "../../../src/http/requests/protocol.ts";
import { mustRead, put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { bytesOf, createApi, putRecord, refusal } from "../api-tools.ts";
import { flip, forwarding } from "../storage-doubles.ts";

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
