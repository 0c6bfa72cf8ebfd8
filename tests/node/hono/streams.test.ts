import { expect, test } from "vitest";
import { readUpTo } from "../../../src/integrations/hono/kept-response.ts";
import { HonoWorld, openStream, statusOf } from "./hono-world.ts";

const decoder = new TextDecoder();

test("a stream reaches its request piece by piece, and others get it whole", async () => {
  const world = new HonoWorld();
  const { stream, send, end } = openStream();
  const app = world.createApp(() => new Response(stream));
  const first = await app.request("/");
  expect(statusOf(first)).toBe("reprise; fwd=uri-miss; stored; ttl=3600");
  const reader = first.body!.getReader();
  send("one, ");
  expect(decoder.decode((await reader.read()).value)).toBe("one, ");
  const second = app.request("/");
  send("two");
  expect(decoder.decode((await reader.read()).value)).toBe("two");
  end();
  expect((await reader.read()).done).toBe(true);
  expect(await (await second).text()).toBe("one, two");
  expect(statusOf(await second)).toBe("reprise; fwd=miss; collapsed; ttl=3600");
  expect(await (await app.request("/")).text()).toBe("one, two");
});

test("a stream beyond the limit is passed on whole and not kept, with an event", async () => {
  const world = new HonoWorld();
  let runs = 0;
  const streams = [openStream(), openStream()];
  const app = world.createApp(() => new Response(streams[runs++]!.stream), { maxBytes: 5 });
  const first = await app.request("/");
  const reader = first.body!.getReader();
  streams[0]!.send("12345");
  expect(decoder.decode((await reader.read()).value)).toBe("12345");
  const second = app.request("/");
  streams[0]!.send("6");
  expect(decoder.decode((await reader.read()).value)).toBe("6");
  // the first stream still goes on, and the second request waits for it no longer
  expect(statusOf(await second)).toBe("reprise; fwd=miss; collapsed=?0; detail=too-large");
  streams[1]!.send("another one");
  streams[1]!.end();
  expect(await (await second).text()).toBe("another one");
  streams[0]!.send("7");
  streams[0]!.end();
  expect(decoder.decode((await reader.read()).value)).toBe("7");
  expect((await reader.read()).done).toBe(true);
  const unkept = world.events.filter(({ type }) => type === "write-error");
  expect(unkept).toMatchObject([{ key: "responses/http://localhost/", error: { code: "CONFIGURATION" } }]);
  expect(String((unkept[0] as { error: unknown }).error)).toContain("maxBytes");
});

test("beyond the limit, a slow reader slows the handler down, and one that leaves ends it", async () => {
  let pulled = 0;
  const left = Promise.withResolvers<unknown>();
  const stream = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1_000));
      },
      cancel: (reason) => left.resolve(reason),
    });
  const app = new HonoWorld().createApp(() => new Response(stream()), { maxBytes: 10_000 });
  const response = await app.request("/");
  await expect.poll(() => pulled).toBeGreaterThan(10);
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(pulled).toBeLessThan(20);
  await response.body!.cancel("gone");
  await left.promise;
});

test("a body of exactly maxBytes is kept, one byte more is not", async () => {
  const app = new HonoWorld().createApp((c) => c.text("x".repeat(Number(c.req.query("size")))), { maxBytes: 5 });
  for (const [size, status] of [
    [5, "hit; ttl=3600"],
    [6, "fwd=miss; detail=too-large"],
  ] as const) {
    await app.request(`/?size=${size}`);
    expect(statusOf(await app.request(`/?size=${size}`))).toBe(`reprise; ${status}`);
  }
});

test("a request that takes the bytes of its stream away leaves those of the others", async () => {
  const { stream, send, end } = openStream();
  const app = new HonoWorld().createApp(() => new Response(stream));
  const reader = (await app.request("/")).body!.getReader();
  send("for all");
  const { value } = await reader.read();
  structuredClone(value, { transfer: [value!.buffer] });
  end();
  expect(await (await app.request("/")).text()).toBe("for all");
});

test("the answer 304 ends a stream that nobody else needs", async () => {
  const left = Promise.withResolvers<void>();
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(100)),
      cancel: () => left.resolve(),
    });
  const app = new HonoWorld().createApp(() => new Response(endless(), { headers: { ETag: '"1"' } }), {
    maxBytes: 1_000,
  });
  const response = await app.request("/", { headers: { "If-None-Match": '"1"' } });
  expect(response.status).toBe(304);
  await left.promise;
});

test("a length that is announced beyond the limit is not read at all", async () => {
  const world = new HonoWorld();
  const { stream } = openStream();
  const app = world.createApp(() => new Response(stream, { headers: { "Content-Length": "6" } }), { maxBytes: 5 });
  expect(statusOf(await app.request("/"))).toBe("reprise; fwd=uri-miss; detail=too-large");
});

test("a reader that leaves doesn't take the response from the others", async () => {
  const world = new HonoWorld();
  const { stream, send, end } = openStream();
  const app = world.createApp(() => new Response(stream));
  const first = await app.request("/");
  const second = app.request("/");
  void first.body!.cancel();
  send("for others");
  end();
  expect(await (await second).text()).toBe("for others");
});

test("a stream that breaks off is not kept, and those that waited run their own handlers", async () => {
  const world = new HonoWorld();
  const broken = openStream();
  let runs = 0;
  const app = world.createApp((c) => (runs++ === 0 ? new Response(broken.stream) : c.text("whole")));
  const first = await app.request("/");
  const second = app.request("/");
  broken.send("ha");
  broken.fail(new Error("the source is gone"));
  await expect(first.text()).rejects.toThrow("the source is gone");
  expect(await (await second).text()).toBe("whole");
  expect(await (await app.request("/")).text()).toBe("whole");
});

test("a stream that breaks off at once is not said to be stored", async () => {
  const broken = openStream();
  broken.fail(new Error("the source is gone"));
  const response = await new HonoWorld().createApp(() => new Response(broken.stream)).request("/");
  expect(statusOf(response)).toBe("reprise; fwd=uri-miss");
  await expect(response.text()).rejects.toThrow("the source is gone");
});

test("a body that doesn't end is not waited for beyond a time", async () => {
  const { stream, send, end } = openStream();
  const [own, copy] = stream.tee();
  send("begun");
  expect(await readUpTo(copy, 100, 10)).toBe("too-slow");
  const [other, limitless] = own.tee();
  const read = readUpTo(limitless, 100, 0);
  end();
  expect(await new Response(other).text()).toBe("begun");
  expect(decoder.decode((await read) as Uint8Array)).toBe("begun");
});
