import { afterEach, describe, expect, test, vi } from "vitest";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import { expectRecord, put } from "../../../src/testing/storages/storage-scene.ts";
import { fillDisk, fillUntilDeletion } from "./full-disk.ts";
import { freshName, spyOnTransactions } from "./indexed-db-tools.ts";

afterEach(() => void vi.restoreAllMocks());

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
