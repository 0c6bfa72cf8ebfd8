import { env, exports } from "cloudflare:workers";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { randomId } from "../../../src/core/support/random-id.ts";
import { InvalidArgumentError } from "../../../src/errors/index.ts";
import {
  lockPath,
  openApiPath,
  type Problem,
  recordMediaType,
  resultPath,
  resultsPath,
} from "../../../src/http/requests/protocol.ts";
import { sample } from "../../../src/testing/storages/storage-scene.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import { bytesOf, createApi, origin, refusal, secret, tokenFor } from "../api-tools.ts";

interface OwnEnv {
  MY_SECRET: string;
}

/** A Worker of somebody's own, with the API under a path and bindings of its own names. */
async function mountedApi() {
  const storage = new MemoryStorage();
  const app = new Hono<{ Bindings: OwnEnv }>();
  app.get("/", (c) => c.text("my page"));
  app.route("/my/cache", createResultsApi({ storage: () => storage, secret: (own: OwnEnv) => own.MY_SECRET }));
  app.notFound((c) => c.text("my own 404", 404));
  const authorization = `Bearer ${await tokenFor()}`;
  return async (path: string, init: RequestInit<RequestInitCfProperties> = {}) => {
    const request = new Request(origin + path, init);
    request.headers.set("authorization", authorization);
    return app.fetch(request, { ...env, MY_SECRET: secret });
  };
}

test("mounted under a path it does all that it does at the root", async () => {
  const call = await mountedApi();
  const key = `${randomId()}/../~%2F wait`;
  const { bytes } = sample(key);
  const headers = { "content-type": recordMediaType };
  const body = bytes as Uint8Array<ArrayBuffer>;
  const written = await call(`/my/cache${resultPath(key)}`, { method: "PUT", body, headers });
  expect(written.status).toBe(204);
  expect(await bytesOf(await call(`/my/cache${resultPath(key)}`))).toEqual(bytes);
  const list = await call(`/my/cache${resultsPath}`);
  expect(await list.json()).toMatchObject({ records: [{ storageKey: key }] });
  const json = { method: "POST", headers: { "content-type": "application/json" }, body: '{"holder":"a"}' };
  expect((await call(`/my/cache${lockPath(key, "acquire")}`, json)).status).toBe(200);
  const document = await call(`/my/cache${openApiPath}`);
  expect(await document.json()).toMatchObject({ servers: [{ url: `${origin}/my/cache` }] });
});

test("mounted, it answers its own errors and leaves the rest to the Worker", async () => {
  const call = await mountedApi();
  expect(await refusal(await call(`/my/cache${resultPath("absent")}`))).toBe("404 RECORD_NOT_FOUND");
  expect(await refusal(await call("/my/cache/v1/nothing"))).toBe("404 UNKNOWN_ROUTE");
  expect(await refusal(await call("/my/cache/v1/results/"))).toBe("400 INVALID_ARGUMENT");
  expect(await refusal(await call(`/my/cache${resultPath("a")}`, { method: "PATCH" }))).toBe("405 METHOD_NOT_ALLOWED");
  expect(await (await call("/")).text()).toBe("my page");
  expect(await (await call("/my/cache/other")).text()).toBe("my own 404");
});

test.for([
  ["PATCH", resultPath("a"), "GET, HEAD, PUT, DELETE, OPTIONS"],
  ["POST", resultsPath, "GET, HEAD, OPTIONS"],
  ["DELETE", lockPath("a"), "GET, HEAD, OPTIONS"],
  ["GET", lockPath("a", "acquire"), "POST, OPTIONS"],
  ["PUT", openApiPath, "GET, HEAD, OPTIONS"],
] as const)("%s %s is not allowed, but %s are", async ([method, path, allowed]) => {
  const { call } = await createApi();
  const answer = await call(path, { method });
  expect(answer.headers.get("allow")).toBe(allowed);
  expect(await refusal(answer)).toBe("405 METHOD_NOT_ALLOWED");
});

test.for(["/", "/v1", "/v2/results", "/v1/nothing", "/v1/results/a/b", "/v1/locks/a/steal"])(
  "%s is no route, and told so as a problem",
  async (path) => {
    const { call } = await createApi();
    const answer = await call(path);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await refusal(answer)).toBe("404 UNKNOWN_ROUTE");
  },
);

test.for<[string, string]>([
  ["/v1/results/maps/oslo", "its slashes are written as %2F"],
  ["/v1/locks/maps/oslo/acquire", "its slashes are written as %2F"],
  ["/v1/v1/results", "/v1/v1/results"],
])("%s is told where the mistake is", async ([path, hint]) => {
  const { call } = await createApi();
  expect((await (await call(path)).json<Problem>()).detail).toContain(hint);
});

test("an error has every field of a problem, and the key that it is about", async () => {
  const { call } = await createApi();
  expect(await (await call(resultPath("maps/1"))).json()).toEqual({
    type: "about:blank",
    title: "There is no such record",
    status: 404,
    detail: 'There is no record "maps/1"',
    code: "RECORD_NOT_FOUND",
    key: "maps/1",
  });
});

test("the Worker that is deployed answers nobody before it has a secret", async () => {
  const answer = await exports.default.fetch(origin + resultPath("a"));
  expect(await answer.clone().text()).toContain("wrangler secret put REPRISE_SECRET");
  expect(await refusal(answer)).toBe("503 CONFIGURATION");
});

test.for([0, -1, 1.5, Number.NaN])("a limit of %d bytes can't be meant", (maxRecordBytes) => {
  expect(() => createResultsApi({ maxRecordBytes })).toThrow(InvalidArgumentError);
});

test.for<[object, RegExp]>([
  [{ allowedOrigin: "https://app.example.com" }, /no option "allowedOrigin": did you mean "allowedOrigins"/],
  [{ allowedOrigins: "https://app.example.com" }, /array of origins.*got "https:\/\/app.example.com"/],
  [{ allowedOrigins: ["https://app.example.com/"] }, /array of origins.*got \["https:\/\/app.example.com\/"\]/],
  [{ allowedOrigins: ["https://*.example.com"] }, /array of origins/],
  [{ allowedOrigins: ["https://App.example.com"] }, /array of origins/],
  [{ allowedOrigins: ["https://app.example.com:443"] }, /array of origins/],
  [{ allowedOrigins: ["*"] }, /array of origins.*got \["\*"\]/],
  [{ secret: "a secret itself" }, /secret has to be a function \(env\) =>.*; got string/],
  [{ storage: new MemoryStorage() }, /storage has to be a function \(env\) =>.*; got object/],
  [{ onError: "log" }, /onError has to be a function/],
])("options that nobody can mean are refused: %o", async ([options, message]) => {
  expect(() => createResultsApi(options)).toThrow(message);
});

test("origins that browsers send are taken, also those of apps", () => {
  for (const allowedOrigins of [
    "*",
    [],
    ["https://a.example", "http://localhost:5173", "capacitor://localhost", "null"],
  ] as const) {
    expect(() => createResultsApi({ allowedOrigins })).not.toThrow();
  }
});
