import { type Context, Hono } from "hono";
import { expect, test } from "vitest";
import { cachedResponse } from "../../../src/integrations/hono/index.ts";
import { HonoWorld, statusOf } from "./hono-world.ts";

// The most specific reason that is known (RFC 9211, 2.2).

const hour = 3_600_000;

test("fwd=uri-miss: no response of the URL is kept", async () => {
  const app = new HonoWorld().createApp((c) => c.text("hi"));
  expect(statusOf(await app.request("/"))).toBe("reprise; fwd=uri-miss; stored; ttl=3600");
});

test("fwd=miss: responses to other headers may be kept", async () => {
  const app = new HonoWorld().createApp((c) => c.text("hi"), { vary: ["x-theme"] });
  expect(statusOf(await app.request("/"))).toBe("reprise; fwd=miss; stored; ttl=3600");
});

test.each([{}, { staleIfError: "1d" }, { vary: ["x-theme"] }])(
  "fwd=stale: a kept response has expired, with %j",
  async (options) => {
    const world = new HonoWorld();
    const app = world.createApp((c) => c.text("hi"), options);
    await app.request("/");
    world.time += hour;
    expect(statusOf(await app.request("/", { method: "HEAD" }))).toBe("reprise; fwd=stale");
    expect(statusOf(await app.request("/"))).toBe("reprise; fwd=stale; stored; ttl=3600");
    expect(statusOf(await app.request("/"))).toBe("reprise; hit; ttl=3600");
  },
);

test("without a lifetime there is no ttl", async () => {
  const app = new HonoWorld().createApp((c) => c.text("hi"), { expiresIn: undefined });
  expect(statusOf(await app.request("/"))).toBe("reprise; fwd=uri-miss; stored");
  expect(statusOf(await app.request("/"))).toBe("reprise; hit");
});

test("fwd-status is the handler's status where the answer is 304", async () => {
  const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const app = new HonoWorld().createApp(async (c) => {
    begun.resolve();
    await done.promise;
    return c.text("hi", 200, { ETag: '"1"' });
  });
  const ask = async (method = "GET") => app.request("/", { method, headers: { "If-None-Match": '"1"' } });
  const first = ask();
  await begun.promise;
  const second = ask();
  done.resolve();
  expect([await first, await second].map((response) => [response.status, statusOf(response)])).toEqual([
    [304, "reprise; fwd=uri-miss; fwd-status=200; stored; ttl=3600"],
    [304, "reprise; fwd=miss; fwd-status=200; collapsed; ttl=3600"],
  ]);
});

test("collapsed=?0: a request that waited for another one has run its own handlers", async () => {
  const world = new HonoWorld();
  const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let runs = 0;
  const handler = async (c: Context) => {
    if (++runs > 1) return c.text("well");
    begun.resolve();
    await done.promise;
    return c.text("busy", 503);
  };
  const [here, there] = [world.createApp(handler), world.createApp(handler)];
  const first = here.request("/");
  await begun.promise;
  const second = there.request("/");
  await expect.poll(() => world.events.some(({ type }) => type === "lock-wait")).toBe(true);
  done.resolve();
  expect(statusOf(await first)).toBe("reprise; fwd=uri-miss");
  expect(statusOf(await second)).toBe("reprise; fwd=miss; collapsed=?0; stored; ttl=3600");
});

test.each([
  ["keeps", (c: Context) => c.body("hi"), "text/front"],
  ["has none", () => new Response(Uint8Array.of(1)), null],
])("a body %s the Content-Type of its first way", async (_name, handler, type) => {
  const app = new Hono();
  app.use(async (c, next) => {
    c.header("Content-Type", "text/front");
    await next();
  });
  app.get("/", cachedResponse({ store: new HonoWorld().createStore() }), handler);
  for (const _ of [1, 2]) expect((await app.request("/")).headers.get("Content-Type")).toBe(type);
});

test("a handler gives a header that middleware in front has set another value, on its first way and later", async () => {
  const app = new Hono();
  app.use(async (c, next) => {
    c.header("Cache-Control", "no-cache");
    c.header("X-Front", "yes");
    await next();
  });
  app.get("/", cachedResponse({ store: new HonoWorld().createStore() }), (c) =>
    c.text("hi", 200, { "Cache-Control": "max-age=60" }),
  );
  for (const status of ["fwd=uri-miss; stored; ttl=60", "hit; ttl=60"]) {
    const response = await app.request("/");
    expect(statusOf(response).replace("59", "60")).toBe(`reprise; ${status}`);
    expect([response.headers.get("Cache-Control"), response.headers.get("X-Front")]).toEqual(["max-age=60", "yes"]);
  }
});
