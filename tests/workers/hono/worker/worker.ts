import { Hono } from "hono";
import { cachedResponse } from "../../../../src/integrations/hono/index.ts";
import { createResultStore } from "../../../../workers/edge.ts";

export { ResultInvalidations, ResultLock } from "../../../../workers/entry.ts";

const store = createResultStore({ onEvent: () => {} });
const app = new Hono();
let runs = 0;

const pause = () => scheduler.wait(300);

app.get("/slow/:id", cachedResponse({ store, expiresIn: "1h" }), async (c) => {
  await pause();
  return c.text(`run ${++runs}`);
});

app.get("/stale/:id", cachedResponse({ store, expiresIn: "1s", staleWhileRevalidate: "1d" }), async (c) => {
  await pause();
  return c.text(`run ${++runs}`);
});

app.get("/private/:id", cachedResponse({ store, expiresIn: "1h" }), async (c) => {
  await pause();
  return c.text(`for ${c.req.header("X-User")}`, 200, { "Cache-Control": "private" });
});

/** A body of `parts` pieces of 100,000 bytes, each the letter of its place. */
app.get("/stream/:parts", cachedResponse({ store, expiresIn: "1h", maxBytes: 1_000_000 }), (c) => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const send = async () => {
    const writer = writable.getWriter();
    for (let i = 0; i < Number(c.req.param("parts")); i++) {
      await writer.write(new Uint8Array(100_000).fill(97 + i));
      if (i < 3) await pause();
    }
    await writer.close();
  };
  c.executionCtx.waitUntil(send().catch(() => {}));
  return new Response(readable, { headers: { "X-Run": String(++runs) } });
});

/** A body that the handler has compressed itself, or one that workerd compresses. */
app.get("/gzip/:by", cachedResponse({ store, expiresIn: "1h" }), async (c) => {
  const headers = { "Content-Encoding": "gzip", "Content-Type": "text/plain" };
  const plain = new Blob(["compressed once"]).stream();
  if (c.req.param("by") === "workerd") return new Response(plain, { headers });
  return new Response(plain.pipeThrough(new CompressionStream("gzip")), { headers, encodeBody: "manual" });
});

export default app;
