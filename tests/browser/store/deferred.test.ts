import { remote } from "../../../src/http/remote.ts";
import { afterEach, expect, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { task } from "../../../src/browser/store/runtime.ts";
import { MemoryTaskScheduler } from "../../../src/core/deferred/memory-task-scheduler.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { EdgeInPage } from "./edge-in-page.ts";
import { freshName } from "../storage/indexed-db-tools.ts";
import { createStore } from "../../stores.ts";

const opened: { name: string; store: ResultStore }[] = [];

afterEach(async () => {
  for (const { name, store } of opened.splice(0)) {
    await store.close();
    indexedDB.deleteDatabase(name);
  }
});

interface Point {
  readonly x: number;
}

/** A page and a server that know the same task; `compute` is what it does there. */
function createWorld(compute: (point: Point) => unknown) {
  const edge = new EdgeInPage();
  const options = { name: "draw", version: "1" };
  const there = createStore({ resultStorage: edge.records, lockManager: edge.locks });
  const atEdge = task(compute, { ...options, store: there });
  edge.scheduler = new MemoryTaskScheduler({ tasks: [atEdge], firstDelay: 1, maxAttempts: 2 });
  const openPage = () => {
    const name = freshName();
    const store = createResultStore({ name, remote: remote({ url: edge.url, fetch: edge.fetch }) });
    opened.push({ name, store });
    let computedHere = 0;
    const draw = task((_: Point): unknown => void computedHere++, { ...options, store });
    return { name, store, draw, computed: () => computedHere };
  };
  return { edge, openPage };
}

test("a page hands a call over and gets the result, which it keeps, and so does another page", async () => {
  const { edge, openPage } = createWorld(({ x }) => ({ x, at: new Date(x) }));
  const one = openPage();
  const call = await one.draw.defer([{ x: 5 }]);
  expect(await call.result()).toEqual({ x: 5, at: new Date(5) });
  expect(await call.status()).toEqual({ state: "done", attempts: 1 });
  expect(call.key).toBe(await one.draw.cacheKey([{ x: 5 }]));
  expect(await one.draw({ x: 5 })).toEqual({ x: 5, at: new Date(5) });
  await eventually(
    async () => (await new IndexedDbStorage({ name: one.name }).read(call.key)) !== undefined,
    "the page has not kept it",
  );
  const two = openPage();
  edge.requests.length = 0;
  const again = await two.draw.defer([{ x: 5 }]);
  expect(await again.result()).toEqual({ x: 5, at: new Date(5) });
  expect(edge.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  expect([one.computed(), two.computed()]).toEqual([0, 0]);
});

test("a page that loses its connection waits, and has the result once it is back", async () => {
  let finish: (() => void) | undefined;
  const { edge, openPage } = createWorld(() => new Promise((resolve) => (finish = () => resolve("drawn"))));
  const { draw } = openPage();
  const waiting = (await draw.defer([{ x: 1 }])).result();
  await eventually(() => edge.requests.includes("GET deferred") && finish !== undefined, "it is not waited for");
  edge.isUp = false;
  finish!();
  await eventually(() => edge.lostAnswers > 0, "no answer was lost");
  edge.isUp = true;
  expect(await waiting).toBe("drawn");
});

test("a page is told why a call failed for good", async () => {
  const { openPage } = createWorld(() => {
    throw new RangeError("too far");
  });
  const call = await openPage().draw.defer([{ x: 1 }]);
  await expect(call.result()).rejects.toMatchObject({
    code: "TASK_FAILED",
    message: 'The deferred task "draw" failed for good after 2 tries; the last one: RangeError: too far',
  });
});

test("what can't be handed over is said at once: offline, without a Worker, in another version of the code", async () => {
  const { edge, openPage } = createWorld(({ x }) => x);
  const { draw, store } = openPage();
  const newer = draw.withOptions({ version: "2" });
  await expect(newer.defer([{ x: 1 }])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  const other = task(() => 1, { name: "other", store });
  await expect(other.defer([])).rejects.toMatchObject({ message: expect.stringContaining('"draw"') as string });
  edge.isUp = false;
  await expect(draw.defer([{ x: 1 }])).rejects.toMatchObject({ code: "STORAGE_UNREACHABLE" });
  const name = freshName();
  const alone = createResultStore({ name });
  opened.push({ name, store: alone });
  await expect(draw.withOptions({ store: alone }).defer([{ x: 1 }])).rejects.toMatchObject({ code: "CONFIGURATION" });
});
