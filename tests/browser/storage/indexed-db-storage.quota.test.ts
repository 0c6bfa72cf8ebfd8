import { afterEach, describe, expect, test, vi } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { expectRecord, put } from "../../../src/testing/storage-scene.ts";
import { freshName, spyOnTransactions } from "./indexed-db-tools.ts";

afterEach(() => void vi.restoreAllMocks());

/** Where the browser tells of a full disk: most on the transaction, some on the request alone. */
type Told = "on the transaction" | "on the request";

/**
 * A fake beside the real full disk in `tests/demo/trouble.test.ts`, since a quota can be set for profiles on disk alone: a
 * record of more than `room` bytes aborts its transaction, as the browser does it. The database below is the real one.
 */
function fillDisk(room: number, told: Told): void {
  const original = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value: unknown, key) {
    const request = original.call(this, value, key);
    const length = (value as { bytes?: ArrayBuffer }).bytes?.byteLength ?? 0;
    if (length > room) queueMicrotask(() => abort(request, told));
    return request;
  });
}

/** No transaction takes a new row until one that only deletes has made room. */
function fillUntilDeletion(told: Told): void {
  const add = IDBObjectStore.prototype.add;
  const full = new Set<IDBTransaction>();
  let isFull = true;
  vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(function (this: IDBObjectStore, value: unknown) {
    const request = add.call(this, value);
    full.add(this.transaction);
    if (isFull) queueMicrotask(() => abort(request, told));
    return request;
  });
  for (const method of ["delete", "clear"] as const) {
    const original = IDBObjectStore.prototype[method] as (...args: unknown[]) => IDBRequest<undefined>;
    vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (this: IDBObjectStore, ...args: unknown[]) {
      const request = original.apply(this, args);
      request.addEventListener("success", () => (isFull &&= full.has(this.transaction)));
      return request;
    });
  }
}

function abort(request: IDBRequest, told: Told): void {
  const { transaction } = request;
  if (!transaction || transaction.error) return;
  const error = new DOMException("no room", "QuotaExceededError");
  if (told === "on the request") {
    Object.defineProperty(request, "error", { value: error });
    transaction.onerror?.call(transaction, { target: request } as unknown as Event);
  }
  const onTransaction = told === "on the request" ? new DOMException("aborted", "AbortError") : error;
  Object.defineProperty(transaction, "error", { value: onTransaction });
  transaction.abort();
}

describe.each(["on the transaction", "on the request"] as const)("a full disk, told %s", (told) => {
  test("is a quota error that names the record, and what was there stays", async () => {
    const storage = new IndexedDbStorage({ name: freshName() });
    const kept = await put(storage, "key");
    fillDisk(10_000, told);
    const attempt = put(storage, "key", { body: new Uint8Array(20_000) });
    await expect(attempt).rejects.toMatchObject({
      code: "STORAGE_QUOTA",
      key: "key",
      cause: { name: "QuotaExceededError" },
    });
    await expectRecord(storage, "key", kept);
  });

  test("one giant does not fail the small ones written with it", async () => {
    const storage = new IndexedDbStorage({ name: freshName() });
    await put(storage, "taken");
    fillDisk(10_000, told);
    const outcomes = await Promise.allSettled([
      put(storage, "a"),
      put(storage, "giant", { body: new Uint8Array(20_000) }),
      put(storage, "taken", { ifNoneMatch: "*" }),
      put(storage, "b"),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? "written" : (outcome.reason as { code: string }).code))).toEqual([
      "written", "STORAGE_QUOTA", "PRECONDITION_FAILED", "written",
    ]); // prettier-ignore
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["a", "b", "taken"]);
  });

  test("does not keep a sweep from making room, nor the storage from closing, though uses can't be written", async () => {
    const storage = new IndexedDbStorage({ name: freshName() });
    await put(storage, "old", { createdAt: new Date(0) });
    await put(storage, "read", { createdAt: new Date(0) });
    await storage.read("read");
    fillDisk(-1, told);
    expect(await storage.sweep({ now: 0, freeBytes: 1 })).toEqual({ expired: 0, evicted: 1 });
    await storage.read("read");
    await storage.close();
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual(["read"]);
  });

  test.each<[string, (storage: IndexedDbStorage) => Promise<unknown>]>([
    ["delete", (storage) => storage.delete("k")],
    ["clear", (storage) => storage.clear()],
    ["invalidate", (storage) => storage.invalidate({ prefix: "k" }, { mode: "delete", now: Date.now() })],
  ])("does not keep %s from making room, nor from refusing what began before", async (_, change) => {
    const storage = new IndexedDbStorage({ name: freshName() });
    await put(storage, "k");
    const since = await storage.begin("k");
    fillUntilDeletion(told);
    await change(storage);
    vi.restoreAllMocks();
    expect(await storage.read("k")).toBeUndefined();
    await expect(put(storage, "k", { since })).rejects.toMatchObject({ code: "INVALIDATED" });
    await put(storage, "k", { since: await storage.begin("k") });
  });

  test("is tried once together and once alone, and not for ever", async () => {
    const storage = new IndexedDbStorage({ name: freshName() });
    fillDisk(0, told);
    const transactions = spyOnTransactions();
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((key) => put(storage, key)));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(transactions).toHaveBeenCalledTimes(4);
  });
});
