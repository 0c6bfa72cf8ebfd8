import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { type Context, Hono } from "hono";
import { expect, test } from "vitest";
import { cachedResponse, type CachedResponseOptions } from "../../../src/integrations/hono/index.ts";
import { createResultStore, type CreateResultStoreOptions } from "../../../workers/edge.ts";

// Each app has a store of its own over the same R2, KV and Durable Objects, as in an isolate of another region.

const newPath = () => `/${crypto.randomUUID()}`;

type Handler = (c: Context) => Response | Promise<Response>;

function createApp(
  handler: Handler,
  { now, ...options }: Partial<CachedResponseOptions> & Pick<CreateResultStoreOptions, "now"> = {},
): (path: string, init?: RequestInit) => Promise<Response> {
  const app = new Hono();
  const store = createResultStore({ now, onEvent: () => {} });
  app.get("*", cachedResponse({ store, expiresIn: "1h", ...options }), handler);
  return async (path, init) => {
    const context = createExecutionContext();
    return app.fetch(new Request(`https://maps.example${path}`, init), {}, context);
  };
}

function statusOf(response: Response): string {
  return (response.headers.get("Cache-Status") ?? "").replace(/; key=".*"/, "");
}

test("requests in two regions share one run, and a third region gets the response later", async () => {
  const [path, done, body] = [newPath(), Promise.withResolvers<void>(), Uint8Array.of(0, 255, 128)];
  let runs = 0;
  const handler: Handler = async (c) => {
    runs++;
    await done.promise;
    return c.body(body, 200, { "Content-Type": "application/x-map" });
  };
  const [here, there] = [createApp(handler), createApp(handler)];
  const requests = [here(path), here(path), there(path)];
  await expect.poll(() => runs).toBe(1);
  done.resolve();
  const responses = await Promise.all(requests);
  for (const response of responses) {
    expect(await response.bytes()).toEqual(body);
    expect(response.headers.get("Content-Type")).toBe("application/x-map");
  }
  expect(runs).toBe(1);
  await expect.poll(async () => statusOf(await createApp(handler)(path))).toMatch(/^reprise; hit; ttl=3[56]\d\d$/);
  expect(runs).toBe(1);
});

test("a private response is given to nobody else, in any region", async () => {
  const [path, done, begun] = [newPath(), Promise.withResolvers<void>(), [] as string[]];
  const handler: Handler = async (c) => {
    const user = c.req.header("X-User")!;
    begun.push(user);
    if (user === "ann") await done.promise;
    return c.text(`the secret of ${user}`, 200, { "Cache-Control": "private" });
  };
  const ask = (app: ReturnType<typeof createApp>, user: string) => app(path, { headers: { "X-User": user } });
  const [here, there] = [createApp(handler), createApp(handler)];
  const first = ask(here, "ann");
  await expect.poll(() => begun).toEqual(["ann"]);
  const others = [ask(here, "bob"), ask(there, "eve")];
  done.resolve();
  const texts = await Promise.all([first, ...others].map(async (response) => (await response).text()));
  expect(texts).toEqual(["ann", "bob", "eve"].map((user) => `the secret of ${user}`));
  expect(await (await ask(createApp(handler), "joe")).text()).toBe("the secret of joe");
});

test("a URL that somebody tries out leaves no record", async () => {
  const path = newPath();
  for (const handler of [(c: Context) => c.notFound(), (c: Context) => c.text("mine", 200, { Vary: "*" })]) {
    await (await createApp(handler, { staleWhileRevalidate: "1d" })(path)).text();
  }
  const kept = async () =>
    (await createResultStore().list({ prefix: `responses/https://maps.example${path}` })).records;
  expect(await kept()).toEqual([]);
  await createApp((c) => c.text("for all"))(path);
  await expect.poll(async () => (await kept()).length).toBe(1);
});

test("the stale time of a response's own headers reaches its record", async () => {
  const path = newPath();
  const control = "max-age=60, stale-while-revalidate=120";
  await createApp((c) => c.text("hi", 200, { "Cache-Control": control }), { expiresIn: undefined })(path);
  const record = async () => createResultStore().read(`responses/https://maps.example${path}`);
  await expect.poll(async () => (await record())?.metadata.staleFor).toBe(120_000);
});

test("a stale response answers at once in a region, and its handler runs behind the request", async () => {
  const path = newPath();
  let [runs, time] = [0, Date.now()];
  const handler: Handler = (c) => c.text(`run ${++runs} of ${c.req.path === path}`);
  const options = { staleWhileRevalidate: "1d", now: () => time };
  await createApp(handler, options)(path);
  await expect.poll(async () => statusOf(await createApp(handler, options)(path))).toContain("hit");
  time += 3_600_000;
  const app = createApp(handler, options);
  const stale = await app(path);
  expect([await stale.text(), statusOf(stale), stale.headers.get("Age")]).toEqual([
    "run 1 of true",
    "reprise; hit; ttl=0",
    "3600",
  ]);
  await expect.poll(async () => (await createApp(handler, options)(path)).text()).toBe("run 2 of true");
  expect(runs).toBe(2);
});

test("an invalidation of its tags reaches a response of another region", async () => {
  const path = newPath();
  let runs = 0;
  const handler: Handler = (c) => c.text(String(++runs));
  const tags = [`city${path}`];
  await createApp(handler, { tags })(path);
  await expect.poll(async () => statusOf(await createApp(handler, { tags })(path))).toContain("hit");
  await createResultStore().invalidate({ tags });
  expect(await (await createApp(handler, { tags })(path)).text()).toBe("2");
});

test("a stream reaches its request before it has ended, and is kept at its end", async () => {
  const path = newPath();
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const app = createApp(() => new Response(readable));
  const response = await app(path);
  expect(statusOf(response)).toBe("reprise; fwd=uri-miss; stored; ttl=3600");
  const reader = (response.body! as ReadableStream<Uint8Array>).getReader();
  await writer.write(new TextEncoder().encode("one, "));
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("one, ");
  await writer.write(new TextEncoder().encode("two"));
  await writer.close();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("two");
  expect((await reader.read()).done).toBe(true);
  const other = () => createApp(() => new Response("another"))(path);
  await expect.poll(async () => (await other()).text()).toBe("one, two");
});

test("a stream beyond the limit is passed on whole, and not kept", async () => {
  const path = newPath();
  const sent = new Uint8Array(300_000).fill(7);
  const stream = () => new Blob([sent]).stream();
  const app = createApp(() => new Response(stream()), { maxBytes: 200_000 });
  const first = await app(path);
  expect(await first.bytes()).toEqual(sent);
  expect(statusOf(await app(path))).toMatch(/^reprise; fwd=miss; (collapsed=\?0; )?detail=too-large$/);
});

test("what is kept behind the answer is work of the request", async () => {
  const path = newPath();
  const app = new Hono();
  app.get("*", cachedResponse({ store: createResultStore() }), (c) => c.text("kept"));
  const context = createExecutionContext();
  await app.fetch(new Request(`https://maps.example${path}`), {}, context);
  await waitOnExecutionContext(context);
  const record = await createResultStore().read(`responses/https://maps.example${path}`);
  expect(record?.result).toMatchObject({ status: 200, body: new TextEncoder().encode("kept") });
});
