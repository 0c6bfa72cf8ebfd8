import { expect, test } from "vitest";
import { randomId } from "../../../src/core/support/random-id.ts";
import {
  invalidationsPath,
  lockPath,
  outcomeMediaType,
  type Problem,
  recordMediaType,
  resultPath,
  resultsPath,
} from "../../../src/http/requests/protocol.ts";
import { put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { type CallInit, createApi, origin, putRecord, tokenFor } from "../api-tools.ts";
import { acquire } from "../lock-calls.ts";

const accept = `${outcomeMediaType}, */*`;
const nobody: CallInit = { authorization: null };

function toPost(json: unknown): CallInit {
  return { method: "POST", body: JSON.stringify(json), headers: { "content-type": "application/json" } };
}

function toPut(key: string, headers: Record<string, string> = {}): CallInit {
  const body = sample(key).bytes as Uint8Array<ArrayBuffer>;
  return { method: "PUT", body, headers: { "content-type": recordMediaType, ...headers } };
}

test("an ordinary outcome has the status 200 for a client that accepts its type, and its own status for others", async () => {
  const { call, storage } = await createApi();
  const key = randomId();
  await acquire(call, key, "one");
  await put(storage, key);
  const outcomes: readonly (readonly [string, CallInit, number, string])[] = [
    [resultPath("none"), {}, 404, "RECORD_NOT_FOUND"],
    [resultPath("none"), { method: "DELETE" }, 404, "RECORD_NOT_FOUND"],
    [resultPath("none"), toPut("none", { "if-match": '"other"' }), 412, "PRECONDITION_FAILED"],
    [resultPath(key), toPut(key), 423, "LOCK_NOT_HELD"],
    [lockPath(key, "acquire"), toPost({ holder: "two" }), 423, "LOCK_TIMEOUT"],
    [lockPath(key, "renew"), toPost({ holder: "two", holdTimeout: 5 }), 409, "LOCK_NOT_HELD"],
    [lockPath(key, "release"), toPost({ holder: "two" }), 409, "LOCK_NOT_HELD"],
    [lockPath(key, "progress"), toPost({ holder: "two", fraction: 1 }), 409, "LOCK_NOT_HELD"],
    [`${invalidationsPath}?since=0`, {}, 501, "CONFIGURATION"],
  ];
  for (const [path, init, status, code] of outcomes) {
    const plain = await call(path, init);
    const quiet = await call(path, { ...init, ignored: { accept } });
    const body = await plain.json<Problem>();
    expect([path, plain.status, body.status, body.code]).toEqual([path, status, status, code]);
    expect(plain.headers.get("content-type")).toBe("application/problem+json");
    expect([path, quiet.status, await quiet.json()]).toEqual([path, 200, body]);
    expect(quiet.headers.get("content-type")).toBe(outcomeMediaType);
    for (const answer of [plain, quiet]) {
      expect([answer.headers.get("cache-control"), answer.headers.get("vary")]).toEqual(["no-store", "Accept"]);
    }
  }
});

test("a HEAD that fails otherwise keeps its status, since no body says which outcome it is", async () => {
  const { call } = await createApi();
  const answer = await call(`${invalidationsPath}?since=0`, { method: "HEAD", ignored: { accept } });
  expect(answer.status).toBe(501);
});

test("a miss of HEAD has the type of an outcome and no body", async () => {
  const { call } = await createApi();
  const miss = await call(resultPath("none"), { method: "HEAD", ignored: { accept } });
  expect([miss.status, miss.headers.get("content-type"), await miss.text()]).toEqual([200, outcomeMediaType, ""]);
  expect((await call(resultPath("none"), { method: "HEAD" })).status).toBe(404);
});

test("a mistake or a refusal has the same status for every client", async () => {
  const { call } = await createApi();
  const other = `Bearer ${await tokenFor({ prefix: "other/" })}`;
  const refused: readonly (readonly [string, CallInit, number])[] = [
    [resultPath("a"), nobody, 401],
    [resultPath("a"), { authorization: other }, 403],
    [`${resultsPath}?limit=x`, {}, 400],
    ["/v1/nothing", {}, 404],
    [resultsPath, { method: "DELETE" }, 405],
    [resultPath("a"), { method: "PUT", body: "a", headers: { "content-type": "text/plain" } }, 415],
    [resultPath("a"), { method: "PUT", body: "a", headers: { "content-type": recordMediaType } }, 422],
  ];
  for (const [path, init, status] of refused) {
    const answer = await call(path, { ...init, ignored: { accept } });
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
      path,
      status,
      "application/problem+json",
    ]);
  }
});

test.each(["*/*", "application/*", "application/json, application/problem+json", ""])(
  "a client that accepts %j gets 404 for a miss",
  async (each) => {
    const { call } = await createApi();
    expect((await call(resultPath("none"), { ignored: { accept: each } })).status).toBe(404);
  },
);

test("a record, and a copy that still holds, are answered alike to every client", async () => {
  const { call } = await createApi({ publicResults: { prefixes: ["maps/"] } });
  const etag = (await putRecord(call, "maps/oslo", sample("maps/oslo").bytes)).headers.get("etag")!;
  for (const init of [{}, nobody, { headers: { "if-none-match": etag } }]) {
    const answers = [await call(resultPath("maps/oslo"), init), await call(resultPath("maps/oslo"), { ...init, ignored: { accept } })]; // prettier-ignore
    const [plain, quiet] = answers.map(({ status, headers }) => [
      status,
      ...["etag", "cache-control", "cache-tag", "vary", "content-type"].map((name) => headers.get(name)),
    ]);
    expect(quiet).toEqual(plain);
  }
});

test("a real cache keeps no outcome, so that other clients never get one", async () => {
  const { call } = await createApi({ publicResults: { prefixes: ["maps/"] } });
  const cache = await caches.open(randomId());
  const url = origin + resultPath("maps/none");
  await cache.put(url, await call(resultPath("maps/none"), { ...nobody, ignored: { accept } })).catch(() => {});
  expect(await cache.match(url)).toBeUndefined();
});
