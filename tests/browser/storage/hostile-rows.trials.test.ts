import * as fc from "fast-check";
import { expect, test } from "vitest";
import { WebLockManager } from "../../../src/browser/locks/web-lock-manager.ts";
import { IndexedDbStorage } from "../../../src/browser/storage/indexed-db-storage.ts";
import type { ResultRecordMetadata } from "../../../src/core/record/result-record-metadata.ts";
import { hostileRecord } from "../../core/record/hostile-records.ts";
import { readHostile } from "../../trials/reading.ts";
import { trial } from "../../trials/trial.ts";
import { badKey, hostileRow, writeRows, type HostileRow } from "./hostile-rows.ts";
import { deleteDatabase, freshName } from "./indexed-db-tools.ts";

const codes = /^(STORAGE|INVALIDATED|LOCK_NOT_HELD|STALE_LOCK|PRECONDITION_FAILED)$/;
const metadata: ResultRecordMetadata = {
  storageKey: badKey,
  createdAt: new Date(),
  serializer: { type: "json" },
  libraryVersion: "0",
};
const bytes = hostileRecord(new TextEncoder().encode("1"), { serializer: metadata.serializer });

interface Parts {
  readonly storage: IndexedDbStorage;
  readonly locks: WebLockManager;
}

type Call = (parts: Parts, key: string) => Promise<unknown>;

const expiring = { mode: "expire", now: 5 } as const;

const calls: Readonly<Record<string, Call>> = {
  read: ({ storage }, key) => storage.read(key),
  head: ({ storage }, key) => storage.head(key),
  list: async ({ storage }) => {
    for (const { storageKey, createdAt } of (await storage.list()).records) {
      if (typeof storageKey !== "string" || Number.isNaN(+createdAt)) throw new Error("A record has no key or no time");
    }
  },
  sweep: ({ storage }) => storage.sweep({ now: Date.now(), freeBytes: 5 }),
  begin: ({ storage }, key) => storage.begin(key),
  lastInvalidation: ({ storage }, key) => storage.lastInvalidation(key),
  write: async ({ storage }, key) =>
    storage.write(key, bytes, { metadata: { ...metadata, storageKey: key }, since: await storage.begin(key) }),
  expire: ({ storage }, key) => storage.invalidate({ keys: [key] }, expiring),
  expireTags: ({ storage }) => storage.invalidate({ tags: ["t"] }, expiring),
  expireAll: ({ storage }) => storage.invalidate("all", expiring),
  delete: ({ storage }, key) => storage.delete(key),
  isLocked: ({ locks }, key) => locks.isLocked(key),
  lock: async ({ locks }, key) => {
    if (!(await locks.acquireLock(key, "me", { acquireTimeout: 3_000 }))) throw new Error("The lock is not free");
    await locks.releaseLock(key, "me");
  },
};

/** Makes each call, and sees that both keys can be used. */
async function expectUsable(rows: readonly HostileRow[], order: readonly string[], own = calls): Promise<void> {
  const name = freshName();
  const parts = { storage: new IndexedDbStorage({ name }), locks: new WebLockManager({ name }) };
  const { storage } = parts;
  try {
    await storage.list();
    await writeRows(name, rows);
    const make = (call: string, key: string) =>
      readHostile({ codes, read: () => withinSeconds(own[call]!(parts, key)) }, new Uint8Array());
    for (const call of order) {
      await make(call, badKey);
      await make(call, "good");
    }
    for (const key of [badKey, "good"]) {
      for (const call of ["lock", "write"]) expect(await make(call, key), call).toHaveProperty("value");
      expect((await storage.read(key))?.bytes).toEqual(bytes);
      expect((await storage.list({ prefix: key })).records.map(({ storageKey }) => storageKey)).toContain(key);
      expect(await storage.delete(key)).toBe(true);
      expect(await storage.read(key)).toBeUndefined();
    }
    await storage.clear();
    expect((await storage.list()).records).toEqual([]);
  } finally {
    await Promise.all([storage.close(), parts.locks.close()]);
    await deleteDatabase(name);
  }
}

async function withinSeconds<T>(call: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The call does not end")), 5_000);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

trial(
  "each call ends in a typed error or a value, and each key can be used, with any rows that others wrote",
  { kind: "inputs", short: 8, long: 1_500 },
  fc.asyncProperty(
    fc.array(hostileRow, { minLength: 1, maxLength: 4 }),
    fc.shuffledSubarray(Object.keys(calls)),
    (rows, order) => expectUsable(rows, order),
  ),
);

test("a storage that a row makes throw an error of the platform is noticed", async () => {
  const own = { ...calls, list: () => Promise.reject(new TypeError("no function")) };
  await expect(expectUsable([], ["list"], own)).rejects.toThrow("TypeError");
});
