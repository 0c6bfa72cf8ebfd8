import * as fc from "fast-check";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { cachedResponse, type CachedResponseOptions } from "../../../src/integrations/hono/index.ts";
import { createStore } from "../../stores.ts";
import { trial } from "../../trials/trial.ts";

// Requests that differ in their URL or in a header that `vary` names never get each other's response.

const vary = ["X-One", "X-Two"];
const methods = ["GET", "HEAD", "POST"] as const;

const text = fc.oneof(
  fc.stringMatching(/^[ab#%/?&=",;: []{0,4}$/),
  fc.constantFrom("", "null", '"]', "%23", "%2F", "\u00e6", "x".repeat(1_100)),
);
const header = fc.option(text, { nil: undefined });

interface Asked {
  readonly method: (typeof methods)[number];
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly one: string | undefined;
  readonly two: string | undefined;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom(...methods),
  host: fc.constantFrom("http://a.example", "https://a.example", "https://a.example:81", "https://b.example"),
  path: text,
  query: text,
  one: header,
  two: header,
});

function requestOf({ method, host, path, query, one, two }: Asked): Request {
  const headers = new Headers();
  if (one !== undefined) headers.set("X-One", one);
  if (two !== undefined) headers.set("X-Two", two);
  return new Request(`${host}/${path}?${query}`, { method, headers });
}

/** All that a response may depend on. */
function contentOf({ method, url, headers }: Request): string {
  return JSON.stringify([
    method === "POST" ? method : "GET",
    url.split("#", 1)[0],
    ...vary.map((name) => headers.get(name)),
  ]);
}

async function assertOwnResponses(all: readonly Asked[], options: Partial<CachedResponseOptions> = {}): Promise<void> {
  const app = new Hono();
  app.all("*", cachedResponse({ store: createStore(), vary, ...options }), (c) => c.text(contentOf(c.req.raw)));
  for (const each of all) {
    const request = requestOf(each);
    const response = await app.request(request);
    if (each.method !== "HEAD") expect(await response.text()).toBe(contentOf(request));
  }
  const again = all.filter(({ method }) => method === "GET");
  for (const each of again) {
    const response = await app.request(requestOf(each));
    expect(response.headers.get("Cache-Status")).toContain("reprise; hit");
    expect(await response.text()).toBe(contentOf(requestOf(each)));
  }
}

trial(
  "every request gets the response to its own method, URL and headers",
  { kind: "requests", short: 40, long: 2_000 },
  fc.asyncProperty(fc.array(asked, { minLength: 2, maxLength: 12 }), (all) => assertOwnResponses(all)),
);

const base: Asked = { method: "GET", host: "https://a.example", path: "a", query: "a", one: "a", two: undefined };

test.each([
  ["the URL", { path: "b" }, { key: () => "the same" }],
  ["a header", { one: "b" }, { vary: ["X-Two"] }],
])("the model finds a key without %s", async (_name, change, options) => {
  await expect(assertOwnResponses([base, { ...base, ...change }], options)).rejects.toThrow();
});
