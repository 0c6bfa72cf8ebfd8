import { beforeEach, expect, test } from "vitest";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import { EdgeStorage } from "../../../src/edge/store/edge-storage.ts";
import { headers, invalidationsPath, lockPath, resultPath, resultsPath } from "../../../src/http/requests/protocol.ts";
import { put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { clearBindings, elsewhere, kv, newInvalidations, r2 } from "../../edge/bindings/storage-tools.ts";
import { type Call, bytesOf, createApi, post, putRecord, refusal, tokenFor } from "../api-tools.ts";
import { acquire, under } from "../lock-calls.ts";

beforeEach(clearBindings);

/** The API over a storage that keeps invalidations, and another isolate over the same. */
async function createWorld() {
  const invalidations = newInvalidations();
  const storage = new EdgeStorage({ kv, r2, invalidations });
  const other = new EdgeStorage({ kv, r2, invalidations: elsewhere(invalidations) });
  const { call } = await createApi({ storage: () => storage });
  return { storage, other, call };
}

const newKey = () => `maps/${crypto.randomUUID()}`;
const invalidate = (call: Call, target: unknown, mode?: string) => post(call, invalidationsPath, { target, mode });

async function generationOf(call: Call): Promise<number> {
  return Number((await call(resultsPath)).headers.get(headers.generation));
}

test("records that were invalidated are gone, or have expired, whoever asks for them", async () => {
  const { storage, call } = await createWorld();
  const key = newKey();
  await put(storage, key, { tags: ["maps"] });
  await put(storage, "other");
  expect((await invalidate(call, { tags: ["maps"] }, "expire")).status).toBe(204);
  const expired = await call(resultPath(key));
  const { expiration } = decodeHead(await bytesOf(expired), key);
  expect(Number(expiration)).toBeLessThanOrEqual(Date.now());
  const head = await call(resultPath(key), { method: "HEAD" });
  expect(JSON.parse(decodeURIComponent(head.headers.get(headers.metadata)!))).toMatchObject({
    expiration: expiration?.toISOString(),
  });
  expect((await invalidate(call, { prefix: "maps/" })).status).toBe(204);
  expect((await call(resultPath(key))).status).toBe(404);
  expect((await call(resultPath(key), { method: "HEAD" })).status).toBe(404);
  const { records } = await (await call(resultsPath)).json<{ records: { storageKey: string }[] }>();
  expect(records.map(({ storageKey }) => storageKey)).toEqual(["other"]);
});

test("a token allows to invalidate its own keys and prefixes, and tags and all only without a prefix", async () => {
  const { call } = await createWorld();
  const as = async (options: Parameters<typeof tokenFor>[0], target: unknown) => {
    const authorization = `Bearer ${await tokenFor(options)}`;
    const init = { method: "POST", headers: { "content-type": "application/json" }, authorization };
    return (await call(invalidationsPath, { ...init, body: JSON.stringify({ target }) })).status;
  };
  const mine = { prefix: "maps/" };
  expect(await as(mine, { keys: ["maps/a", "maps/b"] })).toBe(204);
  expect(await as(mine, { prefix: "maps/usa" })).toBe(204);
  expect(await as({}, { tags: ["maps"] })).toBe(204);
  expect(await as({}, "all")).toBe(204);
  for (const target of [{ keys: ["maps/a", "b"] }, { prefix: "map" }, { tags: ["maps"] }, "all"]) {
    expect(await as(mine, target)).toBe(403);
  }
  expect(await as({ operations: ["read", "write", "list", "lock"] }, { keys: ["maps/a"] })).toBe(403);
});

test.for([
  { target: { prefix: "" } },
  { target: { tags: [] } },
  { target: { tags: [""] } },
  { target: { keys: ["a"], prefix: "a" } },
  { target: "everything" },
  {},
  { target: "all", mode: "hide" },
  { target: { keys: Array.from({ length: 101 }, (_, i) => `${i}`) } },
])("the request %o is refused", async (json) => {
  const { call } = await createWorld();
  expect(await refusal(await post(call, invalidationsPath, json))).toBe("400 INVALID_ARGUMENT");
});

test("a server without the binding says so, and invalidates keys", async () => {
  const storage = new EdgeStorage({ kv, r2 });
  const { call, reported } = await createApi({ storage: () => storage });
  const key = newKey();
  await put(storage, key);
  for (const target of [{ prefix: "maps/" }, { tags: ["maps"] }, "all"]) {
    expect(await refusal(await invalidate(call, target))).toBe("501 CONFIGURATION");
  }
  expect(await refusal(await call(`${invalidationsPath}?since=0`))).toBe("501 CONFIGURATION");
  expect((await invalidate(call, { keys: [key] })).status).toBe(204);
  expect(await storage.read(key)).toBeUndefined();
  expect(reported).toEqual([]);
});

test("a key is invalidated while a computation has its lock, whose write is refused, but not while somebody has it by hand", async () => {
  const { call } = await createWorld();
  const key = newKey();
  const { token } = await acquire(call, key, "tab:1/compute");
  expect((await invalidate(call, { keys: [key] })).status).toBe(204);
  const late = await putRecord(call, key, sample(key).bytes, under("tab:1/compute", token));
  expect(await refusal(late)).toBe("409 STALE_LOCK");
  await acquire(call, key, "by hand");
  expect(await refusal(await invalidate(call, { keys: [key] }))).toBe("423 LOCK_NOT_HELD");
});

test("answers tell of the last invalidation, and a caller hears of those of its prefix", async () => {
  const { call } = await createWorld();
  expect(await generationOf(call)).toBe(0);
  await invalidate(call, { keys: ["maps/a", "other/a"] });
  await invalidate(call, { prefix: "other/" });
  await invalidate(call, { prefix: "m" });
  await invalidate(call, { tags: ["t"] }, "expire");
  expect(await generationOf(call)).toBe(4);
  const authorization = `Bearer ${await tokenFor({ prefix: "maps/", operations: ["read"] })}`;
  const heard = async (since: number) =>
    (await call(`${invalidationsPath}?since=${since}`, { authorization })).json<{
      latest: number;
      invalidations: { target: unknown }[];
    }>();
  const { latest, invalidations } = await heard(0);
  expect(latest).toBe(4);
  expect(invalidations.map(({ target }) => target)).toEqual([{ keys: ["maps/a"] }, { prefix: "m" }, { tags: ["t"] }]);
  expect((await heard(3)).invalidations).toHaveLength(1);
  expect(await refusal(await call(`${invalidationsPath}?since=-1`))).toBe("400 INVALID_ARGUMENT");
});

test("a computed value that began before an invalidation elsewhere is refused, with and without a lock", async () => {
  const { other, call } = await createWorld();
  const key = newKey();
  const body = { "content-type": "application/json" };
  const begun = await call(`${resultPath(key)}/begin`, { method: "POST", headers: body, body: "{}" });
  const { place } = await begun.json<{ place: string }>();
  await other.invalidate({ prefix: "maps/" }, { mode: "delete", now: Date.now() });
  const write = (since: string, more = {}) =>
    putRecord(call, key, sample(key).bytes, { [headers.since]: encodeURIComponent(since), ...more });
  expect(await refusal(await write(`0 ${place}`))).toBe("409 INVALIDATED");
  const held = await acquire(call, key, "tab:1/compute");
  expect(await refusal(await write("0 lock", under("tab:1/compute", held.token)))).toBe("409 INVALIDATED");
  expect(await refusal(await write("1 lock"))).toBe("423 LOCK_NOT_HELD");
  const kept = await write("1 lock", under("tab:1/compute", held.token));
  expect([kept.status, kept.headers.get(headers.recordGeneration)]).toEqual([204, "1"]);
  await post(call, lockPath(key, "release"), { holder: "tab:1/compute" });
  expect(await refusal(await write("1 ?"))).toBe("412 PRECONDITION_FAILED");
});

test("a generation that a client invents protects nothing, and a place that it invents is refused", async () => {
  const { storage, call } = await createWorld();
  const key = newKey();
  const since = (text: string) => ({ [headers.since]: encodeURIComponent(text) });
  for (const place of ["999999 [null]", "x", "1 ["]) {
    const answer = await putRecord(call, key, sample(key).bytes, since(`999999 ${place}`));
    expect([204, 400, 409]).toContain(answer.status);
  }
  expect(await refusal(await putRecord(call, key, sample(key).bytes, since("no number")))).toBe("400 INVALID_ARGUMENT");
  await storage.invalidate({ prefix: "maps/" }, { mode: "delete", now: Date.now() });
  expect((await call(resultPath(key))).status).toBe(404);
});
