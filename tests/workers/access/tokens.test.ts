import { SignJWT, UnsecuredJWT } from "jose";
import { expect, test, vi } from "vitest";
import {
  lockPath,
  recordMediaType,
  resultPath,
  resultsPath,
  type Operation,
} from "../../../src/http/requests/protocol.ts";
import { put, sample } from "../../../src/testing/storages/storage-scene.ts";
import { AccessDeniedError } from "../../../src/errors/index.ts";
import { HttpStorage } from "../../../src/http/http-storage.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import { createApi, refusal, secret, tokenFor, type CallInit } from "../api-tools.ts";

const json = { "content-type": "application/json" };

const routes: readonly (readonly [string, string, Operation | readonly Operation[], CallInit])[] = [
  ["GET a record", resultPath("maps/1"), "read", {}],
  ["HEAD of a record", resultPath("maps/1"), "read", { method: "HEAD" }],
  ["PUT", resultPath("maps/1"), "write", putInit("maps/1")],
  ["DELETE", resultPath("maps/1"), "delete", { method: "DELETE" }],
  ["GET a list", `${resultsPath}?prefix=maps/`, "list", {}],
  ["GET a lock", lockPath("maps/1"), ["read", "lock"], {}],
  ["GET wait", `${lockPath("maps/1", "wait")}?timeout=0`, ["read", "lock"], {}],
  ["POST acquire", lockPath("maps/1", "acquire"), "lock", postInit({ holder: "a" })],
  ["POST renew", lockPath("maps/1", "renew"), "lock", postInit({ holder: "a", holdTimeout: 1 })],
  ["POST release", lockPath("maps/1", "release"), "lock", postInit({ holder: "a" })],
];

test.for(routes)("%s is for those whose token allows it, and nobody else", async ([, path, operation, init]) => {
  const enough = [operation].flat();
  const { call, storage } = await createApi();
  const before = await put(storage, "maps/1");
  const ask = async (authorization: string | null) => {
    const answer = await call(path, { ...init, authorization });
    return { status: answer.status, challenge: answer.headers.get("www-authenticate") };
  };
  const others = (["read", "write", "delete", "list", "lock"] as const).filter((each) => !enough.includes(each));
  const withToken = async (options: Parameters<typeof tokenFor>[0]) => ask(`Bearer ${await tokenFor(options)}`);

  expect(await ask(null)).toEqual({ status: 401, challenge: 'Bearer realm="reprise"' });
  const invalid = { status: 401, challenge: expect.stringContaining('error="invalid_token"') as unknown };
  expect(await ask("Bearer made.up.token")).toEqual(invalid);
  expect(await withToken({ secret: `${secret}!` })).toEqual(invalid);
  vi.spyOn(Date, "now").mockReturnValueOnce(Date.now() - 3_600_000);
  const expired = await withToken({ expiresIn: "1s" });
  expect(expired).toEqual(invalid);
  expect(expired.challenge).toContain("has expired");
  const insufficient = { status: 403, challenge: expect.stringContaining('error="insufficient_scope"') as unknown };
  expect(await withToken({ prefix: "maps/2" })).toEqual(insufficient);
  expect(await withToken({ operations: others })).toEqual(insufficient);
  expect(await storage.read("maps/1")).toEqual(before);

  for (const each of enough) {
    const allowed = await withToken({ prefix: "maps/", operations: [each] });
    expect([401, 403]).not.toContain(allowed.status);
  }
});

test("a refusal names what the token allows, and what the request needs", async () => {
  const { call, storage } = await createApi();
  const detailOf = async (path: string, options: Parameters<typeof tokenFor>[0]) => {
    const answer = await call(path, { authorization: `Bearer ${await tokenFor(options)}` });
    return (await answer.json<{ detail: string }>()).detail;
  };
  const advice = "Mint the token with other operations or another prefix";
  const ofMaps = { prefix: "maps/" };
  const prefixed = 'The token allows keys that begin with "maps/"; this request names';
  expect(await detailOf(resultPath("roads/1"), ofMaps)).toBe(`${prefixed} "roads/1". ${advice}`);
  expect(await detailOf(`${resultsPath}?prefix=roads/`, ofMaps)).toBe(`${prefixed} "roads/". ${advice}`);
  const lister = { operations: ["list", "delete"] } as const;
  const reading = 'The token allows list, delete; this request needs "read"';
  expect(await detailOf(resultPath("maps/1"), lister)).toBe(`${reading}. ${advice}`);

  const api = createResultsApi<object>({ secret: () => secret, storage: () => storage });
  const fetch = async (url: string, init: RequestInit) => api.fetch(new Request(url, init), {});
  const http = new HttpStorage({ url: "https://results.example", token: await tokenFor(ofMaps), fetch });
  await expect(http.read("roads/1")).rejects.toThrow(
    new AccessDeniedError(`${prefixed} "roads/1". ${advice}`, { key: "roads/1" }),
  );
});

test("a list needs a prefix that the token is for", async () => {
  const { call } = await createApi();
  const authorization = `Bearer ${await tokenFor({ prefix: "maps/" })}`;
  const ask = async (query: string) => (await call(resultsPath + query, { authorization })).status;
  expect(await ask("")).toBe(403);
  expect(await ask("?prefix=map")).toBe(403);
  expect(await ask("?prefix=other/")).toBe(403);
  expect(await ask("?prefix=maps/")).toBe(200);
  expect(await ask("?prefix=maps/1")).toBe(200);
});

test("an encoded key gets nobody past the prefix of a token", async () => {
  const { call, storage } = await createApi();
  await put(storage, "other/1");
  const authorization = `Bearer ${await tokenFor({ prefix: "maps/" })}`;
  for (const segment of ["other%2F1", "%6fther%2f1", "~other%2F1", "maps%2F..%2Fother%2F1"]) {
    expect([400, 403, 404]).toContain((await call(`/v1/results/${segment}`, { authorization })).status);
  }
});

const lifetime = { aud: "reprise", exp: Math.floor(Date.now() / 1_000) + 60 };
const everything = { ...lifetime, prefix: "", operations: ["read"] };
const key = new TextEncoder().encode(secret.padEnd(64, "."));

test.for([
  ["of another algorithm", () => new SignJWT(everything).setProtectedHeader({ alg: "HS512" }).sign(key)],
  ["that is not signed", async () => new UnsecuredJWT(everything).encode()],
  ["for another audience", () => sign({ ...everything, aud: "others" })],
  ["without an end", () => sign({ aud: "reprise", prefix: "", operations: ["read"] })],
  ["that doesn't say what it allows", () => sign(lifetime)],
  ["whose operations are no list", () => sign({ ...everything, operations: "read" })],
  ["that is not valid yet", () => sign({ ...everything, nbf: lifetime.exp })],
] as const)("a token %s is not valid", async ([, make]) => {
  const { call } = await createApi({ secret: () => secret.padEnd(64, ".") });
  const valid = await call(resultPath("a"), { authorization: `Bearer ${await sign(everything)}` });
  expect(valid.status).toBe(404);
  const answer = await call(resultPath("a"), { authorization: `Bearer ${await make()}` });
  expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
  expect(await refusal(answer)).toBe("401 ACCESS_DENIED");
});

test.for(["Basic dTpw", "Bearer", "Bearer a b", "token"])("%s is no bearer token", async (authorization) => {
  const { call } = await createApi();
  expect(await refusal(await call(resultPath("a"), { authorization }))).toBe("401 ACCESS_DENIED");
});

test.for([undefined, "", "31 bytes are not enough for it.."].map((text) => text?.slice(0, 31)))(
  "with %j for a secret nobody is answered, and is told what to set",
  async (short) => {
    const { call } = await createApi();
    for (const [, path, , init] of routes) {
      const answer = await call(path, { ...init, env: { REPRISE_SECRET: short as string } });
      expect(answer.status).toBe(503);
      if (init.method !== "HEAD") expect(await answer.text()).toContain("`npx wrangler secret put REPRISE_SECRET`");
    }
  },
);

const open = { REPRISE_SECRET: "", REPRISE_WITHOUT_TOKEN: "allowed on localhost" };

test.for([
  ["http://localhost:8787", 404],
  ["http://127.0.0.1:8787", 404],
  ["http://[::1]:8787", 404],
  ["https://results.example.com", 503],
  ["http://localhost.example.com", 503],
  ["http://127.0.0.1.example.com", 503],
] as const)("where the variable allows it, %s is answered without a token with %d", async ([origin, status]) => {
  const { call } = await createApi();
  const answer = await call(origin + resultPath("a"), { authorization: null, env: open });
  expect(answer.status).toBe(status);
});

test("any other value of the variable allows nothing", async () => {
  const { call } = await createApi();
  const env = { ...open, REPRISE_WITHOUT_TOKEN: "true" };
  const answer = await call(`http://localhost${resultPath("a")}`, { authorization: null, env });
  expect(await refusal(answer)).toBe("503 CONFIGURATION");
});

test("with a secret, a token is needed on localhost too", async () => {
  const { call } = await createApi();
  const env = { ...open, REPRISE_SECRET: secret };
  const answer = await call(`http://localhost${resultPath("a")}`, { authorization: null, env });
  expect(await refusal(answer)).toBe("401 ACCESS_DENIED");
});

function sign(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key);
}

function putInit(storageKey: string): CallInit {
  const body = sample(storageKey).bytes as Uint8Array<ArrayBuffer>;
  return { method: "PUT", body, headers: { "content-type": recordMediaType } };
}

function postInit(body: object): CallInit {
  return { method: "POST", body: JSON.stringify(body), headers: json };
}
