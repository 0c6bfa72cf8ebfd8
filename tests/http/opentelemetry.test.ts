import { beforeAll, expect, test } from "vitest";
import { WranglerServer } from "../demo/wrangler-server.ts";
import { namesOf, type SpanTree } from "../node/opentelemetry/span-trees.ts";

// Over HTTP each request has a context of its own in workerd, which ends with the request.

let server: WranglerServer;
beforeAll(async () => {
  server = await WranglerServer.start({ args: ["--config", "tests/workers/opentelemetry/wrangler.toml"] });
  return () => server.close();
}, 60_000);

interface Telemetry {
  readonly spans: readonly SpanTree[];
  readonly metrics: Readonly<Record<string, readonly { attributes: object; value: unknown }[]>>;
}

const get = async (path: string) => (await fetch(server.origin + path)).text();
const telemetry = async () => JSON.parse(await get("/telemetry")) as Telemetry;
const spansOf = async (path: string) => (await telemetry()).spans.filter(({ name }) => name === path);
const sourcesOf = (requests: readonly SpanTree[]) =>
  requests.map(({ children }) => children.map(({ attributes }) => attributes["reprise.source"]));
const countOf = (requests: readonly SpanTree[], name: string): number =>
  requests.reduce((count, span) => count + Number(span.name === name) + countOf(span.children, name), 0);

test("the spans of a call are below the span of its request, and those of the function below compute", async () => {
  for (const _ of [1, 2]) await get("/maps/oslo");
  const [first, second] = await spansOf("/maps/oslo");
  expect(sourcesOf([first!, second!])).toEqual([["computed"], ["memory"]]);
  expect(namesOf([first!])).toEqual([
    "/maps/oslo",
    ["getOrCompute", expect.arrayContaining(["compute", ["draw"], "write"])],
  ]);
});

test("requests that come together have a span each, and one of them computes", async () => {
  await Promise.all(Array.from({ length: 10 }, async () => get("/maps/together")));
  await expect.poll(async () => countOf(await spansOf("/maps/together"), "write")).toBe(1);
  const requests = await spansOf("/maps/together");
  expect(requests.map((request) => countOf([request], "getOrCompute"))).toEqual(requests.map(() => 1));
  expect([requests.length, countOf(requests, "compute"), countOf(requests, "draw")]).toEqual([10, 1, 1]);
});

test("a computation that goes on after its response is in the trace of the request", async () => {
  await get("/stale/1");
  await expect
    .poll(async () => (await get("/stale/1"), countOf(await spansOf("/stale/1"), "compute")))
    .toBeGreaterThan(1);
  const [first, ...later] = await spansOf("/stale/1");
  expect(sourcesOf([first!])).toEqual([["computed"]]);
  const refreshed = later.find((request) => countOf([request], "compute") === 1);
  expect(refreshed!.children[0]!.attributes).toMatchObject({ "reprise.stale": true });
});

test("calls are counted, and no function runs any more at the end", async () => {
  await get("/maps/counted");
  const { metrics } = await telemetry();
  expect(metrics["reprise.call.duration"]).toContainEqual({
    attributes: { "reprise.source": "computed" },
    value: expect.objectContaining({ sum: expect.any(Number) as number }) as object,
  });
  await expect
    .poll(async () => (await telemetry()).metrics["reprise.active_computations"])
    .toEqual([{ attributes: {}, value: 0 }]);
});
