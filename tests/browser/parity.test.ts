import { createResultStore } from "../../src/browser/store/create-result-store.ts";
import { IndexedDbStorage } from "../../src/browser/storage/indexed-db-storage.ts";
import { WebLockManager } from "../../src/browser/locks/web-lock-manager.ts";
import type { ResultStore } from "../../src/core/store/result-store.ts";
import { expect, test } from "vitest";
import { inTime } from "../../src/testing/cases/wait-for.ts";
import { runParity } from "../parity/run-parity.ts";
import { startWorker } from "./contexts/start-context.ts";
import { deleteDatabase, freshName, openRaw, promisify } from "./storage/indexed-db-tools.ts";

runParity("IndexedDB", () => {
  const [name, otherName] = [freshName(), freshName()];
  const stores: ResultStore[] = [];
  const closable: { close(): Promise<void> }[] = [];
  const note = <T extends { close(): Promise<void> }>(made: T): T => {
    closable.push(made);
    return made;
  };
  return {
    place: "IndexedDB",
    isStrong: true,
    followsAwaits: false,
    runtime: "page",
    createStore(options) {
      const store = createResultStore({ name, ...options });
      stores.push(store);
      return store;
    },
    createOtherStorage: () => note(new IndexedDbStorage({ name: otherName })),
    createLockManager: () => note(new WebLockManager({ name })),
    async putBytes(key, bytes) {
      // makes the database where there is none yet
      await note(new IndexedDbStorage({ name })).read(key);
      const database = await openRaw(name);
      const records = database.transaction("records", "readwrite").objectStore("records");
      const before = (await promisify(records.get(key))) as object | undefined;
      await promisify(records.put({ ...before, etag: "raw", bytes: bytes.slice().buffer }, key));
      database.close();
    },
    async close() {
      await Promise.all([...stores, ...closable].map((each) => each.close()));
      await Promise.all([name, otherName].map(deleteDatabase));
    },
  };
});

test("IndexedDB | FileSystemLockManager: holds off all tabs and workers of the origin, and frees what they leave", async () => {
  const name = freshName();
  const [page, worker] = [new WebLockManager({ name }), await startWorker(name)];
  await worker.actor.acquire("k", "there");
  expect(await page.isLockHolder("k", "there")).toBe(true);
  expect(await page.acquireLock("k", "here", { acquireTimeout: 0 })).toBeUndefined();
  const next = page.acquireLock("k", "here");
  worker.kill();
  expect((await inTime(next, "the lock is not handed on"))?.holder).toBe("here");
  await page.close();
});
