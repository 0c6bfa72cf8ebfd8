import { createRequire } from "node:module";
import type * as hono from "hono";
import { Hono } from "hono";
import { contextStorage } from "hono/context-storage";
import { every } from "hono/combine";
import { expect, test } from "vitest";
import { cachedResponse } from "../../../src/integrations/hono/index.ts";
import { HonoWorld, statusOf } from "./hono-world.ts";

declare module "hono" {
  interface ContextVariableMap {
    front: string;
    behind: string;
  }
}

const hour = 3_600_000;

test("a stale response answers at once, and its handler runs behind it, once", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const go = Promise.withResolvers<void>();
  const app = world.createApp(
    async (c) => {
      if (++runs > 1) await go.promise;
      return c.text(`run ${runs}`);
    },
    { staleWhileRevalidate: "1d" },
  );
  await app.request("/");
  world.time += hour + 5_000;
  const stale = await Promise.all([app.request("/"), app.request("/"), app.request("/")]);
  expect(await Promise.all(stale.map((response) => response.text()))).toEqual(["run 1", "run 1", "run 1"]);
  expect(statusOf(stale[0])).toBe("reprise; hit; ttl=-5");
  expect(stale[0].headers.get("Age")).toBe("3605");
  await expect.poll(() => runs).toBe(2);
  go.resolve();
  await expect.poll(async () => (await app.request("/")).text()).toBe("run 2");
  expect(statusOf(await app.request("/"))).toBe("reprise; hit; ttl=3600");
  expect(runs).toBe(2);
});

test("a response that must not be shared is no stale response: its handlers run once for each request", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const app = world.createApp(
    (c) => {
      c.header("Set-Cookie", `visit=${++runs}`);
      return c.text(`run ${runs}`);
    },
    { staleWhileRevalidate: "1d", staleIfError: "1d" },
  );
  for (const [i, seconds] of [0, 1, 61, 1, 61].entries()) {
    world.time += seconds * 1_000;
    expect(await (await app.request("/")).text()).toBe(`run ${i + 1}`);
    // what would run behind the request has begun by then
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(runs).toBe(5);
});

test("handlers that run behind a request have what they have in it, and leave its response alone", async () => {
  const world = new HonoWorld();
  const seen: unknown[] = [];
  let outer: (() => void) | undefined;
  const app = new Hono();
  app.use(contextStorage());
  app.use(async (c, next) => {
    c.set("front", `set by ${c.req.query("by")}`);
    c.header("X-Front", c.req.query("by"));
    c.setRenderer(async (content) => c.html(`<main>${await content}</main>`));
    await next();
    // a slow middleware in front ends after the handler behind has run
    if (outer) await new Promise<void>((resolve) => (outer = resolve));
    c.header("X-After", c.req.query("by"));
  });
  const cached = cachedResponse({
    store: world.createStore(),
    expiresIn: "1h",
    staleWhileRevalidate: "1d",
    key: (c) => c.req.path,
  });
  let runs = 0;
  app.get(
    "/map/:city",
    cached,
    async (c, next) => {
      c.set("behind", "set behind");
      await next();
      c.header("X-Behind", "yes");
    },
    (c) => {
      seen.push([c.req.param("city"), c.get("front"), c.get("behind"), c.req.query("by")]);
      c.header("X-Run", String(++runs));
      return c.render(`run ${runs}`);
    },
  );
  const first = await app.request("/map/oslo?by=ann");
  expect(await first.text()).toBe("<main>run 1</main>");
  world.time += hour;
  outer = () => {};
  const second = app.request("/map/oslo?by=bob");
  await expect.poll(() => runs).toBe(2);
  await expect.poll(() => world.events.filter(({ type }) => type === "write").length).toBe(2);
  outer();
  const stale = await second;
  expect(await stale.text()).toBe("<main>run 1</main>");
  const { headers } = stale;
  expect(["X-Run", "X-Front", "X-After", "X-Behind"].map((name) => headers.get(name))).toEqual([
    "1",
    "bob",
    "bob",
    "yes",
  ]);

  outer = undefined;
  const third = await app.request("/map/oslo?by=joe");
  expect(await third.text()).toBe("<main>run 2</main>");
  expect(third.headers.get("Content-Type")).toMatch(/^text\/html/);
  expect(["X-Run", "X-Front", "X-Behind", "Age"].map((name) => third.headers.get(name))).toEqual([
    "2",
    "joe",
    "yes",
    "0",
  ]);
  expect(third.headers.get("Cache-Status")).not.toContain(",");
  expect(seen).toEqual([
    ["oslo", "set by ann", "set behind", "ann"],
    ["oslo", "set by bob", "set behind", "bob"],
  ]);
});

test("a route of another app, with errors of its own, is computed behind the request too", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const inner = new Hono();
  inner.onError((_, c) => c.text("inner trouble", 500));
  inner.get(
    "/:id",
    cachedResponse({ store: world.createStore(), expiresIn: "1h", staleWhileRevalidate: "1d" }),
    (c) => {
      if (++runs === 2) throw new Error("once");
      return c.text(`${c.req.param("id")} ${runs}`);
    },
  );
  const app = new Hono().route("/inner", inner);
  const get = async () => (await app.request("/inner/7")).text();
  expect(await get()).toBe("7 1");
  world.time += hour;
  expect(await get()).toBe("7 1");
  await expect.poll(() => world.events.filter(({ type }) => type === "refresh-error").length).toBe(1);
  expect(await get()).toBe("7 1");
  await expect.poll(get).toBe("7 3");
});

test("an app may use another copy of Hono", async () => {
  const world = new HonoWorld();
  const other = createRequire(import.meta.url)("hono") as typeof hono;
  expect(other.Hono).not.toBe(Hono);
  let runs = 0;
  const app = new other.Hono();
  app.get("/:id", cachedResponse({ store: world.createStore(), expiresIn: "1h", staleWhileRevalidate: "1d" }), (c) =>
    c.text(`${c.req.param("id")} ${++runs}`),
  );
  const get = async () => (await app.request("/7")).text();
  expect(await get()).toBe("7 1");
  world.time += hour;
  expect(await get()).toBe("7 1");
  await expect.poll(get).toBe("7 2");
});

test("composed with other middleware, a stale response is computed again before the answer", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const app = new Hono();
  const cached = cachedResponse({ store: world.createStore(), expiresIn: "1h", staleWhileRevalidate: "1d" });
  app.get(
    "/",
    every(cached, (_, next) => next()),
    (c) => c.text(`run ${++runs}`),
  );
  expect(await (await app.request("/")).text()).toBe("run 1");
  world.time += hour;
  expect(await (await app.request("/")).text()).toBe("run 2");
});

test("the request stays alive until its refresh is kept, if only Hono knows how", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const app = world.createApp(
    async (c) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return c.text(`run ${++runs}`);
    },
    { staleWhileRevalidate: "1d" },
  );
  await app.request("/");
  world.time += hour;
  const kept: Promise<unknown>[] = [];
  const context = {
    waitUntil: (promise: Promise<unknown>) => void kept.push(promise),
    passThroughOnException() {},
    props: {},
  };
  expect(await (await app.request("/", {}, {}, context)).text()).toBe("run 1");
  await Promise.all(kept);
  const fresh = await world.createApp((c) => c.text("none")).request("/");
  expect([await fresh.text(), statusOf(fresh)]).toEqual(["run 2", "reprise; hit; ttl=3600"]);
});

test("a response that became private behind a request is given to nobody", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const app = world.createApp(
    (c) => (++runs === 1 ? c.text("for all") : c.text(`run ${runs}`, 200, { "Cache-Control": "private" })),
    { staleWhileRevalidate: "1d" },
  );
  await app.request("/");
  world.time += hour;
  expect(await (await app.request("/")).text()).toBe("for all");
  await expect.poll(async () => (await app.request("/")).text()).toBe("run 3");
  expect(await (await app.request("/")).text()).toBe("run 4");
});

test("a response that has to be revalidated is never served stale, and computed once", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const app = world.createApp((c) => c.text(`run ${++runs}`, 200, { "Cache-Control": "must-revalidate" }), {
    staleWhileRevalidate: "1d",
    staleIfError: "1d",
  });
  await app.request("/");
  world.time += hour;
  const responses = await Promise.all([app.request("/"), app.request("/")]);
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(["run 2", "run 2"]);
});

test.each([
  [
    "an error",
    () => {
      throw new Error("down");
    },
  ],
  ["a status of 500", () => new Response("down", { status: 503 })],
])("with staleIfError, a stale response replaces %s", async (_name, fail) => {
  const world = new HonoWorld();
  let isDown = false;
  const app = new Hono();
  app.onError((_, c) => c.text("sorry", 500, { "X-Error": "yes" }));
  app.use(async (c, next) => {
    c.header("X-Front", "yes");
    await next();
  });
  app.get("/", cachedResponse({ store: world.createStore(), expiresIn: "1h", staleIfError: "1d" }), (c) =>
    isDown ? fail() : c.text("well"),
  );
  await app.request("/");
  isDown = true;
  world.time += hour;
  const stale = await app.request("/");
  expect([stale.status, await stale.text(), stale.headers.get("X-Error"), stale.headers.get("X-Front")]).toEqual([
    200,
    "well",
    null,
    "yes",
  ]);
  expect(statusOf(stale)).toMatch(/^reprise; fwd=stale; fwd-status=50[03]; ttl=0$/);
  world.time += 24 * hour;
  expect((await app.request("/")).status).toBeGreaterThanOrEqual(500);
});

test.each([
  ["max-age=60", 60],
  ["max-age=60, s-maxage=10", 10],
  ['max-age="7"', 7],
  ["max-age=60, max-age=5", 60],
])("without expiresIn, %s says how long a response is fresh", async (control, seconds) => {
  const app = new HonoWorld().createApp((c) => c.text("hi", 200, { "Cache-Control": control }), {
    expiresIn: undefined,
  });
  await app.request("/");
  expect(statusOf(await app.request("/"))).toMatch(new RegExp(`hit; ttl=(${seconds}|${seconds - 1})$`));
});

test.each(["max-age=0", "max-age=soon", "s-maxage=0, max-age=9"])(
  "without expiresIn, %s is not kept",
  async (control) => {
    const app = new HonoWorld().createApp((c) => c.text("hi", 200, { "Cache-Control": control }), {
      expiresIn: undefined,
    });
    await app.request("/");
    expect(statusOf(await app.request("/"))).toContain("detail=expired");
  },
);

test("Expires counts from Date, and an Age that a response has already", async () => {
  const [date, expires] = ["Sat, 28 Nov 2026 10:00:00 GMT", "Sat, 28 Nov 2026 10:02:00 GMT"];
  const headers: Record<string, Record<string, string>> = {
    "/expires": { Date: date, Expires: expires },
    "/age": { "Cache-Control": "max-age=150", Age: "30" },
    "/past": { Expires: "0" },
    "/none": {},
  };
  const app = new HonoWorld().createApp((c) => c.text("hi", 200, headers[c.req.path]), { expiresIn: undefined });
  const statuses = [];
  for (const path of Object.keys(headers)) {
    await app.request(path);
    const response = await app.request(path);
    statuses.push([statusOf(response), response.headers.get("Age")]);
  }
  expect(statuses).toEqual([
    [expect.stringMatching(/hit; ttl=1(20|19)$/), "0"],
    [expect.stringMatching(/hit; ttl=1(20|19)$/), "30"],
    ["reprise; fwd=miss; detail=expired", null],
    ["reprise; hit", "0"],
  ]);
});

test.each([
  ["max-age=60, stale-while-revalidate=120", {}, 120],
  ["max-age=60, stale-while-revalidate=120, stale-if-error=600", {}, 600],
  ["max-age=60, stale-while-revalidate=120", { staleWhileRevalidate: "5m" }, 300],
  ["max-age=60, stale-while-revalidate=120", { staleWhileRevalidate: 0 }, undefined],
  ["max-age=60, stale-while-revalidate=soon", {}, undefined],
  ["max-age=60, stale-while-revalidate=120, must-revalidate", {}, undefined],
  ["max-age=60, must-revalidate", { staleWhileRevalidate: "5m", staleIfError: "5m" }, undefined],
])("%s with %j is kept for %s seconds after it has expired", async (control, options, seconds) => {
  const store = new HonoWorld().createStore();
  const app = new Hono();
  app.get("/", cachedResponse({ store, ...options }), (c) => c.text("hi", 200, { "Cache-Control": control }));
  await app.request("/");
  const [record] = (await store.list()).records;
  expect(record?.staleFor).toBe(seconds && seconds * 1_000);
});

test("the response's own stale-while-revalidate answers at once, for as long as it says", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const headers = { "Cache-Control": "max-age=60, stale-while-revalidate=120" };
  const app = world.createApp((c) => c.text(`run ${++runs}`, 200, headers), { expiresIn: undefined });
  const get = async () => (await app.request("/")).text();
  expect(await get()).toBe("run 1");
  world.time += 179_000;
  expect(await get()).toBe("run 1");
  await expect.poll(() => world.events.filter(({ type }) => type === "write").length).toBe(2);
  expect(await get()).toBe("run 2");
  world.time += 180_000;
  expect(await get()).toBe("run 3");
});

test("the response's own stale-if-error replaces a failure, for as long as it says", async () => {
  const world = new HonoWorld();
  let isDown = false;
  const headers = { "Cache-Control": "max-age=60, stale-if-error=120" };
  const app = world.createApp((c) => (isDown ? c.text("down", 503) : c.text("well", 200, headers)), {
    expiresIn: undefined,
  });
  await app.request("/");
  isDown = true;
  world.time += 179_000;
  const stale = await app.request("/");
  expect([await stale.text(), statusOf(stale)]).toEqual(["well", "reprise; fwd=stale; fwd-status=503; ttl=-119"]);
  world.time += 1_000;
  expect((await app.request("/")).status).toBe(503);
});

test.each(["-5", "soon", "1e3", "5, 6"])("an Age that is no number of seconds counts as 0: %s", async (age) => {
  const app = new HonoWorld().createApp((c) => c.text("hi", 200, { Age: age, "Cache-Control": "max-age=60" }), {
    expiresIn: undefined,
  });
  await app.request("/");
  const response = await app.request("/");
  expect([response.headers.get("Age"), statusOf(response)]).toEqual(["0", "reprise; hit; ttl=60"]);
});

test("an Age counts from the request to the origin, and from the headers of a response that is made here", async () => {
  const world = new HonoWorld();
  const app = world.createApp(
    (c) => {
      world.time += 5_000;
      const stream = new ReadableStream(
        {
          pull: (controller) => {
            world.time += 2_000;
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return c.body(stream, 200, { "Cache-Control": "max-age=60", ...(c.req.path === "/proxy" && { Age: "10" }) });
    },
    { expiresIn: undefined },
  );
  for (const [path, age] of [
    ["/proxy", 17],
    ["/made", 2],
  ] as const) {
    await (await app.request(path)).text();
    const response = await app.request(path);
    expect([response.headers.get("Age"), statusOf(response)]).toEqual([String(age), `reprise; hit; ttl=${60 - age}`]);
  }
});
