import { afterEach, expect, test } from "vitest";
import { HttpLocks } from "../../src/http/http-locks.ts";
import { answer, hangUp, json, page, problem, ScriptedServer, type Act } from "./scripted-server.ts";

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function connect(...acts: Act[]) {
  const server = await ScriptedServer.start(...acts);
  servers.push(server);
  return { server, locks: new HttpLocks({ url: server.url }) };
}

const request = { holder: "a", holdTimeout: 30_000, wait: 0, comesBack: false };
const lease = { token: 7, expiresIn: 30_000, isConfirmed: true, takenOver: false };
const state = { isLocked: true, token: 7, expiresIn: 12, isHolder: true, isLastHolder: true };
const notHeld = problem(409, "LOCK_NOT_HELD");

test("a lock is asked for, renewed and released by one request each", async () => {
  const { server, locks } = await connect(json(lease), json(lease), answer(204));
  expect(await locks.acquire("k/1", request)).toEqual(lease);
  expect(await locks.renew("k/1", "a", 5_000)).toEqual(lease);
  expect(await locks.release("k/1", "a", { committed: "e1" })).toBe(true);
  expect(server.received.map(({ method, url, body }) => [method, url, JSON.parse(body.toString()) as unknown])).toEqual(
    [
      ["POST", "/v1/locks/k%2F1/acquire", request],
      ["POST", "/v1/locks/k%2F1/renew", { holder: "a", holdTimeout: 5_000 }],
      ["POST", "/v1/locks/k%2F1/release", { holder: "a", committed: "e1" }],
    ],
  );
});

test("times are whole milliseconds, and never shorter than was asked", async () => {
  const { server, locks } = await connect(json(lease), json(lease), json(state));
  await locks.acquire("k", { ...request, holdTimeout: 0.5, wait: 1.2 });
  await locks.renew("k", "a", 99.1);
  await locks.wait("k", 7.3);
  const [acquired, renewed, waited] = server.received;
  expect(JSON.parse(acquired!.body.toString())).toMatchObject({ holdTimeout: 1, wait: 2 });
  expect(JSON.parse(renewed!.body.toString())).toMatchObject({ holdTimeout: 100 });
  expect(waited!.url).toMatch(/timeout=8$/);
});

test("progress is reported by one request, and asked for with the number that was seen", async () => {
  const progress = { fraction: 0.5, note: "half", number: 3 };
  const { server, locks } = await connect(answer(204), json({ ...state, progress }), json(state));
  expect(await locks.report("k", "a", { fraction: 0.5, note: "half" })).toBe(true);
  expect(await locks.wait("k", 7, 2)).toEqual({ ...state, progress });
  await locks.wait("k", 7);
  const [reported, asked, deaf] = server.received;
  expect([reported!.method, reported!.url, JSON.parse(reported!.body.toString())]).toEqual([
    "POST",
    "/v1/locks/k/progress",
    { holder: "a", fraction: 0.5, note: "half" },
  ]);
  expect([asked!.url, deaf!.url]).toEqual(["/v1/locks/k/wait?timeout=7&seen=2", "/v1/locks/k/wait?timeout=7"]);
  expect(await (await connect(notHeld)).locks.report("k", "a", { fraction: 1 })).toBe(false);
});

test.each([
  "half",
  null,
  { fraction: 2, number: 1 },
  { fraction: "1", number: 1 },
  { fraction: 0.5 },
  { fraction: 0.5, number: "1" },
  { fraction: 0.5, number: 0.5 },
  { fraction: 0.5, number: 1, note: {} },
])("a progress that is none, such as %j, counts as absent", async (progress) => {
  const { locks } = await connect(json({ ...state, progress }));
  expect(await locks.wait("k", 7, 0)).toEqual(state);
});

test("a lock that another has, or that was lost, is no error", async () => {
  expect(await (await connect(problem(423, "LOCK_TIMEOUT"))).locks.acquire("k", request)).toBeUndefined();
  expect(await (await connect(notHeld)).locks.renew("k", "a", 1)).toBeUndefined();
  expect(await (await connect(notHeld)).locks.release("k", "a")).toBe(false);
});

test("calls whose answer is lost are made again", async () => {
  const { locks } = await connect(hangUp, json(lease));
  expect(await locks.acquire("k", request)).toEqual(lease);
});

test("a release whose answer is lost has released though the lock isn't held any more", async () => {
  expect(await (await connect(hangUp, notHeld)).locks.release("k", "a")).toBe(true);
});

test("the state of a lock is asked for, and waited for", async () => {
  const { server, locks } = await connect(json(state));
  expect(await locks.inspect("k", "ж&")).toEqual(state);
  expect(await locks.inspect("k")).toEqual(state);
  expect(await locks.wait("k", 2_000)).toEqual(state);
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /v1/locks/k?holder=%D0%B6%26",
    "GET /v1/locks/k",
    "GET /v1/locks/k/wait?timeout=2000",
  ]);
});

test("what is not the API's answer grants nothing", async () => {
  for (const act of [page(200), json({}), page(404), page(500)]) {
    const { locks } = await connect(act);
    for (const call of [() => locks.acquire("k", request), () => locks.inspect("k"), () => locks.wait("k", 1)]) {
      await expect(call()).rejects.toMatchObject({ code: "STORAGE", key: "k" });
    }
  }
});

test("what is not the API's answer has released nothing", async () => {
  for (const act of [page(200), json({}), page(404), page(500)]) {
    const { locks } = await connect(act);
    await expect(locks.release("k", "a")).rejects.toMatchObject({ code: "STORAGE", key: "k" });
  }
});

test("a lease that never ends, or a token that can't be counted on, is not the API's answer", async () => {
  const bodies = [
    '{"token":1,"expiresIn":1e400}',
    '{"token":9007199254740993,"expiresIn":1}',
    '{"token":-1,"expiresIn":1}',
  ];
  for (const body of bodies) {
    const { locks } = await connect(answer(200, { "content-type": "application/json" }, body));
    await expect(locks.acquire("k", request)).rejects.toMatchObject({ code: "STORAGE", key: "k" });
    await expect(locks.renew("k", "a", 1)).rejects.toMatchObject({ code: "STORAGE", key: "k" });
  }
});
