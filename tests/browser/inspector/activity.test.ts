import { expect, test, vi } from "vitest";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type * as OtherContexts from "../../../src/inspector/activity/other-contexts.ts";
import { createStore } from "../../stores.ts";
import { startFrame } from "../contexts/start-context.ts";
import { freshStore, InspectorPage } from "./inspector-page.ts";

const items = (inspector: InspectorPage) => inspector.texts("#activity-panel li");
const locksOf = (inspector: InspectorPage) => inspector.texts("#activity-panel ul:last-of-type li");
const idle = ["None runs.", "No caller holds a lock or waits for one."];

test("a computation is shown with its progress and its lock until it ends", async () => {
  const store = freshStore();
  const inspector = InspectorPage.open(store);
  inspector.press("Activity");
  await expect.poll(() => items(inspector)).toEqual(idle);
  const { promise, resolve } = Promise.withResolvers<number>();
  const answer = store.getOrCompute("map", ({ progress }) => {
    progress(0.25, "reading");
    return promise;
  });
  await expect
    .poll(() => items(inspector))
    .toEqual([
      expect.stringMatching(/^map 25 %, for [\d.]+ m?s, reading$/),
      expect.stringMatching(/^map held in this context token \d+$/),
    ]);
  expect(inspector.all<HTMLProgressElement>("progress")[0]!.value).toBe(0.25);
  expect(inspector.all("progress")[0]!.ariaLabel).toBe("Progress of map");
  resolve(1);
  await answer;
  await expect.poll(() => items(inspector)).toEqual(idle);
});

test("of a computation that tells its progress very often, the list of events has the latest", async () => {
  const store = freshStore();
  const inspector = InspectorPage.open(store);
  await store.getOrCompute("map", ({ progress }) => {
    for (let i = 0; i <= 1_000; i++) progress(i / 1_000);
    return 1;
  });
  inspector.press("Events");
  await expect.poll(() => inspector.texts(".events .type")[0]).toBe("done");
  expect(inspector.texts(".events .type").filter((type) => type === "progress")).toHaveLength(1);
  expect(inspector.texts(".events .type")).toContain("miss");
  expect(inspector.texts(".events .words")).toContain("100 % is done.");
});

test("a computation that fails is gone from the list, and its error is among the events", async () => {
  const store = freshStore();
  const inspector = InspectorPage.open(store);
  const failing = store.getOrCompute("map", () => Promise.reject(new RangeError("too far")));
  await expect(failing).rejects.toThrow("too far");
  inspector.press("Activity");
  await expect.poll(() => items(inspector)).toEqual(idle);
  inspector.press("Events");
  await expect.poll(() => inspector.texts(".events .words")).toContain("The function threw. RangeError: too far");
});

test("locks of another tab are shown, and the calls here that wait for them", async () => {
  const name = crypto.randomUUID();
  const store = freshStore({ name });
  const inspector = InspectorPage.open(store);
  inspector.press("Activity");
  await store.exists("warm");
  const { actor } = await startFrame(name);
  await actor.acquire("a key/ü %", "theirs");
  await expect.poll(() => locksOf(inspector)).toEqual(["a key/ü % held in another tab"]);
  const answer = store.getOrCompute("a key/ü %", () => 1);
  await expect.poll(() => locksOf(inspector)).toContain("a key/ü % this context waits");
  await actor.release("a key/ü %", "theirs");
  await answer;
  await expect.poll(() => items(inspector)).toEqual(idle);
});

test("locks of other tabs are found after the browser has refused to name its locks", async () => {
  // a module of its own, which has asked for no locks yet
  const url = new URL("../../../src/inspector/activity/other-contexts.ts?own", import.meta.url).href;
  const { locksElsewhere } = (await import(/* @vite-ignore */ url)) as typeof OtherContexts;
  const name = crypto.randomUUID();
  const store = freshStore({ name });
  await store.exists("warm");
  const { actor } = await startFrame(name);
  await actor.acquire("k", "theirs");
  vi.spyOn(navigator.locks, "query").mockRejectedValueOnce(new DOMException("Not now"));
  await expect(locksElsewhere(store)).rejects.toThrow("Not now");
  expect(await locksElsewhere(store)).toEqual([{ key: "k", isHeld: true }]);
});

test("a call that gives up waits no longer, once nobody else waits for its computation", async () => {
  const name = crypto.randomUUID();
  const store = freshStore({ name });
  const inspector = InspectorPage.open(store);
  inspector.press("Activity");
  const { actor } = await startFrame(name);
  await actor.acquire("k", "theirs");
  const controller = new AbortController();
  const answer = store.getOrCompute("k", () => 1, { signal: controller.signal }).catch(() => "aborted");
  const other = new AbortController();
  const joined = store.getOrCompute("k", () => 1, { signal: other.signal }).catch(() => "aborted");
  await expect.poll(() => locksOf(inspector)).toContain("k this context waits");
  controller.abort();
  expect(await answer).toBe("aborted");
  await store.exists("k");
  expect(inspector.texts("#activity-panel li")).toContain("k this context waits");
  other.abort();
  expect(await joined).toBe("aborted");
  await expect.poll(() => locksOf(inspector)).toEqual(["k held in another tab"]);
});

test("a miss is explained by the invalidation that caused it, also by that of another tab", async () => {
  const name = crypto.randomUUID();
  const store = freshStore({ name });
  const inspector = InspectorPage.open(store);
  await store.write("maps/1", 1);
  const { actor } = await startFrame(name);
  await actor.invalidateInStore({ prefix: "maps/" }, "delete");
  inspector.press("Events");
  await expect
    .poll(() => inspector.texts(".events .words"))
    .toContain("Another context changed all keys that begin with “maps/”.");
  await store.getOrCompute("maps/1", () => 2);
  await expect
    .poll(() => inspector.texts(".events .words").find((text) => text.startsWith("An invalidation")))
    .toMatch(/^An invalidation covers the record: at [\d:.]+ somebody deleted all keys that begin with “maps\/”\.$/);
});

test("the list of events is bounded, and can be cleared", async () => {
  const store = createStore({ resultStorage: new MemoryStorage() });
  const inspector = InspectorPage.open(store);
  inspector.press("Events");
  for (let i = 0; i < 500; i++) await store.write(`k/${i}`, i);
  await expect.poll(() => inspector.texts(".events code")[0]).toBe("k/499");
  expect(inspector.all(".events li")).toHaveLength(200);
  inspector.press("Clear the list");
  expect(inspector.all(".events li")).toHaveLength(0);
  await store.write("k", 1);
  await expect.poll(() => inspector.texts(".events code")).toEqual(["k"]);
});

test("a computation that began before the inspector came does no harm", async () => {
  const store = freshStore();
  const { promise, resolve } = Promise.withResolvers<number>();
  const answer = store.getOrCompute("k", ({ progress }) => {
    progress(0.5);
    return promise;
  });
  const inspector = InspectorPage.open(store);
  resolve(1);
  expect(await answer).toBe(1);
  await inspector.untilKeys(["k"]);
  inspector.press("Activity");
  await expect.poll(() => items(inspector)).toEqual(idle);
});
