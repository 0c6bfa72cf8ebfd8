import { afterEach, describe, expect, test, vi } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { abortTransactions } from "../database/lost-connections.ts";
import { deleteDatabase, freshName, openRaw } from "../storage/indexed-db-tools.ts";
import { inDatabase, listen, refuse, refused, tick, writeElsewhere } from "./fallback-tools.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the database opens later", () => {
  test("after another tab's later version of it is gone", async () => {
    const name = freshName();
    const later = await openRaw(name, 99);
    const { store, changes, isBack } = listen({ name });
    await store.write("a", 1);
    expect(await store.getOrCompute("b", () => 2)).toBe(2);
    later.close();
    await deleteDatabase(name);
    await isBack();
    expect(changes()).toMatchObject([
      { type: "fallback", from: "indexed-db", to: "memory", error: { code: "STORAGE" } },
      { type: "online", from: "indexed-db" },
    ]);
    expect(await inDatabase(name)).toEqual({ a: 1, b: 2 });
    expect(await store.getOrCompute("b", () => 3)).toBe(2);
    await store.write("c", 3);
    expect(await inDatabase(name)).toEqual({ a: 1, b: 2, c: 3 });
  });

  test("after a deletion that had blocked its opening is done", async () => {
    const name = freshName();
    const blocker = await openRaw(name);
    const deletion = deleteDatabase(name);
    const { store, changes, isBack } = listen({ name, openTimeout: 20 });
    await store.write("a", 1);
    expect(changes()).toMatchObject([
      { type: "fallback", error: { message: expect.stringMatching(/within 20 ms/) as string } },
    ]);
    blocker.close();
    await deletion;
    await isBack();
    expect(await inDatabase(name)).toEqual({ a: 1 });
  });

  test("at the next use after a close", async () => {
    const { name, store, open } = await refused();
    await store.write("a", 1);
    open();
    await store.close();
    await store.write("b", 2);
    expect(await inDatabase(name)).toEqual({ a: 1, b: 2 });
  });

  test("while the store is in use: no write is lost", async () => {
    const { name, store, open, changes } = await refused();
    const written: Record<string, number> = {};
    let more = 20;
    for (let i = 0; more > 0; i++) {
      await Promise.all([
        store.write(`k/${i}`, i).then(() => (written[`k/${i}`] = i)),
        store.getOrCompute("same", () => new Promise((resolve) => setTimeout(resolve, 5, 1))),
      ]);
      // memory alone would never let a timer run
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (i === 3) open();
      if (changes().length > 1) more--;
    }
    expect(await inDatabase(name)).toMatchObject(written);
  });
});

test("a page whose databases are refused for good asks ever more rarely, and reports it once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const open = refuse();
  const { store, changes } = listen();
  await store.write("a", 1);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(open.mock.calls.length).toBeGreaterThan(15);
  expect(open.mock.calls.length).toBeLessThan(25);
  expect(changes()).toHaveLength(1);
  await store.close();
  open.mockClear();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(open).not.toHaveBeenCalled();
  await store.close();
});

describe("what memory held", () => {
  test("replaces what is older in the database, and nothing that is newer", async () => {
    const { name, store, open, isBack } = await refused({}, (first) =>
      first.writeMany(["old", "deleted", "short", "untouched"].map((key) => ({ key, result: "before" }))),
    );
    await tick();
    await store.write("old", "memory");
    await store.write("short", "memory", { expiresIn: 1 });
    for (const key of ["gone", "newer", "deleted then newer"]) await store.write(key, "memory");
    await tick();
    expect(await store.delete("gone")).toBe(true);
    await store.delete("deleted");
    await store.delete("deleted then newer");
    await store.sweep();
    await tick();
    open();
    for (const key of ["newer", "deleted then newer"]) await writeElsewhere(name, key, "elsewhere");
    await isBack();
    expect(await inDatabase(name)).toEqual({
      old: "memory",
      newer: "elsewhere",
      "deleted then newer": "elsewhere",
      untouched: "before",
    });
  });

  test("has cleared what was there before, and nothing that came after", async () => {
    const { name, store, open, isBack } = await refused({}, (first) =>
      first.writeMany(["a", "b"].map((key) => ({ key, result: "before" }))),
    );
    await store.write("c", "memory");
    await tick();
    await store.clear();
    await tick();
    await store.write("b", "memory");
    open();
    await writeElsewhere(name, "d", "elsewhere");
    await isBack();
    expect(await inDatabase(name)).toEqual({ b: "memory", d: "elsewhere" });
  });

  test("keeps its etags, which differ from those of other tabs", async () => {
    const { name, store, open, isBack } = await refused();
    const record = await store.write("a", 1);
    const { store: other } = await refused();
    expect((await other.write("a", 1)).metadata.etag).not.toBe(record.metadata.etag);
    open();
    vi.restoreAllMocks();
    await isBack();
    await store.write("a", 2, { ifMatch: record.metadata.etag! });
    expect(await inDatabase(name)).toEqual({ a: 2 });
  });

  test("is dropped when another tab changes it", async () => {
    const { name, store, open, isBack } = await refused();
    await store.writeMany(["a", "b"].map((key) => ({ key, result: "memory" })));
    const tab = new BroadcastChannel(`reprise/${name}`);
    tab.postMessage({ type: "reprise/change", kind: "written", target: { keys: ["a"] } });
    await vi.waitUntil(async () => (await store.read("a")) === undefined);
    open();
    await isBack();
    expect(await inDatabase(name)).toEqual({ b: "memory" });
    tab.close();
  });

  test("is announced to other tabs once the database has it", async () => {
    const { name, store, open, isBack } = await refused();
    await store.write("a", 1);
    const heard: unknown[] = [];
    const tab = new BroadcastChannel(`reprise/${name}`);
    tab.onmessage = ({ data }) => heard.push(data);
    open();
    await isBack();
    await vi.waitUntil(() => heard.length > 0);
    expect(heard).toEqual([{ type: "reprise/change", kind: "written", target: { keys: ["a"] } }]);
    tab.close();
  });

  test("stays in memory if the database fails again before it has all", async () => {
    const { name, store, open, changes, isBack } = await refused();
    await store.write("a", 1);
    open();
    abortTransactions(4, () => new DOMException("lost", "UnknownError"));
    await vi.waitUntil(() => vi.mocked(IDBDatabase.prototype.transaction).mock.calls.length >= 4, { timeout: 15_000 });
    expect((await store.read("a"))?.result).toBe(1);
    await store.write("b", 2);
    vi.restoreAllMocks();
    await isBack();
    expect(changes()).toHaveLength(2);
    expect(await inDatabase(name)).toEqual({ a: 1, b: 2 });
  });

  test("makes room for itself on a full disk, and reports what found none", async () => {
    const { name, store, events, open, isBack } = await refused({}, (first) => first.write("evicted", "before"));
    await store.write("a", 1);
    await store.write("b", 2);
    open();
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value: unknown, key) {
      if (key === "b") throw new DOMException("full", "QuotaExceededError");
      return put.call(this, value, key);
    });
    await isBack();
    expect(events).toContainEqual({
      type: "write-error",
      key: "b",
      error: expect.objectContaining({ code: "STORAGE_QUOTA" }) as unknown,
    });
    expect(await inDatabase(name)).toEqual({ a: 1 });
  });
});

test("capabilities tell that memory does not see other tabs", async () => {
  const { store, open, isBack } = await refused();
  const { capabilities } = new IndexedDbStorage();
  expect(store.resultStorage.capabilities).toEqual({ ...capabilities, consistency: "eventual" });
  expect(store.supportsIsolationLevel("SERIALIZABLE")).toBe(false);
  open();
  await isBack();
  expect(store.resultStorage.capabilities).toEqual(capabilities);
  expect(store.supportsIsolationLevel("SERIALIZABLE")).toBe(true);
});

describe("locks", () => {
  test("that are held or awaited in memory go on there, and later callers follow", async () => {
    const { name, store, open, isBack } = await refused();
    const grant = (await store.acquireLock("k"))!;
    const order: string[] = [];
    const locked = (who: string) => store.withLock("k", () => void order.push(who));
    const awaited = [locked("first"), locked("second")];
    open();
    await isBack();
    await store.read("other");
    expect([await store.isLocked("k"), await store.isLockHolder("k", grant)]).toEqual([true, true]);
    expect(await store.lockManager!.isLocked("k", { byHand: true })).toBe(true);
    expect(await store.acquireLock("k", { acquireTimeout: 0 })).toBeUndefined();
    expect(await store.waitForLock("k", { timeout: 5 })).toBe(false);
    const later = locked("later");
    await store.write("k", 1, { holder: grant.holder });
    await store.lockManager!.renewLock("k", grant.holder, 30_000);
    expect(order).toEqual([]);
    await store.releaseLock("k", grant);
    await Promise.all([...awaited, later]);
    expect(order).toEqual(["first", "second", "later"]);
    expect(await inDatabase(name)).toEqual({ k: 1 });
  });

  test("of other keys are the browser's once the database is back", async () => {
    const { name, store, open, isBack } = await refused();
    const held = (await store.acquireLock("held in memory"))!;
    open();
    await isBack();
    await using grant = await store.acquireLock("k");
    const other = new WebLockManager({ name });
    expect(await other.isLockHolder("k", grant!.holder)).toBe(true);
    expect(await other.isLocked("held in memory")).toBe(false);
    await store.releaseLock("held in memory", held);
    await using next = await store.acquireLock("held in memory");
    expect(await other.isLockHolder("held in memory", next!.holder)).toBe(true);
    await expect(store.releaseLock("k", { holder: "nobody" })).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
    await other.close();
  });

  test("whose lease in memory runs out are lost to the next caller", async () => {
    const { store, open, isBack } = await refused();
    const grant = (await store.acquireLock("k", { holdTimeout: 2_000 }))!;
    open();
    await isBack();
    await store.withLock("k", ({ holder }) => store.write("k", "next", { holder }));
    expect(grant.signal.aborted).toBe(true);
    await expect(store.write("k", "late", { holder: grant.holder })).rejects.toMatchObject({ code: "STALE_LOCK" });
    expect((await store.read("k"))?.result).toBe("next");
  });

  test("a computation that began in memory is kept in the database, and its waiters find it there", async () => {
    const { name, store, open, isBack } = await refused();
    const compute = vi.fn(() => isBack().then(() => 1));
    const answer = store.getOrCompute("k", compute);
    await vi.waitUntil(() => compute.mock.calls.length > 0);
    const read = store.read("k");
    const second = store.getOrCompute("k", compute, { holder: "second" });
    expect(await store.lockManager!.isLocked("k", { byHand: true })).toBe(false);
    open();
    expect(await Promise.all([answer, second])).toEqual([1, 1]);
    expect((await read)?.result).toBe(1);
    expect(compute).toHaveBeenCalledTimes(1);
    expect(await inDatabase(name)).toEqual({ k: 1 });
  });
});
