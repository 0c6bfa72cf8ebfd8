import { afterEach, expect, test } from "vitest";
import { grantWith, sample } from "../../src/testing/storages/storage-scene.ts";
import { HttpStorage } from "../../src/http/http-storage.ts";
import type { HttpOptions } from "../../src/http/requests/http-options.ts";
import { metadataToJson } from "../../src/http/requests/protocol.ts";
import { answer, hangUp, json, page, problem, ScriptedServer, type Act } from "./scripted-server.ts";

const { bytes, metadata } = sample("k");
const record = { "content-type": "application/vnd.reprise.record", etag: '"e1"', "reprise-consistency": "strong" };
const absent = problem(404, "RECORD_NOT_FOUND");
const written = answer(204, { etag: '"e2"' });

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function connect(acts: Act[], options: Partial<HttpOptions> = {}) {
  const server = await ScriptedServer.start(...acts);
  servers.push(server);
  return { server, storage: new HttpStorage({ url: server.url, ...options }) };
}

function requests({ received }: ScriptedServer): string[] {
  return received.map(({ method, url }) => `${method} ${url}`);
}

test("a record is read by one request, and says where it may lag behind", async () => {
  const { server, storage } = await connect([
    answer(200, record, bytes),
    answer(200, { ...record, etag: 'W/"e1"', "reprise-source": "copy" }, bytes),
  ]);
  expect(await storage.read("k")).toEqual({ bytes: new Uint8Array(bytes), etag: "e1" });
  expect(await storage.read("k")).toEqual({ bytes: new Uint8Array(bytes), etag: "e1", isCopy: true });
  expect(requests(server)).toEqual(["GET /v1/results/k", "GET /v1/results/k"]);
});

test("who waited for a lock, or has it, is not answered from a copy that may lag behind", async () => {
  const { server, storage } = await connect([absent]);
  await storage.read("k");
  await storage.read("k", { fresh: true });
  await storage.head("k", { committed: "e1" });
  expect(server.received.map(({ headers }) => headers["cache-control"])).toEqual([undefined, "no-cache", "no-cache"]);
});

test("only the API's word means that there is no record", async () => {
  const { storage } = await connect([absent, page(404), page(200)]);
  expect(await storage.read("k")).toBeUndefined();
  for (let call = 0; call < 2; call++) {
    await expect(storage.read("k")).rejects.toMatchObject({ code: "STORAGE", key: "k" });
  }
  const head = await connect([
    answer(404, { "content-type": "application/problem+json" }),
    answer(404, { "content-type": "text/html" }),
    answer(200, { "content-type": "text/html" }),
  ]);
  expect(await head.storage.head("k")).toBeUndefined();
  for (let call = 0; call < 2; call++) {
    await expect(head.storage.head("k")).rejects.toMatchObject({ code: "STORAGE", key: "k" });
  }
});

test("the head is read without the body", async () => {
  const told = encodeURIComponent(JSON.stringify(metadataToJson(metadata)));
  const { storage, server } = await connect([answer(200, { ...record, "reprise-metadata": told })]);
  expect(await storage.head("k")).toEqual({ metadata, etag: "e1" });
  expect(requests(server)).toEqual(["HEAD /v1/results/k"]);
});

test("a write says under which conditions and which lock it is made", async () => {
  const { storage, server } = await connect([written]);
  const grant = { ...grantWith("k", 7), holder: "ж/1" };
  expect(await storage.write("k", bytes, { metadata, ifMatch: "e1", grant })).toEqual({ etag: "e2" });
  await storage.write("k", bytes, { metadata, ifNoneMatch: "*" });
  await storage.delete("k", { grant });
  const [first, second, third] = server.received;
  expect(first).toMatchObject({
    method: "PUT",
    url: "/v1/results/k",
    headers: {
      "content-type": "application/vnd.reprise.record",
      "if-match": '"e1"',
      "reprise-lock-holder": "%D0%B6%2F1",
      "reprise-lock-token": "7",
    },
  });
  expect(new Uint8Array(first!.body)).toEqual(bytes);
  expect(second!.headers["if-none-match"]).toBe("*");
  expect(second!.headers["reprise-lock-holder"]).toBeUndefined();
  expect(third).toMatchObject({
    method: "DELETE",
    headers: { "reprise-lock-holder": "%D0%B6%2F1", "reprise-lock-token": "7" },
  });
});

test("a write that was refused says why", async () => {
  const refusals = {
    STALE_LOCK: 409,
    LOCK_TIMEOUT: 423,
    PRECONDITION_FAILED: 412,
    STORAGE_QUOTA: 507,
    CORRUPT_RECORD: 422,
  };
  for (const [code, status] of Object.entries(refusals)) {
    const { storage, server } = await connect([problem(status, code)]);
    await expect(storage.write("k", bytes, { metadata })).rejects.toMatchObject({ code, key: "k" });
    expect(server.received).toHaveLength(1);
  }
});

test("a write whose answer is lost is made again", async () => {
  const { storage, server } = await connect([hangUp, written]);
  expect(await storage.write("k", bytes, { metadata })).toEqual({ etag: "e2" });
  expect(requests(server)).toEqual(["PUT /v1/results/k", "PUT /v1/results/k"]);
});

test("a conditional write whose answer is lost is not refused for its own success", async () => {
  for (const condition of [{ ifNoneMatch: "*" }, { ifMatch: "e0" }] as const) {
    const refused = problem(412, "PRECONDITION_FAILED");
    const { storage, server } = await connect([hangUp, refused, answer(200, record, bytes)]);
    expect(await storage.write("k", bytes, { metadata, ...condition })).toEqual({ etag: "e1" });
    expect(requests(server)).toEqual(["PUT /v1/results/k", "PUT /v1/results/k", "GET /v1/results/k"]);
    expect(server.received.at(-1)?.headers["cache-control"]).toBe("no-cache");
  }
});

test("a conditional write whose answer is lost is refused where another's record is there, or none", async () => {
  const other = sample("k").bytes;
  for (const found of [answer(200, record, other), absent]) {
    const { storage } = await connect([hangUp, problem(412, "PRECONDITION_FAILED"), found]);
    await expect(storage.write("k", bytes, { metadata, ifMatch: "e0" })).rejects.toMatchObject({
      code: "PRECONDITION_FAILED",
    });
  }
});

test("a conditional write that was turned away before it is refused at its word", async () => {
  const { storage, server } = await connect([page(429), problem(412, "PRECONDITION_FAILED")]);
  await expect(storage.write("k", bytes, { metadata, ifNoneMatch: "*" })).rejects.toMatchObject({
    code: "PRECONDITION_FAILED",
  });
  expect(requests(server)).toEqual(["PUT /v1/results/k", "PUT /v1/results/k"]);
});

test("a deletion whose answer is lost is made again, and has deleted though nothing is there any more", async () => {
  const { storage } = await connect([hangUp, absent]);
  expect(await storage.delete("k")).toBe(true);
  const turnedAway = await connect([page(429), absent]);
  expect(await turnedAway.storage.delete("k")).toBe(false);
  const deleted = await connect([answer(204), absent]);
  expect([await deleted.storage.delete("k"), await deleted.storage.delete("k")]).toEqual([true, false]);
});

test("a page of the list is asked for with prefix, cursor and limit, and read with its times and etags", async () => {
  const listed = { ...metadata, storageKey: "a/ж&/k", etag: "e1", expiration: new Date(5) };
  const entry = metadataToJson(listed);
  const { storage, server } = await connect([
    json({ records: [entry], cursor: "c/2" }),
    json({ records: [] }),
    page(200),
  ]);
  expect(await storage.list({ prefix: "a/ж&", cursor: "c/1", limit: 10 })).toEqual({
    records: [listed],
    cursor: "c/2",
  });
  expect(await storage.list()).toEqual({ records: [] });
  const query = new URL(server.received[0]!.url, server.url).searchParams;
  expect([...query]).toEqual([["prefix", "a/ж&"], ["cursor", "c/1"], ["limit", "10"]]); // prettier-ignore
  await expect(storage.list()).rejects.toMatchObject({ code: "STORAGE" });
});

test("many records are read a few at a time, each at the place of its key", async () => {
  let underWay = 0;
  let most = 0;
  const echo: Act = async (response, { url }) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 2));
    underWay--;
    response.writeHead(200, record).end(url.split("/").at(-1));
  };
  const { storage } = await connect([echo]);
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  const records = await storage.readMany(keys);
  expect(records.map((each) => new TextDecoder().decode(each?.bytes))).toEqual(keys);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});

test("the storage is as consistent as the server's answers say", async () => {
  const { storage } = await connect([
    answer(200, { ...record, "reprise-consistency": "eventual" }, bytes),
    answer(200, record, bytes),
  ]);
  expect(storage.capabilities).toEqual({ consistency: "strong", conditionalWrites: true });
  await storage.read("k");
  expect(storage.capabilities).toEqual({ consistency: "eventual", conditionalWrites: false });
  await storage.read("k");
  expect(storage.capabilities.consistency).toBe("strong");
});

test("a key that can't be one is refused before it is sent", async () => {
  const { storage, server } = await connect([absent]);
  for (const key of ["", "\ud800", "k".repeat(1_025)]) {
    await expect(storage.read(key)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  }
  expect(server.received).toHaveLength(0);
});

test("a page that a proxy answers with has neither written nor deleted, whatever its status and etag", async () => {
  for (const act of [page(200, { etag: '"of the page"' }), json({}), page(201)]) {
    const { storage } = await connect([act]);
    await expect(storage.write("k", bytes, { metadata })).rejects.toMatchObject({ code: "STORAGE", key: "k" });
    await expect(storage.delete("k")).rejects.toMatchObject({ code: "STORAGE", key: "k" });
  }
});

test("a page of a list whose cursor is no string is not the API's answer", async () => {
  for (const cursor of [null, 5, {}]) {
    const { storage } = await connect([json({ records: [], cursor })]);
    await expect(storage.list()).rejects.toMatchObject({ code: "STORAGE" });
  }
});

test("a record whose metadata nobody can read doesn't hide the others in a list", async () => {
  const good = JSON.stringify(metadataToJson(metadata));
  const deep = good.replace('"type":"json"', `"type":"json","deep":${"[".repeat(100_000)}${"]".repeat(100_000)}`);
  const text = `{"records":[${deep},${good.replace("createdAt", "created")},null,${good}]}`;
  const { storage } = await connect([
    answer(200, { "content-type": "application/json" }, new TextEncoder().encode(text)),
  ]);
  expect((await storage.list()).records).toMatchObject([{ storageKey: "k" }]);
});

test("metadata that are too long for a header are taken from the record", async () => {
  const { server, storage } = await connect([answer(200, record), answer(200, record, bytes)]);
  expect(await storage.head("k")).toMatchObject({ metadata: { storageKey: "k" }, etag: "e1" });
  expect(requests(server)).toEqual(["HEAD /v1/results/k", "GET /v1/results/k"]);
});
