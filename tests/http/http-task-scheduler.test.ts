import { afterEach, expect, test } from "vitest";
import { HttpTaskScheduler } from "../../src/http/http-task-scheduler.ts";
import { maxParameterBytes } from "../../src/http/requests/protocol.ts";
import { answer, hangUp, json, page, problem, ScriptedServer, stall, type Act } from "./scripted-server.ts";

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function connect(...acts: Act[]) {
  const server = await ScriptedServer.start(...acts);
  servers.push(server);
  return { server, scheduler: new HttpTaskScheduler({ url: server.url, token: "t" }) };
}

const pending = { state: "pending", attempts: 0, nextAttemptAt: 12 };
const accepted = answer(202, { "content-type": "application/json" }, JSON.stringify(pending));
const job = { task: "ж & co", key: "maps/1", parameters: new Uint8Array([1, 2, 3]) };

test("a job is handed over, and asked after, by one request each", async () => {
  const failed = { state: "failed", attempts: 5, error: { name: "RangeError", message: "no" } };
  const { server, scheduler } = await connect(accepted, json(failed), json({ state: "done", attempts: 1, later: 1 }));
  expect(await scheduler.submit(job)).toEqual(pending);
  expect(await scheduler.inspect("maps/1")).toEqual(failed);
  expect(await scheduler.inspect("maps/1", { wait: 1_999.5 })).toEqual({ state: "done", attempts: 1 });
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST /v1/deferred/maps%2F1?task=%D0%B6%20%26%20co",
    "GET /v1/deferred/maps%2F1?wait=0",
    "GET /v1/deferred/maps%2F1?wait=2000",
  ]);
  const [submitted] = server.received;
  expect([...submitted!.body]).toEqual([1, 2, 3]);
  expect(submitted!.headers).toMatchObject({
    "content-type": "application/vnd.reprise.record",
    authorization: "Bearer t",
  });
});

test("a lost answer is asked for again", async () => {
  const { server, scheduler } = await connect(hangUp, accepted);
  expect(await scheduler.submit(job)).toEqual(pending);
  expect(server.received).toHaveLength(2);
});

test("what nothing is known of is no error", async () => {
  const { scheduler } = await connect(problem(404, "RECORD_NOT_FOUND"));
  expect(await scheduler.inspect("maps/1")).toBeUndefined();
});

test.for([
  [400, "INVALID_ARGUMENT"],
  [422, "CORRUPT_RECORD"],
  [403, "ACCESS_DENIED"],
  [500, "CONFIGURATION"],
] as const)("a refusal is told: %i %s", async ([status, code]) => {
  const { server, scheduler } = await connect(problem(status, code));
  await expect(scheduler.submit(job)).rejects.toMatchObject({ code, key: "maps/1" });
  expect(server.received).toHaveLength(1);
});

test("what is not the API's answer has taken nothing and tells nothing", async () => {
  const wrong = [
    page(200),
    json({}),
    json({ state: "lost", attempts: 1 }),
    json({ state: "done", attempts: "1" }),
    json({ state: "failed", attempts: 1, error: "no" }),
    page(404),
  ];
  for (const act of wrong) {
    const { scheduler } = await connect(act);
    await expect(scheduler.submit(job)).rejects.toMatchObject({ code: "STORAGE", key: "maps/1" });
    await expect(scheduler.inspect("maps/1")).rejects.toMatchObject({ code: "STORAGE", key: "maps/1" });
  }
});

test("a signal ends the waiting, and what can't be meant is not sent", async () => {
  const { server, scheduler } = await connect(stall);
  const controller = new AbortController();
  const waiting = scheduler.inspect("maps/1", { wait: 10_000, signal: controller.signal });
  controller.abort(new Error("never mind"));
  await expect(waiting).rejects.toThrow("never mind");
  const before = server.received.length;
  const huge = { ...job, parameters: new Uint8Array(maxParameterBytes + 1) };
  await expect(scheduler.submit(huge)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", key: "maps/1" });
  await expect(scheduler.submit({ ...job, key: "" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(scheduler.inspect("")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(server.received).toHaveLength(before);
});
