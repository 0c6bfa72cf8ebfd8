import { expect, test } from "vitest";
import { HonoWorld, statusOf } from "./hono-world.ts";

const modified = "Sat, 28 Nov 2026 10:00:00 GMT";

test("a response without an ETag gets one, and a request that knows it gets 304", async () => {
  const app = new HonoWorld().createApp((c) => c.text("hello", 200, { "Cache-Control": "max-age=60" }));
  const etag = (await app.request("/")).headers.get("ETag")!;
  expect(etag).toMatch(/^W\/"[\da-f]{64}"$/);
  const response = await app.request("/", { headers: { "If-None-Match": `"other", ${etag}` } });
  expect([response.status, await response.text()]).toEqual([304, ""]);
  expect(Object.fromEntries(response.headers)).toEqual({
    age: "0",
    "cache-control": "max-age=60",
    "cache-status": 'reprise; hit; ttl=3600; key="responses/http://localhost/"',
    etag,
  });
});

test.each([
  [{ "If-None-Match": '"one"' }, 304],
  [{ "If-None-Match": 'W/"one"' }, 304],
  [{ "If-None-Match": "*" }, 304],
  [{ "If-None-Match": '"two"' }, 200],
  [{ "If-None-Match": "one" }, 200],
  [{ "If-Modified-Since": modified }, 304],
  [{ "If-Modified-Since": "Sat, 28 Nov 2026 09:59:59 GMT" }, 200],
  [{ "If-Modified-Since": "yesterday" }, 200],
  [{ "If-None-Match": '"two"', "If-Modified-Since": modified }, 200],
] as const)("%j is answered with %i, by a new response and by a kept one", async (conditions, status) => {
  const asked: (string | undefined)[] = [];
  const app = new HonoWorld().createApp((c) => {
    asked.push(c.req.header("If-None-Match"), c.req.header("If-Modified-Since"));
    return c.text("hello", 200, { ETag: '"one"', "Last-Modified": modified });
  });
  const headers = new Headers(Object.entries(conditions));
  const [first, second] = [await app.request("/", { headers }), await app.request("/", { headers })];
  expect([first.status, second.status]).toEqual([status, status]);
  const made = status === 304 ? "fwd=uri-miss; fwd-status=200" : "fwd=uri-miss";
  expect([statusOf(first), statusOf(second)]).toEqual([`reprise; ${made}; stored; ttl=3600`, "reprise; hit; ttl=3600"]);
  // the handler makes a whole response for the others
  expect(asked).toEqual([undefined, undefined]);
  expect(await (await app.request("/")).text()).toBe("hello");
});

test("only-if-cached gets a kept response or 504, and runs nothing", async () => {
  let runs = 0;
  const app = new HonoWorld().createApp((c) => c.text(String(++runs)));
  const headers = { "Cache-Control": "only-if-cached" };
  const missing = await app.request("/", { headers });
  expect([missing.status, statusOf(missing), runs]).toEqual([504, "reprise; detail=only-if-cached", 0]);
  await app.request("/");
  expect(await (await app.request("/", { headers })).text()).toBe("1");
});

test("a response to a request with no-store is not kept, and a kept one answers it", async () => {
  let runs = 0;
  const app = new HonoWorld().createApp((c) => c.text(String(++runs)));
  const headers = { "Cache-Control": "no-store" };
  expect(statusOf(await app.request("/", { headers }))).toBe("reprise; fwd=uri-miss");
  expect(await (await app.request("/")).text()).toBe("2");
  expect(await (await app.request("/", { headers })).text()).toBe("2");
});

test.each(["no-cache", "max-age=0", "max-stale=9", "min-fresh=9999"])(
  "%s of a request runs no handler",
  async (control) => {
    let runs = 0;
    const app = new HonoWorld().createApp((c) => c.text(String(++runs)));
    await app.request("/");
    const response = await app.request("/", { headers: { "Cache-Control": control, Pragma: "no-cache" } });
    expect([await response.text(), statusOf(response)]).toEqual(["1", "reprise; hit; ttl=3600"]);
  },
);

test("Vary names the headers that a response depends on, each once", async () => {
  const app = new HonoWorld().createApp(
    (c) => c.text(c.req.header("Accept-Language") ?? "none", 200, { Vary: "Accept-Language" }),
    {
      vary: ["Accept-Language", "X-Theme"],
    },
  );
  const get = async (headers: Record<string, string>) => {
    const response = await app.request("/", { headers });
    return [await response.text(), response.headers.get("Vary")];
  };
  const vary = "Accept-Language, x-theme";
  expect(await get({ "Accept-Language": "nb" })).toEqual(["nb", vary]);
  expect(await get({ "Accept-Language": "en" })).toEqual(["en", vary]);
  expect(await get({})).toEqual(["none", vary]);
  expect(await get({ "accept-language": "nb" })).toEqual(["nb", vary]);
});

test("Vary is told to caches in front by a response that is not kept too", async () => {
  let runs = 0;
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const app = new HonoWorld().createApp(
    async (c) => {
      if (++runs > 1) return c.text("map", 200, { "Cache-Control": "max-age=60" });
      begun.resolve();
      await done.promise;
      return c.text("failed", 500);
    },
    { vary: ["accept-language"] },
  );
  const varyOf = async (init: RequestInit) => (await app.request("/", init)).headers.get("Vary");
  const failed = varyOf({});
  await begun.promise;
  const waited = varyOf({});
  done.resolve();
  expect([await failed, await waited]).toEqual(["accept-language", "accept-language"]);
  expect(await varyOf({ headers: { "Cache-Control": "no-store" } })).toBe("accept-language");
  expect(await varyOf({ headers: { Cookie: "theme=dark" } })).toBe("accept-language");
});

test.each([
  ['say "a\\b"', 'responses/say \\"a\\\\b\\"'],
  ["city\n\u00e5", "responses/city%0A%C3%A5"],
  ["\ud83d\ude00", "responses/%F0%9F%98%80"],
  ["\ud83d", expect.stringMatching(/^responses\/~[\da-f]{64}$/)],
  ["x".repeat(1_100), expect.stringMatching(/^responses\/~[\da-f]{64}$/)],
])("the key %j is told in printable ASCII", async (key, told: unknown) => {
  const app = new HonoWorld().createApp((c) => c.text("hi"), { key: () => key });
  await app.request("/");
  const { headers } = await app.request("/");
  expect(/^reprise; hit; ttl=3600; key="(.*)"$/.exec(headers.get("Cache-Status")!)?.[1]).toEqual(told);
});

test("the Cache-Status of caches behind comes before", async () => {
  const app = new HonoWorld().createApp((c) => c.text("hi", 200, { "Cache-Status": "Origin; hit" }));
  await app.request("/");
  expect((await app.request("/")).headers.get("Cache-Status")).toMatch(/^Origin; hit, reprise; hit; ttl=3600; key="/);
});

test("a key of the app that looks like the hash of a long key is another key", async () => {
  const app = new HonoWorld().createApp((c) => c.text(c.req.query("key")!), { key: (c) => c.req.query("key")! });
  const get = async (key: string) => app.request(`/?key=${encodeURIComponent(key)}`);
  const long = "x".repeat(1_100);
  const { headers } = await get(long);
  const hash = /~[\da-f]{64}/.exec(headers.get("Cache-Status")!)![0];
  expect(await (await get(hash)).text()).toBe(hash);
  expect(await (await get(long)).text()).toBe(long);
});
