import { afterEach, expect, test, vi } from "vitest";
import { createResultStore, type CreateResultStoreOptions } from "../../../src/browser/store/create-result-store.ts";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { freshName, spyOnConnections } from "../storage/indexed-db-tools.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function listen(options: CreateResultStoreOptions = {}) {
  const events: StoreEvent[] = [];
  const name = options.name ?? freshName();
  const store = createResultStore({ ...options, name, onEvent: (event) => events.push(event) });
  return { name, store, events };
}

test("where the browser refuses a database, results are kept in memory, and an event says so once", async () => {
  // private windows of some browsers do this; Chromium's can't be made to
  const refusal = new DOMException("denied", "SecurityError");
  vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw refusal;
  });
  const { store, events } = listen();
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect((await store.read("k"))?.result).toBe(1);
  expect(await store.withLock("k", () => "locked")).toBe("locked");
  const fallbacks = events.filter(({ type }) => type === "fallback");
  expect(fallbacks).toMatchObject([{ from: "indexed-db", to: "memory", error: { code: "STORAGE", cause: refusal } }]);
});

test("options that can't be meant are refused at once", () => {
  const refused: CreateResultStoreOptions[] = [
    { maxBytes: "200MB" as never },
    { openTimeout: "soon" },
    { sweepInterval: -1 },
    { serializer: "pickle" },
  ];
  for (const options of refused) {
    expect(() => createResultStore(options)).toThrow(
      /maxBytes has to|openTimeout has to|sweepInterval has to|"pickle"/,
    );
  }
});

test("a database that never opens is given up after openTimeout", async () => {
  vi.spyOn(indexedDB, "open").mockImplementation(() => new EventTarget() as IDBOpenDBRequest);
  const { store, events } = listen({ openTimeout: 20 });
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(events).toContainEqual(expect.objectContaining({ type: "fallback", from: "indexed-db" }));
});

test("where Web Locks are missing, locks are this context's own, and an event says so", async () => {
  vi.spyOn(navigator, "locks", "get").mockReturnValue(undefined as never);
  const { store, events } = listen();
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(events).toContainEqual(expect.objectContaining({ type: "fallback", from: "web-locks", to: "memory" }));
  await store.close();
});

/** The number of transactions of the database since the last call. Locks of other tests may still need theirs. */
function countTransactions(name: string): () => number {
  const begun = vi.spyOn(IDBDatabase.prototype, "transaction");
  return () => {
    const databases = begun.mock.contexts as IDBDatabase[];
    const count = databases.filter((database) => database.name === name).length;
    begun.mockClear();
    return count;
  };
}

test("1,000 writes at once are at most 4 transactions, and so are 1,000 reads", async () => {
  const { name, store } = listen({ cacheResultInMemory: false });
  await store.exists("warm");
  const begun = countTransactions(name);
  const keys = Array.from({ length: 1_000 }, (_, i) => `k/${i}`);
  await store.writeMany(keys.map((key, i) => ({ key, result: { i } })));
  expect(begun()).toBeLessThanOrEqual(4);
  const records = await store.readMany(keys);
  expect(begun()).toBeLessThanOrEqual(4);
  expect(records.map((record) => record?.result)).toEqual(keys.map((_, i) => ({ i })));
  await Promise.all(keys.map((key) => store.read(key)));
  expect(begun()).toBeLessThanOrEqual(4);
  await store.close();
  indexedDB.deleteDatabase(name);
});

test("a hit opens one transaction and asks for no lock; a hit in memory does nothing of either", async () => {
  const { name, store } = listen();
  await store.write("k", 1);
  const other = listen({ name }).store;
  await other.exists("warm");
  const begun = countTransactions(name);
  const requested = vi.spyOn(navigator.locks, "request");
  expect(await other.getOrCompute("k", () => 2)).toBe(1);
  expect(begun()).toBe(1);
  expect(await other.getOrCompute("k", () => 2)).toBe(1);
  expect(begun()).toBe(0);
  expect(requested).not.toHaveBeenCalled();
});

test("a read and a write without a lock are one transaction each, and ask the browser for no locks", async () => {
  const { name, store } = listen({ cacheResultInMemory: false });
  await store.write("k", 1);
  const begun = countTransactions(name);
  const queried = vi.spyOn(navigator.locks, "query");
  expect((await store.read("k"))?.result).toBe(1);
  expect(begun()).toBe(1);
  await store.write("k", 2);
  expect(begun()).toBe(1);
  expect(queried).not.toHaveBeenCalled();
});

test("a miss is four transactions: its look, the lease, the place of its computation, and the write", async () => {
  const name = freshName();
  // an event would tell why it was a miss, which takes one more
  const store = createResultStore({ name });
  await store.exists("warm");
  const begun = countTransactions(name);
  expect(await store.getOrCompute("k", () => 1)).toBe(1);
  expect(begun()).toBe(4);
});

test("a write is refused while another tab's lock is held by hand, and not once that tab is gone", async () => {
  const { name, store } = listen();
  await store.write("k", 1);
  const locks = new WebLockManager({ name });
  const grant = await locks.acquireLock("k", "by hand");
  await expect(store.write("k", 2)).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
  expect((await store.read("k", { holder: "by hand" }))?.result).toBe(1);
  // what a tab leaves that is gone: the lease without the browser's lock
  await navigator.locks.request(`reprise/${name}/k`, { steal: true }, () => {});
  await expect.poll(() => grant?.signal.aborted).toBe(true);
  await store.write("k", 3);
  expect((await store.read("k"))?.result).toBe(3);
});

test("expired records and those beyond the budget are swept in the background after a write", async () => {
  let now = Date.now();
  const { name, store, events } = listen({ now: () => now, maxBytes: 3_000, sweepInterval: 20 });
  await store.write("over", "x".repeat(1_000), { expiresIn: 1 });
  now += 10;
  for (const key of ["a", "b", "c"]) await store.write(key, "x".repeat(1_000));
  await vi.waitFor(async () => {
    const { records } = await store.list({ allowExpired: true });
    expect(records.map(({ storageKey }) => storageKey)).toEqual(["b", "c"]);
  }, 10_000);
  expect(events.some(({ type }) => type === "sweep")).toBe(true);
  await store.close();
  indexedDB.deleteDatabase(name);
});

test("records written by one store's IndexedDB are bytes that another storage of the same name reads", async () => {
  const { name, store } = listen();
  const grid = Float32Array.from({ length: 1_000 }, (_, i) => i / 7);
  const record = await store.write("grid", { grid });
  const stored = await new IndexedDbStorage({ name }).read("grid");
  expect(stored?.bytes).toEqual(await record.serialize());
  const page = await listen({ name }).store.read("grid");
  expect(page?.result).toEqual({ grid });
});

test("what memory hits use counts as used when the least recently used is to go", async () => {
  const { store } = listen({ maxBytes: 1_500 });
  const tick = async () => {
    const before = Date.now();
    await vi.waitUntil(() => Date.now() > before, { interval: 1 });
  };
  for (const key of ["hot", "cold"]) {
    await store.write(key, new Uint8Array(1_000));
    await tick();
  }
  await store.read("hot");
  await store.sweep();
  expect([await store.exists("hot"), await store.exists("cold")]).toEqual([true, false]);
});

test("closing leaves no connection open, and a sweep that was due is called off", async () => {
  const idle = vi.fn<typeof requestIdleCallback>();
  vi.stubGlobal("requestIdleCallback", idle);
  const name = freshName();
  const connections = spyOnConnections(name);
  const { store, events } = listen({ name, sweepInterval: 1 });
  await store.getOrCompute("k", () => 1);
  await vi.waitFor(() => expect(idle).toHaveBeenCalled());
  await store.close();
  for (const [run] of idle.mock.calls) run({ didTimeout: false, timeRemaining: () => 1 });
  expect(events.map(({ type }) => type)).not.toContain("sweep");
  expect(connections.length).toBeGreaterThan(0);
  for (const connection of connections) expect(() => connection.transaction("records")).toThrow(/clos/);
});

test("timeouts longer than a timer takes are no storm", async () => {
  const { store, events } = listen({ openTimeout: "30d", sweepInterval: "30d" });
  await store.withLock("k", ({ holder }) => store.write("k", 1, { holder }), { holdTimeout: "90d" });
  expect(events.map(({ type }) => type)).toEqual(["lock-acquired", "write", "lock-released"]);
});

test("without BroadcastChannel memory holds nothing that another tab may have changed", async () => {
  vi.stubGlobal("BroadcastChannel", undefined);
  const { name, store } = listen();
  const other = listen({ name }).store;
  await store.write("k", 1);
  await other.write("k", 2);
  expect((await store.read("k"))?.result).toBe(2);
});

test("a database that was refused is tried again after a close", async () => {
  const open = vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw new DOMException("not now", "UnknownError");
  });
  const { name, store } = listen();
  await store.write("k", 1);
  open.mockRestore();
  await store.close();
  await store.write("k", 2);
  expect(await new IndexedDbStorage({ name }).read("k")).toBeDefined();
});
