import { remote, type RemoteOptions } from "../../../src/http/remote.ts";
import { afterEach, expect, test, vi } from "vitest";
import { createResultStore, type CreateResultStoreOptions } from "../../../src/browser/store/create-result-store.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { EdgeInPage } from "./edge-in-page.ts";
import { freshName } from "../storage/indexed-db-tools.ts";

const opened: { name: string; store: ResultStore }[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const { name, store } of opened.splice(0)) {
    await store.close();
    indexedDB.deleteDatabase(name);
  }
});

/** A store as another browser has it, unless it is given a name. */
function openStore(
  edge: EdgeInPage,
  { remote: more, ...options }: Omit<CreateResultStoreOptions, "remote"> & { remote?: Partial<RemoteOptions> } = {},
) {
  const events: StoreEvent[] = [];
  const name = options.name ?? freshName();
  const { url, fetch } = edge;
  const worker = remote({ url, fetch, ...more });
  const store = createResultStore({ ...options, name, remote: worker, onEvent: (event) => events.push(event) });
  opened.push({ name, store });
  const told = () => events.filter(({ type }) => type === "offline" || type === "online");
  const done = () => events.filter(({ type }) => type === "done");
  return { name, store, events, told, done };
}

const mustNotCompute = () => {
  throw new Error("computed");
};

test("what one browser computed another one is given, from the edge first, from its own database then", async () => {
  const edge = new EdgeInPage();
  const one = openStore(edge);
  expect(await one.store.getOrCompute("map", () => "drawn")).toBe("drawn");
  const two = openStore(edge, { cacheResultInMemory: false });
  expect(await two.store.getOrCompute<string>("map", mustNotCompute)).toBe("drawn");
  await vi.waitFor(async () => expect(await new IndexedDbStorage({ name: two.name }).read("map")).toBeDefined());
  edge.requests.length = 0;
  expect(await two.store.getOrCompute<string>("map", mustNotCompute)).toBe("drawn");
  expect(edge.requests).toEqual([]);
  expect(two.done()).toMatchObject([
    { source: "storage", from: "http" },
    { source: "storage", from: "indexed-db" },
  ]);
});

test("two browsers that want the same at the same time compute it once", async () => {
  const edge = new EdgeInPage();
  const [one, two] = [openStore(edge), openStore(edge)];
  let computed = 0;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const compute = async () => (await finished, ++computed);
  const both = [one, two].map(({ store }) => store.getOrCompute("map", compute));
  await vi.waitFor(() => expect([...one.events, ...two.events].map(({ type }) => type)).toContain("lock-wait"));
  finish();
  expect(await Promise.all(both)).toEqual([1, 1]);
});

test("while the edge can't be reached the store goes on in this browser, and says so once", async () => {
  const edge = new EdgeInPage();
  const { name, store, told } = openStore(edge);
  edge.isUp = false;
  let computed = 0;
  for (const key of ["a", "b"]) await store.getOrCompute(key, () => ++computed);
  expect(await store.withLock("c", () => "locked")).toBe("locked");
  const other = openStore(edge, { name });
  expect(await other.store.getOrCompute("a", () => ++computed)).toBe(1);
  expect(computed).toBe(2);
  expect(told()).toMatchObject([{ type: "offline", from: "http", error: { code: "STORAGE_UNREACHABLE" } }]);
});

test("what was computed meanwhile is sent to the edge once it is back, which is said once too", async () => {
  const edge = new EdgeInPage();
  const { store, told } = openStore(edge, { cacheResultInMemory: false });
  edge.isUp = false;
  await store.getOrCompute("map", () => "drawn");
  edge.isUp = true;
  window.dispatchEvent(new Event("online"));
  await vi.waitFor(async () => {
    await store.getOrCompute("other", () => 1);
    expect(await edge.records.read("map")).toBeDefined();
  });
  await store.withLock("more", () => {});
  expect(told()).toMatchObject([{ type: "offline" }, { type: "online", from: "http" }]);
});

test("sweeping in the background leaves the edge alone", async () => {
  const edge = new EdgeInPage();
  const { store, events } = openStore(edge, { sweepInterval: 1 });
  await store.write("over", 1, { expiration: new Date(0) });
  await vi.waitFor(() => expect(events).toContainEqual({ type: "sweep", expired: 1, evicted: 0 }));
  expect(await edge.records.read("over")).toBeDefined();
  expect(edge.requests.filter((request) => /DELETE|GET results$/.test(request))).toEqual([]);
});

test("options of the remote that can't be meant are refused at once", () => {
  const refused: [unknown, RegExp][] = [
    [{}, /url has to be/],
    ["https://edge.example", /needs an object of options/],
    [{ url: "mailto:me" }, /https:\/\//],
    [{ url: "https://edge.example", token: 5 }, /token has to be/],
    [{ url: "https://edge.example", timeout: -1 }, /timeout has to be/],
    [{ url: "https://edge.example", writes: "later" }, /writes has to be/],
  ];
  for (const [options, message] of refused) expect(() => remote(options as never)).toThrow(message);
});

test("a remote without its code is refused with the line that carries it", () => {
  for (const moved of [{ url: "https://edge.example" }, "https://edge.example", null]) {
    expect(() => createResultStore({ remote: moved as never })).toThrow(/remote: remote\(\{ url, token \}\)/);
  }
});
