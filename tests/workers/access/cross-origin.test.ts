import { expect, test } from "vitest";
import { headers as own, resultPath } from "../../../src/http/requests/protocol.ts";
import { createApi, origin } from "../api-tools.ts";
import { createResultsApi } from "../../../workers/api/create-results-api.ts";
import type { ResultsApiOptions } from "../../../workers/api/api-options.ts";

const page = "https://app.example.com";

const listOf = (answer: Response, name: string) => {
  return (answer.headers.get(name) ?? "")
    .toLowerCase()
    .split(",")
    .map((each) => each.trim());
};

async function preflight(method: string, from = page, options: ResultsApiOptions = {}): Promise<Response> {
  const headers = {
    origin: from,
    "access-control-request-method": method,
    "access-control-request-headers": "authorization,if-match,reprise-lock-token",
  };
  return createResultsApi(options).fetch(new Request(origin + resultPath("a"), { method: "OPTIONS", headers }), {});
}

test.for(["PUT", "DELETE", "GET", "HEAD", "POST"])(
  "a page elsewhere may send %s, and asks once in two hours",
  async (method) => {
    const answer = await preflight(method);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-max-age")).toBe("7200");
    expect(listOf(answer, "access-control-allow-methods")).toContain(method.toLowerCase());
    const standard = ["authorization", "cache-control", "content-type", "if-match", "if-none-match"];
    const sent = [...standard, own.lockHolder, own.lockToken, own.now].map((name) => name.toLowerCase());
    expect(listOf(answer, "access-control-allow-headers")).toEqual(expect.arrayContaining(sent));
  },
);

test("a page elsewhere may read what the answers say in headers, errors too", async () => {
  const { call } = await createApi();
  for (const authorization of [undefined, null]) {
    const answer = await call(resultPath("a"), {
      headers: { origin: page },
      ...(authorization === null && { authorization }),
    });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    const exposed = ["etag", "retry-after", "www-authenticate", own.metadata, own.source, own.consistency];
    const names = exposed.map((name) => name.toLowerCase());
    expect(listOf(answer, "access-control-expose-headers")).toEqual(expect.arrayContaining(names));
  }
});

test("only pages of the origins that are named may read, where some are", async () => {
  const options = { allowedOrigins: [page] };
  expect((await preflight("PUT", page, options)).headers.get("access-control-allow-origin")).toBe(page);
  const other = await preflight("PUT", "https://evil.example.com", options);
  expect(other.headers.get("access-control-allow-origin")).toBeNull();
  expect(listOf(other, "vary")).toContain("origin");
});

test("where no token is needed, only pages of this machine are answered and may read", async () => {
  const { call } = await createApi();
  const env = { REPRISE_SECRET: "", REPRISE_WITHOUT_TOKEN: "allowed on localhost" };
  const ask = async (from: string) => {
    const answer = await call(`http://localhost:8787${resultPath("a")}`, {
      authorization: null,
      headers: { origin: from },
      env,
    });
    return [answer.status, answer.headers.get("access-control-allow-origin")];
  };
  expect(await ask("http://localhost:5173")).toEqual([404, "http://localhost:5173"]);
  expect(await ask("http://127.0.0.1:5173")).toEqual([404, "http://127.0.0.1:5173"]);
  for (const other of ["https://evil.example.com", "http://localhost.evil.example.com", "null"]) {
    expect(await ask(other)).toEqual([401, null]);
  }
});
