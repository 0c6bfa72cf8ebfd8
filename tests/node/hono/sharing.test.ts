import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { cachedResponse } from "../../../src/integrations/hono/index.ts";
import { Passes } from "../../../src/integrations/hono/kept-response.ts";
import { HonoWorld, statusOf } from "./hono-world.ts";

// A response that must not be shared is never given to another request.

const secretOf = (user: string | undefined) => `the secret of ${user}`;

describe.each([
  ["private", { "Cache-Control": "max-age=60, private" }],
  ["private", { "Cache-Control": 'private="X-User", max-age=60' }],
  ["no-store", { "Cache-Control": "No-Store" }],
  ["no-cache", { "Cache-Control": "no-cache" }],
  ["set-cookie", { "Set-Cookie": "session=1" }],
  ["vary", { Vary: "*" }],
  ["vary", { Vary: "Accept-Language, X-User" }],
  ["event-stream", { "Content-Type": "text/event-stream; charset=utf-8" }],
])("a response that is not for others: %s by %j", (reason, headers) => {
  test("requests that come together, and later ones, run their own handlers", async () => {
    const world = new HonoWorld();
    const begun: string[] = [];
    const done = Promise.withResolvers<void>();
    const handler = async (c: Context) => {
      const user = c.req.header("X-User")!;
      begun.push(user);
      if (user === "ann") await done.promise;
      return new Response(secretOf(user), { headers: new Headers(Object.entries(headers)) });
    };
    const options = { vary: ["accept-language"] };
    const [here, there] = [world.createApp(handler, options), world.createApp(handler, options)];
    const ask = (app: Hono, user: string) => app.request("/", { headers: { "X-User": user } });
    const first = ask(here, "ann");
    await expect.poll(() => begun).toEqual(["ann"]);
    const others = [ask(here, "bob"), ask(there, "eve")];
    await expect.poll(() => world.events.some(({ type }) => type === "lock-wait")).toBe(true);
    done.resolve();
    const responses = await Promise.all([first, ...others]);
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(
      ["ann", "bob", "eve"].map(secretOf),
    );
    expect(responses.map(statusOf)).toEqual([
      `reprise; fwd=miss; detail=${reason}`,
      `reprise; fwd=miss; collapsed=?0; detail=${reason}`,
      `reprise; fwd=miss; collapsed=?0; detail=${reason}`,
    ]);
    const later = await ask(there, "joe");
    expect([await later.text(), statusOf(later)]).toEqual([secretOf("joe"), `reprise; fwd=miss; detail=${reason}`]);
  });
});

test("requests don't wait for one another where no response may be shared", async () => {
  const world = new HonoWorld();
  const running: (() => void)[] = [];
  const app = world.createApp(async (c) => {
    if (c.req.header("X-First") === undefined) await new Promise<void>((resolve) => running.push(resolve));
    return c.text("mine", 200, { "Cache-Control": "private" });
  });
  await app.request("/", { headers: { "X-First": "yes" } });
  const requests = [1, 2, 3].map(async () => app.request("/"));
  await expect.poll(() => running.length).toBe(3);
  for (const go of running) go();
  expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test("after a minute, a response that may be shared takes the place of one that may not", async () => {
  const world = new HonoWorld();
  let control = "private";
  const app = world.createApp((c) => c.text(control, 200, { "Cache-Control": control }));
  await app.request("/");
  control = "public";
  expect(statusOf(await app.request("/"))).toBe("reprise; fwd=miss; detail=private");
  world.time += 60_000;
  expect(statusOf(await app.request("/"))).toBe("reprise; fwd=uri-miss; stored; ttl=3600");
  expect(statusOf(await app.request("/"))).toBe("reprise; hit; ttl=3600");
});

test("URLs that somebody tries out leave no records", async () => {
  const store = new HonoWorld().createStore();
  const app = new Hono();
  const options = { store, expiresIn: "1h", staleWhileRevalidate: "1d", staleIfError: "1d" };
  app.get("/private/*", cachedResponse(options), (c) => c.text("mine", 200, { "Cache-Control": "private" }));
  app.get("*", cachedResponse(options), (c) => c.notFound());
  for (let i = 0; i < 20; i++) for (const path of ["private/", ""]) await app.request(`/${path}${i}`);
  expect((await store.list({ allowExpired: true })).records).toEqual([]);
});

test("where another process waits, a stand-in lasts for a minute, so that the others wait for one handler", async () => {
  const world = new HonoWorld();
  const begun: string[] = [];
  const go = { ann: Promise.withResolvers<void>(), bob: Promise.withResolvers<void>() };
  const handler = async (c: Context) => {
    const user = c.req.header("X-User") as "ann" | "bob";
    begun.push(user);
    await go[user]?.promise;
    return c.text("mine", 200, { "Cache-Control": "private" });
  };
  const options = { staleWhileRevalidate: "1d" };
  const ask = (user: string) => world.createApp(handler, options).request("/", { headers: { "X-User": user } });
  const waits = () => world.events.filter(({ type }) => type === "lock-wait").length;
  const first = ask("ann");
  await expect.poll(() => begun).toEqual(["ann"]);
  const second = ask("bob");
  await expect.poll(waits).toBe(1);
  go.ann.resolve();
  await expect.poll(() => begun).toEqual(["ann", "bob"]);
  const others = ["eve", "joe", "sue"].map(ask);
  await expect.poll(waits).toBe(4);
  go.bob.resolve();
  await Promise.all([first, second, ...others]);
  expect(begun.length).toBe(5);
  const [record] = (await world.createStore().list()).records;
  expect([record!.expiration!.getTime() - world.time, record!.staleFor]).toEqual([60_000, undefined]);
});

test("of the responses that must not be shared, a process remembers the latest thousand", () => {
  const passes = new Passes();
  const now = Date.now();
  for (let i = 0; i <= 1_000; i++) passes.note(`key ${i}`, { pass: "private", until: now + i });
  passes.note("key 1", { pass: "status", until: now + 1 });
  passes.note("new", { pass: "private", until: now + 1 });
  const found = ["key 0", "key 1", "key 2", "key 3", "new"].map((key) => passes.get(key, now)?.pass);
  expect(found).toEqual([undefined, "status", undefined, "private", "private"]);
  expect(passes.get("new", now + 1)).toBeUndefined();
});

test.each(["Authorization", "Cookie", "Range", "If-Match", "If-Unmodified-Since"])(
  "a request with %s neither gets nor leaves a response",
  async (name) => {
    const app = new HonoWorld().createApp((c) => c.text(secretOf(c.req.header(name))));
    const ask = (value?: string) => app.request("/", value === undefined ? {} : { headers: { [name]: value } });
    const ann = await ask("ann");
    expect([await ann.text(), statusOf(ann)]).toEqual([
      secretOf("ann"),
      `reprise; fwd=bypass; detail=${name.toLowerCase()}`,
    ]);
    expect(await (await ask()).text()).toBe(secretOf(undefined));
    expect(await (await ask("bob")).text()).toBe(secretOf("bob"));
    expect(await (await ask()).text()).toBe(secretOf(undefined));
  },
);

test.each(["Authorization", "Cookie"])("with %s in vary, each value has a response of its own", async (name) => {
  const app = new HonoWorld().createApp((c) => c.text(secretOf(c.req.header(name))), { vary: [name] });
  for (const user of ["ann", "bob", "ann"]) {
    const response = await app.request("/", { headers: { [name]: user } });
    expect(await response.text()).toBe(secretOf(user));
    expect(response.headers.get("Vary")).toBe(name.toLowerCase());
    expect(response.headers.get("Cache-Status")).not.toContain(user);
  }
});

test("bypass decides about cookies, never about Authorization", async () => {
  const app = new HonoWorld().createApp(
    (c) => c.text(secretOf(c.req.header("Authorization") ?? c.req.header("Cookie"))),
    {
      bypass: (c) => c.req.header("Cookie")?.includes("session=") ?? false,
    },
  );
  const ask = async (headers: Record<string, string>) => statusOf(await app.request("/", { headers }));
  expect(await ask({ Cookie: "session=1" })).toBe("reprise; fwd=bypass");
  expect(await ask({ Authorization: "Bearer 1" })).toBe("reprise; fwd=bypass; detail=authorization");
  expect(await ask({ Cookie: "theme=dark" })).toBe("reprise; fwd=uri-miss; stored; ttl=3600");
  expect(await ask({ Cookie: "theme=light" })).toBe("reprise; hit; ttl=3600");
});

test("an error is for the request that met it: those that waited run their own handlers", async () => {
  const world = new HonoWorld();
  const begun: string[] = [];
  const done = Promise.withResolvers<void>();
  const app = world.createApp(async (c) => {
    const user = c.req.header("X-User")!;
    begun.push(user);
    if (user !== "ann") return c.text("welcome");
    await done.promise;
    throw new HTTPException(403, { message: secretOf(user) });
  });
  const ask = async (user: string) => app.request("/", { headers: { "X-User": user } });
  const requests = [ask("ann"), ask("bob")];
  await expect.poll(() => begun).toEqual(["ann"]);
  done.resolve();
  const [ann, bob] = await Promise.all(requests);
  expect([ann!.status, await ann!.text()]).toEqual([403, secretOf("ann")]);
  expect([bob!.status, await bob!.text(), statusOf(bob!)]).toEqual([200, "welcome", "reprise; fwd=miss; collapsed=?0"]);
});

test("a handler that hangs holds up the others for a minute, not for ever", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const world = new HonoWorld();
  const done = Promise.withResolvers<void>();
  let runs = 0;
  const handler = async (c: Context) => {
    const run = ++runs;
    if (run === 1) await done.promise;
    return c.text(`run ${run}`);
  };
  const apps = [world.createApp(handler), world.createApp(handler)];
  const hung = apps[0]!.request("/");
  await vi.waitFor(() => expect(runs).toBe(1));
  const waiting = apps.map(async (app) => app.request("/"));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  for (const response of await Promise.all(waiting)) {
    expect(statusOf(response)).toBe("reprise; fwd=miss; collapsed=?0");
    expect(await response.text()).toMatch(/^run [23]$/);
  }
  done.resolve();
  expect(await (await hung).text()).toBe("run 1");
});

test.each([
  [5_000, 5_000],
  ["2h", 7_200_000],
])("waitTimeout: %s says how long requests wait for a handler", async (waitTimeout, milliseconds) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let runs = 0;
  const app = new HonoWorld().createApp((c) => (++runs === 1 ? new Promise(() => {}) : c.text("own")), { waitTimeout });
  void app.request("/");
  await vi.waitFor(() => expect(runs).toBe(1));
  const waiting = app.request("/");
  await vi.advanceTimersByTimeAsync(milliseconds - 1);
  expect(runs).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await (await waiting).text()).toBe("own");
});

test("a request that gives up a look runs its handlers once, although others wait for that look", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const world = new HonoWorld();
  const store = world.createStore();
  const looked = Promise.withResolvers<undefined>();
  Object.assign(store.resultStorage, { read: () => looked.promise });
  const runs: string[] = [];
  const app = new Hono();
  app.get("/", cachedResponse({ store, waitTimeout: 5_000 }), (c) => {
    runs.push(c.req.header("X-User")!);
    return c.text("own");
  });
  const ask = async (user: string) => app.request("/", { headers: { "X-User": user } });
  const ann = ask("ann");
  await vi.advanceTimersByTimeAsync(3_000);
  const bob = ask("bob");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await (await ann).text()).toBe("own");
  looked.resolve(undefined);
  await vi.advanceTimersByTimeAsync(1);
  expect(await (await bob).text()).toBe("own");
  expect(runs).toEqual(["ann", "bob"]);
  const failures = world.events.flatMap((event) => (event.type === "compute-error" ? [String(event.error)] : []));
  expect(failures).toEqual(["HandlerFailure: The request has given up its look"]);
});

test("with a waitTimeout of 0 requests wait for as long as the handler runs", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const done = Promise.withResolvers<void>();
  let runs = 0;
  const handler = async (c: Context) => {
    runs++;
    await done.promise;
    return c.text("shared");
  };
  const app = new HonoWorld().createApp(handler, { waitTimeout: 0 });
  const requests = [1, 2].map(async () => app.request("/"));
  await vi.waitFor(() => expect(runs).toBe(1));
  await vi.advanceTimersByTimeAsync(86_400_000);
  done.resolve();
  await vi.advanceTimersByTimeAsync(1);
  const responses = await Promise.all(requests);
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(["shared", "shared"]);
  expect(runs).toBe(1);
});

test("headers that middleware in front has set are for one request alone", async () => {
  const app = new Hono();
  app.use(cors({ origin: (origin) => origin, credentials: true }));
  app.use(async (c, next) => {
    c.header("X-Request-Id", c.req.header("X-Id"));
    await next();
  });
  const store = new HonoWorld().createStore();
  app.get("/", cachedResponse({ store }), (c) => c.text("all the same", 200, { "X-Own": "kept" }));
  for (const id of ["1", "2"]) {
    const { headers } = await app.request("/", { headers: { "X-Id": id, Origin: `https://${id}.example` } });
    expect([headers.get("X-Request-Id"), headers.get("Access-Control-Allow-Origin"), headers.get("X-Own")]).toEqual([
      id,
      `https://${id}.example`,
      "kept",
    ]);
  }
  const [record] = (await store.list()).records;
  expect(JSON.stringify((await store.read(record!.storageKey))?.result)).not.toContain("1.example");
});

test("Cache-Control and Set-Cookie of middleware in front count too", async () => {
  for (const [name, value] of [
    ["Cache-Control", "private"],
    ["Set-Cookie", "session=1"],
  ] as const) {
    const app = new Hono();
    app.use(async (c, next) => {
      c.header(name, value);
      await next();
    });
    app.get("/", cachedResponse({ store: new HonoWorld().createStore() }), (c) => c.text("hello"));
    expect(statusOf(await app.request("/"))).toContain(`detail=${value === "private" ? value : "set-cookie"}`);
  }
});

test("headers of a connection are not kept", async () => {
  const app = new HonoWorld().createApp((c) =>
    c.text("hi", 200, { Connection: "close, X-Hop", "X-Hop": "1", "Keep-Alive": "5" }),
  );
  await app.request("/");
  const { headers } = await app.request("/");
  expect([...headers.keys()].sort()).toEqual(["age", "cache-status", "content-type", "etag"]);
});

test.each([
  [200, true],
  [203, false],
  [302, false],
  [404, false],
  [410, true],
])("the status %i is kept: %s", async (status, isKept) => {
  const app = new HonoWorld().createApp(() => new Response("page", { status }), { statuses: [200, 410] });
  await app.request("/");
  const response = await app.request("/");
  expect([response.status, statusOf(response)]).toEqual([
    status,
    isKept ? "reprise; hit; ttl=3600" : "reprise; fwd=miss; detail=status",
  ]);
});
