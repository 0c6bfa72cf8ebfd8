import { beforeAll, expect, test } from "vitest";
import { WranglerServer } from "../demo/wrangler-server.ts";

// Over HTTP each request has a context of its own in workerd, and ends with its client.

let server: WranglerServer;
beforeAll(async () => {
  server = await WranglerServer.start({ args: ["--config", "tests/workers/hono/worker/wrangler.toml"] });
  return () => server.close();
}, 60_000);

const get = (path: string, init?: RequestInit) => fetch(server.origin + path, init);
const partsOf = (count: number) =>
  "abcdefghijklmnopqrst".slice(0, count).replaceAll(/./g, (letter) => letter.repeat(100_000));

test("requests that come together share one run", async () => {
  const texts = await Promise.all(Array.from({ length: 20 }, async () => (await get("/slow/together")).text()));
  expect(new Set(texts).size).toBe(1);
  const response = await get("/slow/together");
  expect(response.headers.get("Cache-Status")).toMatch(/^reprise; hit; ttl=\d+; key="responses\/http:/);
  expect(await response.text()).toBe(texts[0]);
});

test("private responses reach their own users", async () => {
  const users = Array.from({ length: 8 }, (_, i) => `user ${i}`);
  const ask = async (user: string) => (await get("/private/all", { headers: { "X-User": user } })).text();
  expect(await Promise.all(users.map(ask))).toEqual(users.map((user) => `for ${user}`));
});

test("HEAD and a condition are answered from a kept response", async () => {
  const etag = (await get("/slow/etag")).headers.get("ETag")!;
  const head = await get("/slow/etag", { method: "HEAD" });
  expect([head.status, head.headers.get("ETag"), await head.text()]).toEqual([200, etag, ""]);
  const unchanged = await get("/slow/etag", { headers: { "If-None-Match": etag } });
  expect([unchanged.status, await unchanged.text()]).toEqual([304, ""]);
});

test.each(["workerd", "handler"])("a body that the %s compresses reaches each request compressed once", async (by) => {
  for (const status of ["stored", "hit"]) {
    const response = await get(`/gzip/${by}`);
    expect(response.headers.get("Cache-Status")).toContain(status);
    expect(await response.text()).toBe("compressed once");
  }
});

test("a stale response answers at once, and the handler runs behind it", async () => {
  const first = await (await get("/stale/1")).text();
  const statusNow = async () => (await get("/stale/1")).headers.get("Cache-Status");
  await expect.poll(statusNow, { interval: 200 }).toContain("ttl=-");
  await expect.poll(async () => (await get("/stale/1")).text()).not.toBe(first);
});

test("a stream arrives piece by piece, and others get it whole", async () => {
  const first = await get("/stream/4");
  const reader = first.body!.getReader();
  expect((await reader.read()).value?.at(0)).toBe(97);
  const second = await get("/stream/4");
  expect(second.headers.get("X-Run")).toBe(first.headers.get("X-Run"));
  expect(await second.text()).toBe(partsOf(4));
  for (;;) if ((await reader.read()).done) break;
});

test("a client that leaves doesn't take the response from the others", async () => {
  const leaving = new AbortController();
  const first = await get("/stream/5", { signal: leaving.signal });
  await first.body!.getReader().read();
  const second = get("/stream/5");
  leaving.abort();
  expect(await (await second).text()).toBe(partsOf(5));
});

test("a stream beyond the limit reaches each request whole", async () => {
  const texts = await Promise.all([1, 2].map(async () => (await get("/stream/20")).text()));
  expect(texts.map((text) => text === partsOf(20))).toEqual([true, true]);
});
