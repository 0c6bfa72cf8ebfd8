import { createElement as h, Suspense } from "react";
import { renderToReadableStream } from "react-dom/server";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createResultStore } from "../../../src/edge/index.ts";
import { useSuspenseResult } from "../../../src/integrations/react/index.ts";

const render = async (page: ReturnType<typeof h>) => new Response(await renderToReadableStream(page)).text();

test("a Worker renders useSuspenseResult, and a later rendering finds a change", async () => {
  const store = createResultStore({ env });
  let count = 0;
  const Value = () => h("b", null, useSuspenseResult(store, "rendered", () => ++count).value);
  const page = h(Suspense, { fallback: "waiting" }, h(Value), h(Value));
  expect(await render(page)).toContain("<b>1</b><b>1</b>");
  await store.invalidate(["rendered"]);
  expect(await render(page)).toContain("<b>2</b><b>2</b>");
});
