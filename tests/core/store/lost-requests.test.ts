import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { createStore } from "../../stores.ts";

// What is left of a request that is gone: promises that never settle, and no timers.

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  // in this order: a spy that Vitest restores later puts the fake timers back, also for the files after this one
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const never = (): Promise<never> => new Promise(() => {});

/** Runs what a request does until it waits for something, and gives what takes its timers away. */
async function request(run: () => void): Promise<() => void> {
  const spy = vi.spyOn(globalThis, "setInterval");
  run();
  await vi.advanceTimersByTimeAsync(0);
  const timers = spy.mock.results.map(({ value }) => value as ReturnType<typeof setInterval>);
  spy.mockRestore();
  return () => timers.forEach((timer) => clearInterval(timer));
}

function world() {
  const events: StoreEvent[] = [];
  const store = createStore({ waitUntil: () => {}, onEvent: (event) => events.push(event) });
  return { store, events };
}

test("who joined a call of a request that is gone computes itself, within seconds", async () => {
  const { store, events } = world();
  const end = await request(() => void store.getOrCompute("k", never));
  const joined = store.getOrCompute("k", () => "anew");
  await vi.advanceTimersByTimeAsync(10_000);
  end();
  expect(events.filter(({ type }) => type === "compute-start")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await joined).toBe("anew");
});

test("who comes once it has been gone for a while computes at once", async () => {
  const { store } = world();
  const end = await request(() => void store.getOrCompute("k", never));
  end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await store.getOrCompute("k", () => "anew")).toBe("anew");
});

test("many who joined it begin anew together", async () => {
  const { store, events } = world();
  const end = await request(() => void store.getOrCompute("k", never));
  const joined = Promise.all([1, 2, 3].map((i) => store.getOrCompute<number>("k", () => i)));
  end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(new Set(await joined).size).toBe(1);
  expect(events.filter(({ type }) => type === "compute-start")).toHaveLength(2);
});

test("a request that takes long is waited for, as long as it is there", async () => {
  const { store } = world();
  const { promise, resolve } = Promise.withResolvers<string>();
  void store.getOrCompute("k", () => promise);
  const joined = store.getOrCompute("k", () => "anew");
  await vi.advanceTimersByTimeAsync(600_000);
  resolve("first");
  expect(await joined).toBe("first");
});

test("no timer is left once all have their answer", async () => {
  const { store } = world();
  await Promise.all([1, 2, 3].map((i) => store.getOrCompute("k", () => i)));
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("without waitUntil there are no requests to end, and no timers", async () => {
  const store = createStore();
  void store.getOrCompute("k", never);
  void store.getOrCompute("k", never);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});
