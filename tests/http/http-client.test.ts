import { afterEach, expect, test, vi } from "vitest";
import { HttpClient } from "../../src/http/requests/http-client.ts";
import type { HttpOptions } from "../../src/http/requests/http-options.ts";
import { remote, type RemoteOptions } from "../../src/http/remote.ts";
import { answer, hangUp, json, outcomeOf, page, problem, ScriptedServer, stall, type Act } from "./scripted-server.ts";

const get = { method: "GET", path: "/v1/results", key: "k" } as const;

const servers: ScriptedServer[] = [];

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function connect(acts: Act[], options: Partial<HttpOptions> = {}) {
  const server = await ScriptedServer.start(...acts);
  servers.push(server);
  return { server, client: new HttpClient({ url: server.url, ...options }) };
}

test.each([
  ["a lost connection", hangUp],
  ["too many requests", page(429)],
  ["a bad gateway", page(502)],
  ["a server that is down", problem(503, "STORAGE_UNREACHABLE")],
  ["a gateway that waited in vain", page(504)],
  ["a storage that failed", problem(502, "STORAGE")],
])("after %s the request is sent again", async (_, trouble) => {
  const { server, client } = await connect([trouble, json(1)]);
  expect(await client.send(get)).toMatchObject({ status: 200 });
  expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(2).fill("GET /v1/results"));
});

test("an answer cut off in the middle is no answer, and asked for again", async () => {
  const cut: Act = (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write("[1,", () => response.socket?.destroy());
  };
  const { client } = await connect([cut, json([1, 2])]);
  const { bytes } = await client.send(get);
  expect(new TextDecoder().decode(bytes)).toBe("[1,2]");
});

test("an answer that doesn't come in time is asked for again", async () => {
  const { server, client } = await connect([stall, json(1)], { timeout: 1_000 });
  expect(await client.send(get)).toMatchObject({ status: 200, isRepeated: true });
  expect(server.received).toHaveLength(2);
});

test("a long answer that keeps coming is waited for, one that stops is not", async () => {
  const drip =
    (parts: number): Act =>
    async (response) => {
      response.writeHead(200, { "content-length": "10" });
      for (let part = 0; part < parts; part++) {
        response.write("x");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
  const whole = await connect([drip(10)], { timeout: 400 });
  expect((await whole.client.send(get)).bytes).toHaveLength(10);
  const cut = await connect([drip(5)], { timeout: 400 });
  await expect(cut.client.send(get)).rejects.toMatchObject({
    code: "STORAGE_UNREACHABLE",
    key: "k",
    cause: { name: "TimeoutError" },
  });
});

test("a call that the server was asked to wait with may take that much longer", async () => {
  const slow: Act = async (response) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await json(1)(response, server.received[0]!);
  };
  const { server, client } = await connect([slow], { timeout: 100 });
  expect(await client.send({ ...get, wait: 5_000 })).toMatchObject({ status: 200, isRepeated: false });
});

test("Retry-After is respected, and a pause longer than the time there is isn't waited for", async () => {
  const { server, client } = await connect([page(503, { "retry-after": "1" }), json(1)]);
  const began = performance.now();
  await client.send(get);
  expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
  server.play(page(503, { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }));
  await expect(client.send(get)).rejects.toMatchObject({ code: "STORAGE_UNREACHABLE" });
  expect(server.received).toHaveLength(3);
});

test("a refusal is not asked for again, and is the error that the server named", async () => {
  const { server, client } = await connect([problem(409, "STALE_LOCK", "too late")]);
  await expect(client.send(get)).rejects.toMatchObject({ code: "STALE_LOCK", message: "too late", key: "k" });
  server.play(problem(503, "CONFIGURATION", "no secret"));
  await expect(client.send(get)).rejects.toMatchObject({ code: "CONFIGURATION", message: "no secret" });
  expect(server.received).toHaveLength(2);
});

test("an outcome with the status 200 is answered or thrown as the problem that it tells", async () => {
  const { server, client } = await connect([outcomeOf(404, "RECORD_NOT_FOUND", "no record")]);
  const miss = await client.send({ ...get, expects: "RECORD_NOT_FOUND" });
  expect(miss.problem).toMatchObject({ code: "RECORD_NOT_FOUND", message: "no record", key: "k" });
  await expect(client.send(get)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND", key: "k" });
  server.play(outcomeOf(409, "STALE_LOCK", "too late"));
  await expect(client.send(get)).rejects.toMatchObject({ code: "STALE_LOCK", message: "too late", key: "k" });
  expect(server.received).toHaveLength(3);
});

test("an outcome that can't be read is no success", async () => {
  for (const body of ["", "<html>", "{}", '{"code":1}']) {
    const type = { "content-type": "application/vnd.reprise.outcome+json" };
    const { client } = await connect([answer(200, type, body)]);
    await expect(client.send({ ...get, path: "/v1/invalidations" })).rejects.toMatchObject({ key: "k" });
  }
});

test("a request says in a header that needs no preflight that outcomes are understood", async () => {
  const { server, client } = await connect([json(1)], { headers: { accept: "text/html", "x-own": "1" } });
  await client.send(get);
  const { accept = "" } = server.received[0]!.headers;
  expect(accept).toContain("application/vnd.reprise.outcome+json");
  // a part of what needs no preflight: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
  expect(accept).toMatch(/^[\w*/+,. -]{1,128}$/);
});

test("what is not the API's answer is said to be something else's", async () => {
  for (const act of [page(404), page(500), answer(404, { "content-type": "application/problem+json" }, "<html>")]) {
    const { client } = await connect([act]);
    await expect(client.send({ ...get, expects: "RECORD_NOT_FOUND" })).rejects.toMatchObject({
      code: "STORAGE",
      message: expect.stringMatching(/not the results API.*url is wrong.*status (404|500)/) as string,
    });
  }
});

test("a 401 or 403 is an AccessDeniedError, whoever says it", async () => {
  for (const act of [problem(401, "ACCESS_DENIED"), problem(403, "ACCESS_DENIED"), page(401), page(403)]) {
    const { client } = await connect([act], { token: "t" });
    await expect(client.send(get)).rejects.toMatchObject({ code: "ACCESS_DENIED", key: "k" });
  }
  const { client } = await connect([page(403)], { token: "t" });
  await expect(client.send(get)).rejects.toThrow(
    'Access to "k" was denied with the status 403: look at prefix and operations of the token',
  );
});

test("the token is asked for anew for each request, and once more where it was refused", async () => {
  let asked = 0;
  const { server, client } = await connect([json(1), problem(401, "ACCESS_DENIED"), json(1)], {
    token: async () => `t${++asked}`,
    headers: { "X-App": "maps" },
  });
  await client.send(get);
  await client.send(get);
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer t1", "Bearer t2", "Bearer t3"]);
  expect(server.received.every(({ headers }) => headers["x-app"] === "maps")).toBe(true);
  server.play(problem(401, "ACCESS_DENIED"));
  await expect(client.send(get)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  expect(server.received).toHaveLength(5);
});

test("a token that is refused and can't change is refused once", async () => {
  const { server, client } = await connect([problem(401, "ACCESS_DENIED")], { token: "t" });
  await expect(client.send(get)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  expect(server.received).toHaveLength(1);
});

test("a token that can't be had or can't be sent is told as such, and nothing is sent", async () => {
  const { server, client } = await connect([json(1)], { token: () => Promise.reject(new Error("signed out")) });
  await expect(client.send(get)).rejects.toMatchObject({
    code: "STORAGE_UNREACHABLE",
    message: expect.stringContaining("token") as string,
    cause: { message: "signed out" },
  });
  const odd = await connect([json(1)], { token: () => "a\nb" });
  await expect(odd.client.send(get)).rejects.toMatchObject({ code: "CONFIGURATION" });
  expect(server.received.length + odd.server.received.length).toBe(0);
});

test("the path that the API is mounted under is kept", async () => {
  const { server } = await connect([json(1)]);
  for (const url of [`${server.url}/api/results/`, new URL(`${server.url}/api/results`)]) {
    await new HttpClient({ url }).send(get);
    expect(server.received.at(-1)?.url).toBe("/api/results/v1/results");
  }
});

test("options that can't be meant are refused at once, and say what is wrong", () => {
  const url = "https://edge.example";
  const refused: [HttpOptions, RegExp][] = [
    [undefined as never, /object with a url/],
    ["https://edge.example" as never, /object with a url/],
    [{} as never, /url has to be/],
    [{ url: "" }, /url has to be/],
    [{ url: "edge.example" }, /url has to be/],
    [{ url: 7 as never }, /url has to be/],
    [{ url: "ftp://edge.example" }, /https:\/\//],
    [{ url: "https://me:secret@edge.example" }, /token/],
    [{ url: "https://edge.example/?key=1" }, /query/],
    [{ url: "localhost:8787" }, /begin with https:.* or http:.*; got localhost:8787$/],
    [{ url, tokens: "t" } as HttpOptions, /no option "tokens": did you mean "token"/],
    [{ url, token: "" }, /token has to be/],
    [{ url, token: "a b" }, /token has to be/],
    [{ url, token: 7 as never }, /token has to be/],
    [{ url, headers: { "a b": "c" } }, /headers has to be/],
    [{ url, timeout: "soon" }, /timeout has to be/],
    [{ url, fetch: "fetch" as never }, /fetch has to be/],
  ];
  for (const [options, message] of refused) {
    expect(() => new HttpClient(options)).toThrow(message);
  }
  expect(() => remote({ url, write: "back" } as RemoteOptions)).toThrow('no option "write": did you mean "writes"');
  expect(() => new HttpClient({ url: "https://me:secret@edge.example" })).not.toThrow(/secret/);
});

test("a signal ends a request, a wait for another try, and a wait for the token, with its reason", async () => {
  const reason = { mine: true };
  const waiting: [Act, Partial<HttpOptions>][] = [
    [stall, {}],
    [page(503, { "retry-after": "9" }), {}],
    [json(1), { token: () => new Promise<string>(() => {}) }],
    // one that does not heed signals
    [json(1), { fetch: () => new Promise(() => {}) }],
  ];
  for (const [act, options] of waiting) {
    const { server, client } = await connect([act], options);
    const controller = new AbortController();
    const outcome = client.send({ ...get, signal: controller.signal }).catch((error: unknown) => error);
    if (Object.keys(options).length === 0) await vi.waitFor(() => expect(server.received).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    server.play(json(1));
    if (act === stall) expect(await client.send(get)).toMatchObject({ status: 200 });
  }
});

test("a signal that has aborted before sends nothing", async () => {
  const { server, client } = await connect([json(1)]);
  await expect(client.send({ ...get, signal: AbortSignal.abort("before") })).rejects.toBe("before");
  expect(server.received).toHaveLength(0);
});

test("no timer and no listener is left behind by a request", async () => {
  const { client } = await connect([json(1)]);
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  await client.send({ ...get, signal });
  expect(add.mock.calls.length).toBeGreaterThan(0);
  expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThanOrEqual(before);
});

test("a problem whose key is no string is told with the key that was asked for", async () => {
  const body = JSON.stringify({ status: 403, code: "ACCESS_DENIED", detail: "no", key: { a: 1 } });
  const { client } = await connect([answer(403, { "content-type": "application/problem+json" }, body)]);
  await expect(client.send(get)).rejects.toMatchObject({ code: "ACCESS_DENIED", key: "k" });
});
