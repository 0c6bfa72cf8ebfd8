import { expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import { createStore, transaction } from "../../stores.ts";

const task = createTask(() => createStore());

const changes: Readonly<Record<string, (store: ResultStore) => Promise<unknown>>> = {
  "delete of its key": (store) => store.delete("report"),
  "deleteMany with its key": (store) => store.deleteMany(["other", "report"]),
  "invalidate of its prefix": (store) => store.invalidate({ prefix: "rep" }),
  "invalidate of all": (store) => store.invalidate("all", { mode: "expire" }),
  clear: (store) => store.clear(),
};

test.each(Object.entries(changes))("after a %s a transaction keeps nothing, and tells so", async (_, change) => {
  const events: StoreEvent[] = [];
  const store = createStore({ onEvent: (event) => events.push(event) });
  await transaction({ key: "report", store }, async (txn) => {
    txn.stage("old");
    await change(store);
  });
  expect(await store.read("report")).toBeUndefined();
  expect(events.filter(({ type }) => type === "write-error")).toMatchObject([{ error: { code: "INVALIDATED" } }]);
});

test.each([CommitMode.EAGER, CommitMode.LAZY])(
  "a task in a transaction with %s commits gives its result, which is not kept after an invalidation",
  async (commitMode) => {
    const store = createStore();
    const report = task(
      async (year: number) => {
        await store.clear();
        return year;
      },
      { name: "report", store },
    );
    const untouched = task((year: number) => year, { name: "untouched", store });
    await transaction({ store, commitMode }, async (txn) => {
      expect(await txn.run(report, 2026)).toBe(2026);
      expect(await txn.run(untouched, 2026)).toBe(2026);
    });
    const { records } = await store.list();
    expect(records.map(({ storageKey }) => storageKey.split("/")[0])).toEqual(["untouched"]);
  },
);

test("an invalidation between a lazy task and the commit of its transaction counts too", async () => {
  const store = createStore();
  const report = task((year: number) => year, { name: "report", store });
  await transaction({ store, commitMode: CommitMode.LAZY }, async (txn) => {
    await txn.run(report, 2026);
    await store.invalidate({ prefix: "report/" });
  });
  expect((await store.list()).records).toEqual([]);
});

test("a write by hand is replaced by the commit, which comes later", async () => {
  const store = createStore();
  await transaction({ key: "report", store }, async (txn) => {
    txn.stage("committed");
    await store.write("report", "by hand");
  });
  expect((await store.read("report"))?.result).toBe("committed");
});
