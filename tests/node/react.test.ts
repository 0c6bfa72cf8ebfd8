import { createElement as h, Suspense } from "react";
import { renderToPipeableStream, renderToString } from "react-dom/server";
import { text } from "node:stream/consumers";
import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { createResultStore, task } from "../../src/node/index.ts";
import { useResult, useSuspenseResult } from "../../src/integrations/react/index.ts";

const store = createResultStore();

test("a server renders useResult as pending, and computes nothing", async () => {
  const compute = vi.fn(() => "seven");
  const answer = task(compute, { name: "answer", version: "1", parameters: [] });
  function Page() {
    return h("p", null, useResult(store, "pending", compute).status, useResult(answer, []).status);
  }
  expect(renderToString(h(Page))).toBe("<p>pending<!-- -->pending</p>");
  await store.write("pending", "kept");
  expect(renderToString(h(Page))).toBe("<p>pending<!-- -->pending</p>");
  expect(compute).not.toHaveBeenCalled();
});

async function stream(page: ReturnType<typeof h>): Promise<{ html: string; errors: unknown[] }> {
  const [body, errors] = [new PassThrough(), [] as unknown[]];
  const rendering = renderToPipeableStream(page, {
    onAllReady: () => rendering.pipe(body),
    onError: (error) => void errors.push(error),
  });
  return { html: await text(body), errors };
}

test("a server waits for useSuspenseResult, and all its visitors share one computation", async () => {
  const compute = vi.fn(async () => "seven");
  const Value = () => h("b", null, useSuspenseResult(store, "streamed", compute).value);
  const page = h(Suspense, { fallback: "waiting" }, h(Value), h(Value));
  for (const { html, errors } of await Promise.all([stream(page), stream(page)])) {
    expect(html).toContain("<b>seven</b><b>seven</b>");
    expect(errors).toEqual([]);
  }
  expect(compute).toHaveBeenCalledTimes(1);
});

test("an error on a server leaves the fallback to the page", async () => {
  const Value = () => h("b", null, useSuspenseResult(store, "failing", () => Promise.reject(new Error("no"))).value);
  const { html, errors } = await stream(h(Suspense, { fallback: "waiting" }, h(Value)));
  expect(html).toContain("waiting");
  expect(errors).toEqual([new Error("no")]);
});

test("a visitor that comes later gets the value of then", async () => {
  let count = 0;
  const keepShort = { expiresIn: 20 };
  const Value = () => h("b", null, useSuspenseResult(store, "short-lived", () => ++count, keepShort).value);
  const page = h(Suspense, { fallback: "waiting" }, h(Value));
  expect((await stream(page)).html).toContain("<b>1</b>");
  await expect.poll(() => store.exists("short-lived")).toBe(false);
  expect((await stream(page)).html).toContain("<b>2</b>");
});

test("a result that is not kept is computed once for each component", async () => {
  const compute = vi.fn(async () => "seven");
  const Value = () => h("b", null, useSuspenseResult(store, "unkept", compute, { keep: () => false }).value);
  expect((await stream(h(Suspense, { fallback: "waiting" }, h(Value)))).html).toContain("<b>seven</b>");
  expect(compute).toHaveBeenCalledTimes(1);
});

test("a component with two results computes each of them once", async () => {
  const [first, second] = [vi.fn(async () => "one"), vi.fn(async () => "two")];
  const unkept = { keep: () => false };
  function Value() {
    const one = useSuspenseResult(store, "first of two", first, unkept);
    const two = useSuspenseResult(store, "second of two", second, unkept);
    return h("b", null, `${one.value} ${two.value}`);
  }
  expect((await stream(h(Suspense, { fallback: "waiting" }, h(Value)))).html).toContain("<b>one two</b>");
  expect([first, second].map((compute) => compute.mock.calls.length)).toEqual([1, 1]);
});
