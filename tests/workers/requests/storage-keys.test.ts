import { expect, test } from "vitest";
import { headers, metadataFromJson, resultPath } from "../../../src/http/requests/protocol.ts";
import { mustRead, sample } from "../../../src/testing/storages/storage-scene.ts";
import { bytesOf, createApi, putRecord, refusal } from "../api-tools.ts";

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
