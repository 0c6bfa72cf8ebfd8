import { describe, expect, test } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { getRunContext } from "../../../src/core/context/run.ts";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { getTransaction } from "../../../src/core/work/get-transaction.ts";
import { CommitMode, type Transaction } from "../../../src/core/work/transaction.ts";
import { ConfigurationError, InvalidArgumentError, StorageError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";
import { createStore } from "../../stores.ts";

const { EAGER } = CommitMode;

describe("a task that calls itself with the same arguments", () => {
  for (const locks of ["a lock manager", "none"] as const) {
    test(`is told, with ${locks}, outside of a transaction and in one`, async () => {
      const { task, transaction, store } = createTaskWorld();
      const own = locks === "none" ? createStore() : store;
      const forever = task(
        async (x: number): Promise<number> => {
          const run = getRunContext();
          await Promise.resolve();
          return run.run(forever, x);
        },
        { name: "forever", store: own },
      );
      await expect(forever(1)).rejects.toThrow(InvalidArgumentError);
      await expect(forever(1)).rejects.toThrow(/"forever".*same.*itself/);
      await expect(transaction({}, (txn) => txn.run(forever, 1))).rejects.toThrow(InvalidArgumentError);
      await expect(transaction({ commitMode: EAGER }, (txn) => txn.run(forever, 1))).rejects.toThrow(
        InvalidArgumentError,
      );
    });
  }

  test("through another one is told too, and with other arguments it runs", async () => {
    const { task } = createTaskWorld();
    const there: (x: number) => Promise<number> = task(
      async (x: number): Promise<number> => {
        const run = getRunContext();
        return run.run(back, x);
      },
      { name: "there" },
    );
    const back = task(async (x: number): Promise<number> => there(x), { name: "back" });
    await expect(there(1)).rejects.toThrow(InvalidArgumentError);
    const factorial = task(
      async (n: number): Promise<number> => {
        const run = getRunContext();
        return n < 2 ? 1 : n * (await run.run(factorial, n - 1));
      },
      { name: "factorial" },
    );
    expect(await factorial(5)).toBe(120);
  });
});

describe("a task's call", () => {
  test("that rejects with nothing rejects", async () => {
    const { task, storage } = createTaskWorld();
    const nothing = task(async () => Promise.reject(), { name: "nothing" });
    await expect(nothing()).rejects.toBeUndefined();
    expect(await keysOf(storage)).toEqual([]);
  });

  test("whose storage isn't registered rejects, and doesn't throw", async () => {
    const { task, flow } = createTaskWorld();
    const lost = task(() => 1, { resultStorage: "memory/nowhere" });
    const call = lost();
    await expect(call).rejects.toThrow(ConfigurationError);
    await expect(call).rejects.toThrow('"memory/nowhere"');
    await expect(flow(() => 1, { resultStorage: "memory/nowhere" })()).rejects.toThrow(ConfigurationError);
  });

  test("kept in memory only is a hit in transactions too, be they SERIALIZABLE", async () => {
    const { task, transaction } = createTaskWorld();
    let runs = 0;
    const count = task(() => ++runs, { name: "count", persistResult: false, cacheResultInMemory: true });
    await count();
    await transaction({ key: "k", commitMode: EAGER }, async (txn) => expect(await txn.run(count)).toBe(1));
    const options = { key: "other", isolationLevel: "SERIALIZABLE" } as const;
    await transaction(options, async (txn) => expect(await txn.run(count)).toBe(1));
    const fresh = count.withOptions({ name: "fresh" });
    await transaction(options, async (txn) => expect(await txn.run(fresh)).toBe(2));
    expect(await fresh()).toBe(2);
  });

  test("kept in memory only begins transactions that keep their records", async () => {
    const { task, transaction, store } = createTaskWorld();
    const inside = task(async () => transaction({ key: "k" }, (txn) => txn.stage(1)), {
      persistResult: false,
      cacheResultInMemory: true,
    });
    await inside();
    expect((await store.read("k"))?.result).toBe(1);
  });

  test("under a transaction's lock on the very key leaves it that lock, whatever its own store", async () => {
    const { task, transaction, store } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", version: "1", resultSerializer: "json" });
    const key = (await square.cacheKey([3])) ?? "";
    await transaction({ key, isolationLevel: "SERIALIZABLE", commitMode: EAGER }, async (txn) => {
      expect(await txn.run(square, 3)).toBe(9);
      expect(await store.lockManager?.isLockHolder(key, txn.holder)).toBe(true);
      txn.stage("mine");
    });
    expect((await store.read(key))?.result).toBe("mine");
    expect(await store.isLocked(key)).toBe(false);
  });

  test("in a transaction inside of an EAGER one is found by the next call, though nothing is kept yet", async () => {
    const { task, transaction } = createTaskWorld();
    let runs = 0;
    const count = task(async () => ++runs, { name: "count" });
    await transaction({ commitMode: EAGER }, async (txn) => {
      await txn.run(transaction, { commitMode: "LAZY" }, (child) => child.run(count));
      expect(await txn.run(count)).toBe(1);
    });
    expect([runs, await count()]).toEqual([1, 1]);
  });

  test("in what is left of a transaction that has ended is a call like any other", async () => {
    const { task, transaction, store, now } = createTaskWorld();
    let runs = 0;
    const count = task(async () => ++runs, { name: "count", cacheExpiration: 10 });
    const key = (await count.cacheKey([])) ?? "";
    expect(now).toBe(1_000);
    let ended!: Transaction;
    await transaction({}, async (txn) => {
      ended = txn;
      await txn.run(count);
    });
    await store.delete(key);
    expect(await ended.run(count)).toBe(2);
    await store.delete(key);
    await expect(
      transaction({}, (txn) => {
        ended = txn;
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await ended.run(count)).toBe(3);
    expect(await store.exists(key)).toBe(true);
    expect(ended.run(getTransaction)).toBeUndefined();
  });

  test("joined from another transaction that fails is no failure of its own", async () => {
    const { task, transaction, store } = createTaskWorld();
    const { opened, open } = gate();
    const started = gate();
    const slow = task(
      async () => {
        started.open();
        await opened;
        return "value";
      },
      { name: "slow", version: "1" },
    );
    const failing = transaction({ commitMode: EAGER, key: "failing" }, async (txn) => {
      const call = txn.run(slow);
      await started.opened;
      await txn.rollback();
      return call;
    });
    await started.opened;
    const joined = transaction({ commitMode: EAGER, key: "joined" }, async (txn) => {
      txn.stage(1);
      return txn.run(slow);
    });
    open();
    expect([await failing, await joined]).toEqual(["value", "value"]);
    expect(await store.exists("joined")).toBe(true);
    expect(await store.exists("failing")).toBe(false);
    expect(await store.exists((await slow.cacheKey([])) ?? "")).toBe(true);
  });

  test("joined that fails rolls back every EAGER transaction that it was called in", async () => {
    const { task, transaction, store } = createTaskWorld();
    const { opened, open } = gate();
    const broken = task(
      async () => {
        await opened;
        throw new Error("no");
      },
      { name: "broken" },
    );
    const run = (key: string) =>
      transaction({ commitMode: EAGER, key }, async (txn) => {
        txn.stage(1);
        await txn.run(broken).catch(() => {});
        expect(txn.isRolledBack()).toBe(true);
      });
    const both = Promise.all([run("a"), run("b")]);
    open();
    await both;
    expect([await store.exists("a"), await store.exists("b")]).toEqual([false, false]);
  });
});

describe("a task at the edge, which answers before its result is kept", () => {
  function createEdge(storage = new MemoryStorage()) {
    const { task } = createTaskWorld();
    const events: StoreEvent[] = [];
    const background: Promise<unknown>[] = [];
    const store = createStore({
      resultStorage: storage,
      lockManager: new MemoryLockManager(),
      waitUntil: (promise) => void background.push(promise),
      onEvent: (event) => events.push(event),
    });
    return { task, store, events, settled: async () => Promise.all(background) };
  }

  test("has run its commit hooks by then", async () => {
    const { task, store, settled } = createEdge();
    const ran: string[] = [];
    const square = task((x: number) => x * x, { store, onCommit: async () => ran.push("hook") });
    expect(await square(2)).toBe(4);
    expect(ran).toEqual(["hook"]);
    await settled();
    const broken = square.withOptions({
      onCommit: () => {
        throw new Error("no");
      },
    });
    await expect(broken(3)).rejects.toThrow("no");
    await settled();
  });

  test("tells of what fails after that", async () => {
    class FullStorage extends MemoryStorage {
      override async write(): Promise<never> {
        throw new StorageError("the disk is gone");
      }
    }
    const { task, store, events, settled } = createEdge(new FullStorage());
    const undone: string[] = [];
    const square = task((x: number) => x * x, { store, onRollback: () => undone.push("undone") });
    expect(await square(2)).toBe(4);
    await settled();
    expect([undone, events.filter(({ type }) => type === "write-error").length]).toEqual([["undone"], 1]);
  });
});

describe("the stores of tasks", () => {
  test("are one inside and outside of a transaction with the same locks, so that callers join", async () => {
    const { task, transaction } = createTaskWorld();
    const seen = new Set<unknown>();
    const look = task((_n: number) => seen.add(getRunContext().store).size, { resultSerializer: new JsonSerializer() });
    expect([await look(1), await transaction({ key: "k" }, (txn) => txn.run(look, 2))]).toEqual([1, 1]);
  });
});
