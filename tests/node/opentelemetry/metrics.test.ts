import { metrics } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { openTelemetryReporter } from "../../../src/integrations/opentelemetry/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createMemoryWorld } from "../../memory-world.ts";
import { createMetricReader, createTelemetryWorld } from "./telemetry-world.ts";

const never = () => new Promise<never>(() => {});

test("calls are counted and timed in seconds, by the source of their answers", async () => {
  const { report, points } = createTelemetryWorld();
  const world = createMemoryWorld();
  const store = world.createStore({ onEvent: report });
  await Promise.all([1, 2].map(() => store.getOrCompute("k", async () => 1)));
  for (const _ of [1, 2]) await store.getOrCompute("k", never);
  await world.createStore({ onEvent: report }).getOrCompute("k", never);
  await store.getOrCompute("fails", () => Promise.reject(new RangeError("no"))).catch(() => {});
  const calls = await points("reprise.call.duration");
  expect(calls.unit).toBe("s");
  expect(calls.points.map(({ attributes, value }) => [attributes, value])).toEqual(
    expect.arrayContaining([
      [{ "reprise.source": "computed" }, expect.objectContaining({ count: 1 })],
      [{ "reprise.source": "joined" }, expect.objectContaining({ count: 1 })],
      [{ "reprise.source": "memory" }, expect.objectContaining({ count: 2 })],
      [{ "reprise.source": "storage" }, expect.objectContaining({ count: 1 })],
      [{ "error.type": "RangeError" }, expect.objectContaining({ count: 1 })],
    ]),
  );
});

test("a computation of 50 ms takes about 0.05 s, and is in flight meanwhile", async () => {
  const { report, points } = createTelemetryWorld();
  const store = createMemoryWorld().createStore({ onEvent: report });
  const [started, end] = [gate(), gate()];
  const before = performance.now();
  const call = store.getOrCompute("k", async () => (started.open(), end.opened));
  await started.opened;
  expect((await points("reprise.active_computations")).points).toEqual([{ attributes: {}, value: 1 }]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  end.open();
  await call;
  const took = (performance.now() - before) / 1_000;
  expect((await points("reprise.active_computations")).points).toEqual([{ attributes: {}, value: 0 }]);
  const { unit, points: computations } = await points("reprise.compute.duration");
  expect([unit, computations.length]).toEqual(["s", 1]);
  const { sum } = computations[0]!.value as { sum: number };
  expect(sum).toBeGreaterThan(0.045);
  expect(sum).toBeLessThanOrEqual(took);
});

test("from the events alone: milliseconds become seconds, and a function that ended and then failed is counted once", async () => {
  const { report, points } = createTelemetryWorld();
  const call = { key: "k", call: 1 };
  report({ type: "call-start", ...call });
  report({ type: "look", ...call, duration: 250 });
  report({ type: "compute-start", ...call, holder: "h" });
  report({ type: "compute-end", ...call, holder: "h", duration: 1 });
  report({ type: "compute-error", ...call, holder: "h", error: new Error("a hook") });
  report({ type: "write", ...call, size: 1, duration: 500 });
  report({ type: "done", ...call, source: "computed", duration: 1_500 });
  report({ type: "call-error", key: "k", call: 2, error: new Error("no"), duration: 2_500 });
  const sums = async (name: string) => (await points(name)).points.map(({ value }) => (value as { sum: number }).sum);
  expect(await sums("reprise.call.duration")).toEqual([1.5, 2.5]);
  expect([...(await sums("reprise.look.duration")), ...(await sums("reprise.write.duration"))]).toEqual([0.25, 0.5]);
  expect((await points("reprise.active_computations")).points).toEqual([{ attributes: {}, value: 0 }]);
  expect((await points("reprise.compute.duration")).points).toMatchObject([{ value: { count: 1 } }]);
});

test("misses are counted by their reason", async () => {
  const { report, points } = createTelemetryWorld();
  const world = createMemoryWorld();
  let now = 0;
  const store = world.createStore({ onEvent: report, now: () => now });
  await store.getOrCompute("k", () => 1, { expiresIn: 10 });
  now = 20;
  await store.getOrCompute("k", () => 1, { expiresIn: 10 });
  await store.getOrCompute("k", () => 1, { refresh: true });
  await world.putBytes("k", Uint8Array.of(1, 2, 3));
  await world.createStore({ onEvent: report, now: () => now }).getOrCompute("k", () => 1);
  const reasons = (await points("reprise.misses")).points.map(({ attributes, value }) => [
    attributes["reprise.miss.reason"],
    value,
  ]);
  expect(Object.fromEntries(reasons)).toEqual({ absent: 1, expired: 1, refresh: 1, corrupt: 1 });
});

test("the bytes and the times of writes are those of all records, also of those written by hand", async () => {
  const { report, points } = createTelemetryWorld();
  const store = createMemoryWorld().createStore({ onEvent: report });
  const { metadata } = await store.write("by hand", "x".repeat(1_000));
  await store.getOrCompute("computed", () => "x".repeat(1_000));
  const { unit, points: sizes } = await points("reprise.write.size");
  expect([unit, sizes.map(({ value }) => value)]).toEqual([
    "By",
    [expect.objectContaining({ count: 2, sum: 2 * metadata.size! })],
  ]);
  expect((await points("reprise.write.duration")).points).toMatchObject([{ value: { count: 2 } }]);
});

test("a wait for a lock is timed, whether it ends with the lock or with the result of its holder", async () => {
  const { report, points } = createTelemetryWorld();
  const world = createMemoryWorld();
  const other = world.createStore();
  const events: string[] = [];
  const store = world.createStore({ onEvent: (event) => (report(event), void events.push(event.type)) });
  for (const keeps of [true, false]) {
    const key = `k/${keeps}`;
    events.length = 0;
    const grant = await other.acquireLock(key);
    const call = store.getOrCompute(key, () => "mine");
    await vi.waitFor(() => expect(events).toContain("lock-wait"));
    if (keeps) await other.write(key, "theirs", { holder: grant!.holder });
    await other.releaseLock(key, grant!);
    expect(await call).toBe(keeps ? "theirs" : "mine");
  }
  const { unit, points: waits } = await points("reprise.lock.wait.duration");
  expect([unit, waits]).toMatchObject(["s", [{ attributes: {}, value: { count: 2 } }]]);
});

test("failures that no caller sees are counted by their event", async () => {
  const { report, points } = createTelemetryWorld();
  const resultStorage = Object.assign(new MemoryStorage(), { write: () => Promise.reject(new TypeError("no")) });
  const store = createMemoryWorld().createStore({ onEvent: report, resultStorage });
  await store.getOrCompute("k", () => 1);
  const attributes = { "reprise.event": "write-error", "error.type": "TypeError" };
  expect((await points("reprise.troubles")).points).toEqual([{ attributes, value: 1 }]);
});

test("neither many keys nor many names of errors make many time series", async () => {
  const { report, points } = createTelemetryWorld();
  const store = createMemoryWorld().createStore({ onEvent: report });
  for (let i = 0; i < 200; i++) {
    const error = Object.assign(new Error("no"), { name: `Error${i}` });
    await store.getOrCompute(`bad/${i}`, () => Promise.reject(error)).catch(() => {});
    await store.getOrCompute(`good/${i}`, () => i);
  }
  const calls = (await points("reprise.call.duration")).points;
  expect(calls.length).toBeLessThanOrEqual(52);
  expect(calls.find(({ attributes }) => attributes["error.type"] === "_OTHER")).toBeDefined();
  expect(JSON.stringify(calls)).not.toContain("good/");
});

test("without options the numbers go to the global provider, also to one that is registered later", async () => {
  const report = openTelemetryReporter();
  const store = createMemoryWorld().createStore({ onEvent: report });
  await store.getOrCompute("early", () => 1);
  const { provider, points } = createMetricReader();
  metrics.setGlobalMeterProvider(provider);
  onTestFinished(() => metrics.disable());
  await store.getOrCompute("late", () => 1);
  expect((await points("reprise.misses")).points).toEqual([
    { attributes: { "reprise.miss.reason": "absent" }, value: 1 },
  ]);
});
