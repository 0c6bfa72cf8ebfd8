import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { expect, test } from "vitest";
import { cachedResponse } from "../../../src/integrations/hono/index.ts";
import { HonoWorld, statusOf } from "./hono-world.ts";

test("the first request runs the handler, and the second one gets its response", async () => {
  let runs = 0;
  const app = new HonoWorld().createApp((c) => c.json({ run: ++runs }, 200, { "X-Own": "kept" }));
  const first = await app.request("/map/oslo");
  expect(await first.json()).toEqual({ run: 1 });
  expect(first.headers.get("Cache-Status")).toBe(
    'reprise; fwd=uri-miss; stored; ttl=3600; key="responses/http://localhost/map/oslo"',
  );
  expect(first.headers.get("Age")).toBeNull();

  const second = await app.request("/map/oslo");
  expect(await second.json()).toEqual({ run: 1 });
  expect(second.headers.get("Cache-Status")).toBe('reprise; hit; ttl=3600; key="responses/http://localhost/map/oslo"');
  expect(second.headers.get("Age")).toBe("0");
  expect(second.headers.get("X-Own")).toBe("kept");
  expect(second.headers.get("Content-Type")).toBe("application/json");
});

test("another process gets it too, with its age", async () => {
  const world = new HonoWorld();
  await world.createApp((c) => c.text("made here")).request("/");
  world.time += 90_500;
  const response = await world.createApp((c) => c.text("made there")).request("/");
  expect(await response.text()).toBe("made here");
  expect(response.headers.get("Age")).toBe("90");
  expect(statusOf(response)).toBe("reprise; hit; ttl=3509");
});

test("requests that come together share one run", async () => {
  let runs = 0;
  const done = Promise.withResolvers<void>();
  const world = new HonoWorld();
  const handler = async (c: Context) => {
    runs++;
    await done.promise;
    return c.text("shared");
  };
  const [here, there] = [world.createApp(handler), world.createApp(handler)];
  const requests = [here, here, there, there].map(async (app) => app.request("/"));
  await expect.poll(() => world.events.filter(({ type }) => type === "lock-wait").length).toBe(1);
  done.resolve();
  const responses = await Promise.all(requests);
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(Array(4).fill("shared"));
  expect(runs).toBe(1);
  expect(responses.map(statusOf).sort()).toEqual([
    "reprise; fwd=miss; collapsed; ttl=3600",
    "reprise; fwd=miss; collapsed; ttl=3600",
    "reprise; fwd=miss; collapsed; ttl=3600",
    "reprise; fwd=uri-miss; stored; ttl=3600",
  ]);
});

test("a HEAD request is answered from a response to GET, and leaves none", async () => {
  const methods: string[] = [];
  const app = new HonoWorld().createApp((c) => {
    methods.push(c.req.method);
    return c.req.method === "HEAD" ? c.body(null) : c.text("whole");
  });
  expect(statusOf(await app.request("/", { method: "HEAD" }))).toBe("reprise; fwd=uri-miss");
  expect(await (await app.request("/")).text()).toBe("whole");
  const head = await app.request("/", { method: "HEAD" });
  expect([statusOf(head), await head.text()]).toEqual(["reprise; hit; ttl=3600", ""]);
  expect(methods).toEqual(["HEAD", "GET"]);
});

test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])("%s runs the handler each time", async (method) => {
  let runs = 0;
  const app = new HonoWorld().createApp((c) => c.text(String(++runs)));
  await app.request("/");
  const response = await app.request("/", { method });
  expect([await response.text(), statusOf(response)]).toEqual(["2", "reprise; fwd=method"]);
});

test("bytes, an empty body and no body come back as they are", async () => {
  const bodies: Record<string, () => BodyInit | null> = {
    "/bytes": () => Uint8Array.of(0, 255, 128, 10),
    "/empty": () => "",
    "/none": () => null,
  };
  const app = new HonoWorld().createApp(
    (c) => new Response(bodies[c.req.path]!(), { status: c.req.path === "/none" ? 204 : 200 }),
    {
      statuses: [200, 204],
    },
  );
  for (const path of Object.keys(bodies)) {
    const both = [await app.request(path), await app.request(path)];
    expect(statusOf(both[1]!)).toContain("hit");
    const [first, second] = await Promise.all(both.map(async (response) => [response.status, await response.bytes()]));
    expect(second).toEqual(first);
  }
});

test("tags, and the key of a record, invalidate a response", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const store = world.createStore();
  const app = new Hono();
  const cached = cachedResponse({
    store,
    key: (c) => `map/${c.req.param("city")}`,
    tags: (c) => [`city:${c.req.param("city")}`],
  });
  app.get("/map/:city", cached, (c) => c.text(`${c.req.param("city")} ${++runs}`));
  const get = async (path: string) => (await app.request(path)).text();
  expect(await get("/map/oslo?utm=1")).toBe("oslo 1");
  expect(await get("/map/oslo?utm=2")).toBe("oslo 1");
  await store.invalidate({ tags: ["city:bergen"] });
  expect(await get("/map/oslo")).toBe("oslo 1");
  await store.invalidate({ tags: ["city:oslo"] });
  expect(await get("/map/oslo")).toBe("oslo 2");
  await store.invalidate("responses/map/oslo");
  expect(await get("/map/oslo")).toBe("oslo 3");
});

test("Hono's handlers of errors answer as they do without the middleware", async () => {
  const app = new HonoWorld().createApp((c) => {
    if (c.req.path === "/forbidden") throw new HTTPException(403, { message: "Not yours" });
    throw new Error("broken");
  });
  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.text(`Sorry: ${error.message}`, 500),
  );
  for (const _ of [1, 2]) {
    const [forbidden, broken] = [await app.request("/forbidden"), await app.request("/broken")];
    expect([forbidden.status, await forbidden.text(), statusOf(forbidden)]).toEqual([
      403,
      "Not yours",
      "reprise; fwd=uri-miss",
    ]);
    expect([broken.status, await broken.text(), statusOf(broken)]).toEqual([
      500,
      "Sorry: broken",
      "reprise; fwd=uri-miss",
    ]);
  }
});

test("a thrown value that is no error reaches the caller", async () => {
  const app = new HonoWorld().createApp(() => Promise.reject("no error"));
  await expect(async () => app.request("/")).rejects.toBe("no error");
});

test("a status of 500 is not kept, so the next request tries again", async () => {
  let runs = 0;
  const app = new HonoWorld().createApp((c) => (++runs === 1 ? c.text("busy", 503) : c.text("well")));
  expect((await app.request("/")).status).toBe(503);
  expect(await (await app.request("/")).text()).toBe("well");
});

test("the middleware behind another one leaves it to that one", async () => {
  const world = new HonoWorld();
  const store = world.createStore();
  let runs = 0;
  const app = new Hono();
  app.use(cachedResponse({ store, expiresIn: "1h" }));
  app.get("/", cachedResponse({ store, expiresIn: "1m" }), (c) => c.text(String(++runs)));
  expect(await (await app.request("/")).text()).toBe("1");
  expect(statusOf(await app.request("/"))).toBe("reprise; hit; ttl=3600");
});

test("an app whose store fails goes on without it", async () => {
  const world = new HonoWorld();
  const store = world.createStore();
  const trouble = () => Promise.reject(new Error("the disk is gone"));
  Object.assign(store.resultStorage, { read: trouble, write: trouble });
  let runs = 0;
  const app = new Hono();
  app.get("/", cachedResponse({ store }), (c) => c.text(String(++runs)));
  const response = await app.request("/");
  expect([await response.text(), statusOf(response)]).toEqual(["1", "reprise; fwd=uri-miss"]);
  expect((await app.request("/", { method: "HEAD" })).status).toBe(200);
  expect(runs).toBe(2);
});
