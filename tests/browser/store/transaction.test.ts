import { expect, test } from "vitest";
import { createResultStore } from "../../../src/browser/store/create-result-store.ts";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { inTime } from "../../../src/testing/cases/wait-for.ts";
import { startFrame, startWorker } from "../contexts/start-context.ts";
import { deleteDatabase, freshName } from "../storage/indexed-db-tools.ts";
import { transaction } from "../../stores.ts";

test.each([
  ["worker", startWorker],
  ["page", startFrame],
])("a %s that is gone between begin and commit leaves neither a lock nor half a record", async (_, start) => {
  const name = freshName();
  const store = createResultStore({ name });
  const { actor, kill } = await start(name);
  await actor.stayInTransaction("report");
  expect(await store.isLocked("report")).toBe(true);
  expect(await store.isLocked("report/child")).toBe(true);

  const options = { key: "report", isolationLevel: IsolationLevel.SERIALIZABLE };
  const next = transaction({ store, ...options }, async (txn) => {
    const before = [txn.isCommitted(), await store.exists("report/child")];
    txn.stage("whole");
    return before;
  });
  kill();
  expect(await inTime(next, "the lock is not handed on")).toEqual([false, false]);
  expect((await store.read("report"))?.result).toBe("whole");
  expect((await store.list()).records.map(({ storageKey }) => storageKey)).toEqual(["report"]);
  await store.close();
  await deleteDatabase(name);
});
