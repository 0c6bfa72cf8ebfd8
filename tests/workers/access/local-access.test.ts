import { expect, test } from "vitest";
import { resultPath } from "../../../src/http/requests/protocol.ts";
import { createApi } from "../api-tools.ts";

const env = { REPRISE_SECRET: "", REPRISE_WITHOUT_TOKEN: "allowed on localhost" };

/** The status of a request to this machine without a token. 404: it was let in, and there is no record. */
async function ask(headers: Record<string, string>, url = "http://localhost:8787"): Promise<Response> {
  const { call } = await createApi();
  return call(url + resultPath("a"), { authorization: null, env, headers });
}

test.for<[string, Record<string, string>]>([
  ["curl", {}],
  ["curl, by the address that the platform names", { "cf-connecting-ip": "127.0.0.1" }],
  ["IPv6", { "cf-connecting-ip": "::1" }],
  ["IPv4 in IPv6", { "cf-connecting-ip": "::ffff:127.0.0.1" }],
  ["a page behind this machine's own proxy", { "x-forwarded-for": "127.0.0.1, ::1" }],
  ["a page of the Worker itself", { "sec-fetch-site": "same-origin" }],
  ["the address bar", { "sec-fetch-site": "none" }],
  ["a page of another port", { "sec-fetch-site": "same-site", origin: "http://localhost:5173" }],
  ["a page of another name of this machine", { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1:5173" }],
])("without a token %s is let in", async ([, headers]) => {
  expect((await ask(headers)).status).toBe(404);
});

test.for<[string, Record<string, string>]>([
  ["a page of another origin", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  ["an image or a no-cors request of another origin", { "sec-fetch-site": "cross-site" }],
  ["a link from another origin", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
  ["a frame without an origin", { origin: "null", "sec-fetch-site": "cross-site" }],
  ["a neighbour that calls itself localhost", { "cf-connecting-ip": "192.168.1.7" }],
  ["a neighbour by IPv6", { "cf-connecting-ip": "fe80::1" }],
  ["a neighbour behind this machine's proxy", { "x-forwarded-for": "192.168.1.7, 127.0.0.1" }],
  ["a visitor through a tunnel", { "x-real-ip": "203.0.113.7", "cf-connecting-ip": "127.0.0.1" }],
  ["a visitor of a deployed Worker", { "cf-connecting-ip": "203.0.113.7" }],
])("without a token %s is refused, and told how to get in", async ([, headers]) => {
  const answer = await ask(headers);
  expect(answer.status).toBe(401);
  expect(await answer.text()).toMatch(/set REPRISE_SECRET, and send a token/);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test("a name that was bound to this machine's address is not this machine", async () => {
  expect((await ask({ "sec-fetch-site": "same-origin" }, "http://rebound.example:8787")).status).toBe(503);
});
