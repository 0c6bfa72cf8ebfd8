import { expect, test } from "vitest";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { NO_CACHE } from "../../../src/core/keys/cache-policy.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import { getRunContext } from "../../../src/core/context/run.ts";
import { getTransaction } from "../../../src/core/work/get-transaction.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

// A call of a task and the transactions inside of it are one family: they share locks, and the place that they began in.

const { SERIALIZABLE } = IsolationLevel;

test.each([
  ["cached", {}],
  ["uncached", { cachePolicy: NO_CACHE }],
])("a task in a %s task has the lock that a transaction there has kept", async (_, options) => {
  const { task, transaction } = createTaskWorld();
  const inner = task(async () => "x", { name: "inner", resultStorageKey: "k" });
  const outer = task(
    async () => {
      const run = getRunContext();
      // lazy, so that it is handed to the task around and holds its lock until then
      await transaction({ key: "k", isolationLevel: SERIALIZABLE }, () => {});
      return run.run(inner);
    },
    { name: "outer", version: "1", ...options },
  );
  expect(await outer()).toBe("x");
});

test("an uncached task holds the locks of the transactions inside of it", async () => {
  const { task, transaction, store } = createTaskWorld();
  const holders: unknown[] = [];
  const outer = task(
    async () => {
      const around = getTransaction()!;
      await around.run(transaction, { key: "k", isolationLevel: SERIALIZABLE }, async (txn) => {
        holders.push(around.holder, txn.holder);
        await store.write("k", 1, { holder: around.holder });
      });
    },
    { name: "outer", cachePolicy: NO_CACHE },
  );
  await outer();
  expect(holders[0]).toBe(holders[1]);
  expect((await store.read("k"))?.result).toBe(1);
});

test("a call stays part of the transaction that it was made in, also when that ends before the call does", async () => {
  const { task, transaction, store, events } = createTaskWorld();
  const slow = task(async (x: number) => x, { name: "slow", resultStorageKey: "k" });
  await expect(
    transaction({ commitMode: CommitMode.LAZY }, async (txn) => {
      let late: Promise<number> | undefined;
      await txn.run(transaction, { commitMode: CommitMode.EAGER }, async (inner) => {
        late = inner.run(slow, 1);
      });
      await late;
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  // eager around, so it was kept at once, under its lock
  expect((await store.read("k"))?.result).toBe(1);
  const order = events.map(({ type }) => type);
  expect(order.indexOf("write")).toBeLessThan(order.indexOf("lock-released"));
});

test("a call whose key is still being made is rolled back with the transaction around", async () => {
  const { task, transaction, store } = createTaskWorld();
  const told: string[] = [];
  const keyed = task(() => 1, {
    name: "keyed",
    cacheKeyFn: async () => "k",
    onCommit: () => told.push("commit"),
    onRollback: () => told.push("rollback"),
  });
  let call: Promise<number> | undefined;
  const around = transaction({}, (txn) => {
    call = txn.run(keyed);
    throw new Error("no");
  });
  await expect(around).rejects.toThrow("no");
  await call?.catch(() => {});
  expect(told).toEqual(["rollback"]);
  expect(await store.exists("keyed/k")).toBe(false);
});
