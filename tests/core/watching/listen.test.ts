import { expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { listen } from "../../../src/core/watching/listen.ts";
import { createStore } from "../../stores.ts";

const typesOf = (events: readonly StoreEvent[]) => events.map(({ type }) => type);

test("a listener that comes later hears all events, beside onEvent, until it stops", async () => {
  const own: StoreEvent[] = [];
  const later: StoreEvent[] = [];
  const store = createStore({ onEvent: (event) => own.push(event) });
  await store.write("before", 1);
  const stop = listen(store, (event) => later.push(event));
  await store.getOrCompute("k", () => 1);
  await store.getOrCompute("k", () => 1);
  const heard = typesOf(later);
  expect(heard).toContain("compute-end");
  expect(heard.at(-1)).toBe("done");
  expect(typesOf(own)).toEqual(["write", ...heard]);
  stop();
  await store.write("after", 1);
  expect(typesOf(later)).toEqual(heard);
  expect(typesOf(own).at(-1)).toBe("write");
});

test("a store without a listener creates no events, before a listener comes and after it has gone", async () => {
  const store = createStore();
  expect(store.onEvent).toBeUndefined();
  const stop = listen(store, () => {});
  expect(store.onEvent).toBeDefined();
  stop();
  stop();
  expect(store.onEvent).toBeUndefined();
});

test("a listener hears of the stores that withOptions made, before and after, each event once", async () => {
  const store = createStore();
  const before = store.withOptions({ maxResultBytes: 1e6 });
  const events: StoreEvent[] = [];
  const stop = listen(store, (event) => events.push(event));
  const after = store.withOptions({ maxResultBytes: 1e6 });
  for (const each of [store, before, after]) await each.write("k", 1);
  expect(typesOf(events)).toEqual(["write", "write", "write"]);

  const own: StoreEvent[] = [];
  const apart = store.withOptions({ onEvent: (event) => own.push(event) });
  await apart.write("k", 2);
  expect([events.length, own.length]).toEqual([3, 1]);
  const forwarding = store.withOptions({ onEvent: (event) => store.onEvent?.(event) });
  await forwarding.write("k", 3);
  expect(events).toHaveLength(4);
  stop();
  await after.write("k", 4);
  expect(events).toHaveLength(4);
});

test("a listener that throws fails no call, and no other listener", async () => {
  const reported = vi.fn<(error: unknown) => void>();
  vi.stubGlobal("reportError", reported);
  const store = createStore();
  const heard: StoreEvent[] = [];
  const fault = new Error("mine");
  listen(store, () => {
    throw fault;
  });
  listen(store, (event) => heard.push(event));
  await store.write("k", 1);
  expect(typesOf(heard)).toEqual(["write"]);
  expect(reported).toHaveBeenCalledWith(fault);
  vi.unstubAllGlobals();
});

test("anything but a store and a function is refused", () => {
  expect(() => listen({} as never, () => {})).toThrow("listen needs a ResultStore as its first argument; got object");
  expect(() => listen(createStore(), "x" as never)).toThrow("listen needs a function as listener; got string");
});
