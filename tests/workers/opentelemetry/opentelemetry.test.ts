import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { StoreListener } from "../../../src/core/events/store-event.ts";
import { createResultStore, task, transaction } from "../../../src/edge/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { namesOf, treesOf } from "../../node/opentelemetry/span-trees.ts";
import { createTelemetryWorld } from "../../node/opentelemetry/telemetry-world.ts";

/** Two stores over KV, R2 and Durable Objects, as two isolates have them, with one listener. */
function openIsolates() {
  const world = createTelemetryWorld();
  const events: string[] = [];
  const onEvent: StoreListener = (event) => (world.report(event), void events.push(event.type));
  const [store, other] = [1, 2].map(() => createResultStore({ env, onEvent }));
  return { ...world, events, store: store!, other: other! };
}

test("a call that waits for the lock in a Durable Object is below the active span, and gets the result from KV or R2", async () => {
  const { spans, tracer, points, events, store, other } = openIsolates();
  const [started, go] = [gate(), gate()];
  const first = store.getOrCompute("traced", async () => (started.open(), await go.opened, 1));
  await started.opened;
  const second = tracer.startActiveSpan("request", async (request) => {
    await Promise.resolve();
    const value = await other.getOrCompute("traced", () => 2);
    request.end();
    return value;
  });
  await vi.waitFor(() => expect(events).toContain("lock-wait"));
  go.open();
  expect([await first, await second]).toEqual([1, 1]);
  const request = treesOf(spans()).find(({ name }) => name === "request")!;
  expect(namesOf([request])).toEqual(["request", ["getOrCompute", ["look", "lock wait", "look"]]]);
  const { "reprise.source": source, "reprise.storage": storage } = request.children[0]!.attributes;
  expect([source, ["kv", "r2"].includes(storage as string)]).toEqual(["waited", true]);
  expect((await points("reprise.lock.wait.duration")).points).toMatchObject([{ value: { count: 1 } }]);
  expect((await points("reprise.call.duration")).points).toMatchObject([
    { attributes: { "reprise.source": "computed" }, value: { count: 1 } },
    { attributes: { "reprise.source": "waited" }, value: { count: 1 } },
  ]);
});

test("tasks in a transaction are spans, also one that fails", async () => {
  const { spans, store } = openIsolates();
  const work = task(
    async (name: string) => {
      await scheduler.wait(1);
      if (name === "bad") throw new RangeError("no");
      return name;
    },
    { name: "traced", store },
  );
  const both = transaction({ store }, async () => [await work("good"), await work("bad")]);
  await expect(both).rejects.toThrow("no");
  const calls = treesOf(spans()).map(({ attributes, children }) => ({ ...attributes, parts: namesOf(children) }));
  expect(calls).toMatchObject([
    { "reprise.source": "computed", parts: ["look", "compute"] },
    { "error.type": "RangeError", parts: ["look", "compute"] },
  ]);
});
