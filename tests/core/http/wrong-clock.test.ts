import { expect, test } from "vitest";
import { decodeRecord } from "../../../src/core/record/record-format.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { shiftRecord } from "../../../src/http/requests/clock.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { HttpTaskScheduler } from "../../../src/http/http-task-scheduler.ts";
import { headers as names, metadataToJson, recordMediaType } from "../../../src/http/requests/protocol.ts";
import { remote } from "../../../src/http/remote.ts";
import { laterVersion } from "../../../src/testing/cases/later-version.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createStore } from "../../stores.ts";

const day = 86_400_000;
const url = "https://results.example.com";

/** A Worker whose clock shows another time, with a record that it received a moment ago and that lives for a day. */
function workerAt(now: () => number) {
  const createdAt = new Date(now() - 1_000);
  const expiration = new Date(now() + day);
  const { bytes, metadata } = sample("k", { createdAt, expiration });
  const told = (more: Record<string, string> = {}) => ({ [names.now]: String(now()), etag: '"e"', ...more });
  const fetch = async (to: string, { method }: RequestInit) => {
    const json = JSON.stringify(metadataToJson(metadata));
    if (to.includes("/deferred/")) {
      return Response.json({ state: "pending", attempts: 1, nextAttemptAt: now() + 5_000 }, { headers: told() });
    }
    if (to.includes("/results?")) return new Response(`{"records":[${json}]}`, { headers: told() });
    if (method === "HEAD") return new Response(null, { headers: told({ [names.metadata]: encodeURIComponent(json) }) });
    return new Response(bytes as BodyInit, { headers: told({ "content-type": recordMediaType }) });
  };
  return { fetch, bytes, metadata };
}

function expectNear(time: Date | number | undefined, expected: number): void {
  expect(Math.abs(Number(time) - expected)).toBeLessThan(5_000);
}

test.for([
  ["a year behind", -365 * day],
  ["a year ahead", 365 * day],
  ["two minutes behind", -120_000],
] as const)("a visitor whose clock is %s of the Worker's reads its times by that clock", async ([, wrong]) => {
  const { fetch } = workerAt(() => Date.now() - wrong);
  const storage = new HttpStorage({ url, fetch });
  const read = decodeRecord((await storage.read("k"))!.bytes, "k").metadata;
  for (const metadata of [read, (await storage.head("k"))!.metadata, (await storage.list()).records[0]!]) {
    expectNear(metadata.createdAt, Date.now() - 1_000);
    expectNear(metadata.expiration, Date.now() + day);
  }
  const status = await new HttpTaskScheduler({ url, fetch }).inspect("k");
  expectNear(status?.nextAttemptAt, Date.now() + 5_000);
});

test.for([-365 * day, 365 * day])(
  "a shared record is a hit, and its copy lives as long as the record: %s ms",
  async (wrong) => {
    const { fetch } = workerAt(() => Date.now() - wrong);
    const near = new MemoryStorage();
    const { storage } = remote({ url, fetch }).attach(
      { storage: near, locks: new MemoryLockManager() },
      () => undefined,
    );
    const store = createStore({ resultStorage: storage });
    await expect(store.getOrCompute("k", () => Promise.reject(new Error("computed")))).resolves.toBeDefined();
    await eventually(async () => (await near.read("k")) !== undefined, "the copy");
    expectNear(decodeRecord((await near.read("k"))!.bytes, "k").metadata.expiration, Date.now() + day);
  },
);

test("by clocks that agree, and from a server that tells no time, the bytes are as they were sent", async () => {
  for (const wrong of [0, 3_000, -3_000]) {
    const { fetch, bytes } = workerAt(() => Date.now() - wrong);
    expect((await new HttpStorage({ url, fetch }).read("k"))!.bytes).toEqual(bytes);
  }
  const { fetch, bytes } = workerAt(() => Date.now() - day);
  const silent = async (to: string, init: RequestInit) => {
    const answer = await fetch(to, init);
    answer.headers.delete(names.now);
    return answer;
  };
  expect((await new HttpStorage({ url, fetch: silent }).read("k"))!.bytes).toEqual(bytes);
});

test("a record that can't be read here is handed on as it is, whatever the clock", async () => {
  const { bytes } = sample("k");
  for (const body of [bytes.slice(0, -1), laterVersion(bytes), new Uint8Array([1, 2])]) {
    const headers = { [names.now]: "5", etag: '"e"', "content-type": recordMediaType };
    const fetch = async () => new Response(body as BodyInit, { headers });
    expect((await new HttpStorage({ url, fetch }).read("k"))!.bytes).toEqual(body);
  }
});

test("a write tells the time by the visitor's clock, anew with each attempt", async () => {
  const sent: (string | null)[] = [];
  const fetch = async (_: string, { headers }: RequestInit) => {
    sent.push((headers as Headers).get(names.now));
    return sent.length === 1
      ? Promise.reject(new TypeError("lost"))
      : new Response(null, { status: 204, headers: { etag: '"e"' } });
  };
  const { bytes, metadata } = sample("k");
  await new HttpStorage({ url, fetch }).write("k", bytes, { metadata });
  expect(sent).toHaveLength(2);
  for (const time of sent) expectNear(Number(time), Date.now());
  expect(Number(sent[1])).toBeGreaterThan(Number(sent[0]));
});

test("a conditional write whose answer is lost is known again although the Worker has moved its times", async () => {
  const { bytes, metadata } = sample("k", { expiration: new Date(Date.now() + day) });
  let stored: Uint8Array | undefined;
  const fetch = async (_: string, init: RequestInit) => {
    if (init.method === "GET") {
      const headers = { [names.now]: String(Date.now() - 365 * day), etag: '"e"', "content-type": recordMediaType };
      return new Response(stored as BodyInit, { headers });
    }
    if (stored) {
      const problem = { status: 412, code: "PRECONDITION_FAILED", detail: "no" };
      return Response.json(problem, { status: 412, headers: { "content-type": "application/problem+json" } });
    }
    stored = shiftRecord(bytes, "k", -365 * day - 321);
    throw new TypeError("lost");
  };
  const written = await new HttpStorage({ url, fetch }).write("k", bytes, { metadata, ifNoneMatch: "*" });
  expect(written).toEqual({ etag: "e" });
});
