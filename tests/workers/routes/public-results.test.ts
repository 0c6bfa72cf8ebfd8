import { expect, test } from "vitest";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import {
  deferredStatusPath,
  headers,
  lockPath,
  openApiPath,
  quoteEtag,
  resultPath,
  resultsPath,
} from "../../../src/http/requests/protocol.ts";
import { put, sample, type SampleOptions } from "../../../src/testing/storages/storage-scene.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import { codeOf } from "../../core/record/record-tools.ts";
import { clearBindings, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { bytesOf, createApi, createCall, origin, refusal, tokenFor, type Call, type CallInit } from "../api-tools.ts";
import { flip } from "../storage-doubles.ts";

const publicResults = { prefixes: ["maps/", "news/"], maxAge: "1m" };
const maps = resultPath("maps/oslo");
const keptForAMinute = "public, max-age=60, stale-while-revalidate=60, stale-if-error=60";
const nobody: CallInit = { authorization: null };

/** The API with a record that everybody may read. */
async function withRecord(options: SampleOptions = {}) {
  const api = await createApi({ publicResults });
  return { ...api, record: await put(api.storage, "maps/oslo", options) };
}

const cachingOf = (answer: Response) => ["cache-control", "cache-tag", "vary"].map((name) => answer.headers.get(name));

test("everybody reads a public result without a token, and any cache may keep the answer", async () => {
  const { call, record } = await withRecord({ tags: ["roads", "a city"] });
  for (const method of ["GET", "HEAD"]) {
    const answer = await call(maps, { ...nobody, method });
    expect(answer.status).toBe(200);
    expect(cachingOf(answer)).toEqual([
      keptForAMinute,
      "key:maps%2Foslo,roads,a%20city",
      "Authorization, Cache-Control",
    ]);
    expect(answer.headers.get("etag")).toBe(quoteEtag(record.etag));
    // the cache gives it to others later
    expect([answer.headers.get(headers.source), answer.headers.get(headers.now)]).toEqual(["copy", null]);
    expect(answer.headers.get("set-cookie")).toBeNull();
    if (method === "GET") expect(await bytesOf(answer)).toEqual(record.bytes);
  }
});

test("a cache that asks again with the etag gets 304 and a new lifetime, and no body", async () => {
  const { call, record } = await withRecord({ tags: ["roads"] });
  const asked = await call(maps, { ...nobody, headers: { "if-none-match": quoteEtag(record.etag) } });
  expect([asked.status, await asked.text()]).toEqual([304, ""]);
  expect(cachingOf(asked)).toEqual([keptForAMinute, "key:maps%2Foslo,roads", "Authorization, Cache-Control"]);
});

test("nothing is public unless the Worker says so", async () => {
  const { call, storage } = await createApi();
  await put(storage, "maps/oslo");
  expect(await refusal(await call(maps, nobody))).toBe("401 ACCESS_DENIED");
  expect(cachingOf(await call(maps))).toEqual(["private, no-cache", null, null]);
});

test("a request with a token is judged by it, and no cache keeps its answer", async () => {
  const { call, storage } = await withRecord();
  await put(storage, "private/1");
  for (const path of [maps, resultPath("private/1")]) {
    const answer = await call(path);
    expect(cachingOf(answer)).toEqual(["private, no-cache", null, "Authorization, Cache-Control"]);
    expect(answer.headers.has(headers.now)).toBe(true);
  }
  const other = `Bearer ${await tokenFor({ prefix: "private/" })}`;
  expect(await refusal(await call(maps, { authorization: other }))).toBe("403 ACCESS_DENIED");
  expect(await refusal(await call(maps, { authorization: "Bearer made.up.token" }))).toBe("401 ACCESS_DENIED");
  expect(await refusal(await call(maps, { authorization: "" }))).toBe("401 ACCESS_DENIED");
});

test("a caller that reads past copies gets an answer of its own", async () => {
  const { call } = await withRecord();
  const answer = await call(maps, { ...nobody, headers: { "cache-control": "no-cache" } });
  expect(cachingOf(answer)).toEqual(["private, no-cache", null, "Authorization, Cache-Control"]);
  expect(answer.headers.get(headers.source)).toBeNull();
});

test.each(["private/1", "map", "Maps/oslo", "xmaps/", "~maps/oslo"])("%j is not public", async (key) => {
  const { call, storage } = await withRecord();
  await put(storage, key);
  expect(await refusal(await call(resultPath(key), nobody))).toBe("401 ACCESS_DENIED");
});

test("everybody reads public results, and does nothing else", async () => {
  const { call } = await withRecord();
  const body = new Uint8Array(1);
  const refused: readonly (readonly [string, CallInit])[] = [
    [maps, { method: "PUT", body, headers: { "content-type": "application/vnd.reprise.record" } }],
    [maps, { method: "DELETE" }],
    [`${resultsPath}?prefix=maps/`, {}],
    ["/v1/invalidations?since=0", {}],
    [lockPath("maps/oslo"), {}],
    [lockPath("results", "wait"), {}],
    [deferredStatusPath("maps/oslo", 0), {}],
  ];
  for (const [path, init] of refused) {
    const answer = await call(path, { ...init, ...nobody });
    expect([path, answer.headers.get("cache-control"), await refusal(answer)]).toEqual([
      path,
      "no-store",
      "401 ACCESS_DENIED",
    ]);
  }
});

test("errors and misses are kept by no cache", async () => {
  const { call } = await withRecord();
  for (const [path, code] of [
    [resultPath("maps/none"), "404 RECORD_NOT_FOUND"],
    ["/v1/results/maps%2F%ff", "400 INVALID_ARGUMENT"],
    ["/v1/results/", "401 ACCESS_DENIED"],
  ] as const) {
    const answer = await call(path, nobody);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await refusal(answer)).toBe(code);
  }
  const broken = new MemoryStorage();
  broken.read = () => Promise.reject(new Error("secret"));
  const failing = await createApi({ publicResults, storage: () => broken });
  const failed = await failing.call(maps, nobody);
  expect([failed.status, failed.headers.get("cache-control")]).toEqual([500, "no-store"]);
});

test("every answer of the API says whether caches may keep it", async () => {
  const { call } = await withRecord();
  for (const path of [maps, resultsPath, lockPath("maps/oslo"), openApiPath, "/v1/nothing"]) {
    const answer = await call(path);
    expect([path, answer.headers.get("cache-control")]).toEqual([
      path,
      expect.stringMatching(/^(private, no-cache|no-store)$/),
    ]);
  }
});

test("a cache keeps a result until it expires, and no expired or damaged one", async () => {
  const expiring = await withRecord({ expiration: new Date(Date.now() + 30_000) });
  const control = (await expiring.call(maps, nobody)).headers.get("cache-control");
  expect(control).toMatch(/^public, max-age=(29|30), stale-while-revalidate=0, stale-if-error=0$/);
  const expired = await withRecord({ expiration: new Date(Date.now() - 1_000), staleFor: 3_600_000 });
  expect(cachingOf(await expired.call(maps, nobody)).slice(0, 2)).toEqual(["no-store", null]);
  const { call, storage } = await createApi({ publicResults });
  const { bytes, metadata } = sample("maps/oslo");
  await storage.write("maps/oslo", flip(bytes, 30), { metadata });
  expect(cachingOf(await call(maps, nobody)).slice(0, 2)).toEqual(["no-store", null]);
});

test("an invalidated result is given to no cache as fresh", async () => {
  await clearBindings();
  const storage = new EdgeStorage({ kv, r2, invalidations: newInvalidations() });
  const call = await createCall({ publicResults, storage: () => storage });
  const { etag } = await put(storage, "maps/oslo", {
    tags: ["roads"],
    expiration: new Date(Date.now() + 3_600_000),
    staleFor: 3_600_000,
  });
  expect((await call(maps, nobody)).headers.get("cache-control")).toBe(keptForAMinute);
  await storage.invalidate({ tags: ["roads"] }, { mode: "expire", now: Date.now() });
  expect((await call(maps, nobody)).headers.get("cache-control")).toBe("no-store");
  // the cache has the record as it was, so that 304 would not do
  const asked = await call(maps, { ...nobody, headers: { "if-none-match": quoteEtag(etag) } });
  expect([asked.status, Number(decodeHead(await bytesOf(asked)).expiration) <= Date.now()]).toEqual([200, true]);
  await storage.invalidate({ prefix: "maps/" }, { mode: "delete", now: Date.now() });
  expect(await refusal(await call(maps, nobody))).toBe("404 RECORD_NOT_FOUND");
});

test("answers for all origins don't vary by origin, and those for some do", async () => {
  const ask = async (call: Call, from: string) => (await call(maps, { ...nobody, headers: { origin: from } })).headers;
  const { call } = await withRecord();
  const answer = await ask(call, "https://app.example.com");
  expect([answer.get("access-control-allow-origin"), answer.get("vary")]).toEqual([
    "*",
    "Authorization, Cache-Control",
  ]);
  const storage = new MemoryStorage();
  await put(storage, "maps/oslo");
  const some = await createApi({ publicResults, storage: () => storage, allowedOrigins: ["https://app.example.com"] });
  expect((await ask(some.call, "https://app.example.com")).get("vary")).toBe("Authorization, Cache-Control, Origin");
});

test("no secret is needed to read public results", async () => {
  const { call } = await withRecord();
  const env = { REPRISE_SECRET: "" };
  expect((await call(maps, { ...nobody, env })).status).toBe(200);
  expect((await call(resultPath("private/1"), { ...nobody, env })).status).toBe(503);
});

test("a real cache keeps public answers and no others", async () => {
  const { call } = await withRecord();
  const cache = await caches.open(crypto.randomUUID());
  const keep = async (path: string, init: CallInit) => {
    const url = origin + path;
    await cache.put(url, await call(path, init)).catch(() => {});
    return cache.match(url);
  };
  expect(await keep(maps, {})).toBeUndefined();
  expect(await keep(resultPath("maps/none"), nobody)).toBeUndefined();
  const kept = await keep(maps, nobody);
  expect(kept?.headers.get("cf-cache-status")).toBe("HIT");
});

test("a client without a token reads what a cache has, and reads past it where it must not lag", async () => {
  const storage = new MemoryStorage();
  const api = createResultsApi({ publicResults, storage: () => storage });
  const seen: (string | null)[] = [];
  const cache = await caches.open(crypto.randomUUID());
  // the local cache has no variants: it is asked for requests of the one that is kept alone
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    const isPlain = !request.headers.has("cache-control");
    const hit = isPlain ? await cache.match(url) : undefined;
    const answer = hit ?? (await api.fetch(request, { REPRISE_SECRET: "" }));
    seen.push(hit ? "cache" : "Worker");
    if (!hit && isPlain) await cache.put(url, answer.clone()).catch(() => {});
    return answer;
  };
  const client = new HttpStorage({ url: origin, fetch });
  const old = await put(storage, "maps/oslo");
  expect(await client.read("maps/oslo")).toEqual({ ...old, isCopy: true });
  const { bytes, etag } = await put(storage, "maps/oslo");
  expect(await client.read("maps/oslo")).toEqual({ ...old, isCopy: true });
  expect(await client.read("maps/oslo", { fresh: true })).toEqual({ bytes, etag });
  expect(await client.read("maps/oslo", { committed: etag })).toEqual({ bytes, etag });
  expect(seen).toEqual(["Worker", "cache", "Worker", "Worker"]);
});

test("wrong options are refused", async () => {
  const wrong = [
    { prefixes: "maps/" },
    { prefixes: [""] },
    { prefixes: [1] },
    {},
    { prefixes: ["a"], maxAge: "10ms" },
    { prefixes: ["a"], maxAge: -1 },
  ];
  for (const each of wrong) {
    expect(await codeOf(() => createResultsApi({ publicResults: each as never }))).toBe("INVALID_ARGUMENT");
  }
});
