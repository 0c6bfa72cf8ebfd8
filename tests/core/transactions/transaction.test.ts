import { describe, expect, test, vi } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { getTransaction } from "../../../src/core/work/get-transaction.ts";
import { CommitMode, type Transaction, TransactionState } from "../../../src/core/work/transaction.ts";
import {
  ConfigurationError,
  InvalidArgumentError,
  LockTimeoutError,
  SerializationError,
  StorageError,
} from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { keysOf } from "../tasks/task-world.ts";
import { createStore as createTestStore, transaction } from "../../stores.ts";

const { EAGER, LAZY, OFF } = CommitMode;
const { SERIALIZABLE } = IsolationLevel;

function createWorld() {
  const resultStorage = new MemoryStorage();
  const lockManager = new MemoryLockManager();
  const events: StoreEvent[] = [];
  const createStore = () => createTestStore({ resultStorage, lockManager, onEvent: (event) => events.push(event) });
  return { store: createStore(), createStore, storage: resultStorage, lockManager, events };
}

const fail = () => {
  throw new Error("no");
};

describe("a transaction", () => {
  test("keeps what is staged when it ends well, and gives what its function gives", async () => {
    const { store } = createWorld();
    const states: TransactionState[] = [];
    let seen: Transaction | undefined;
    const value = await transaction({ store, key: "k" }, async (txn) => {
      seen = txn;
      states.push(txn.state);
      txn.stage({ rows: 3 });
      states.push(txn.state);
      expect(await store.exists("k")).toBe(false);
      return "done";
    });
    expect(value).toBe("done");
    expect(states).toEqual([TransactionState.ACTIVE, TransactionState.STAGED]);
    expect(seen?.state).toBe(TransactionState.COMMITTED);
    expect((await store.read("k"))?.result).toEqual({ rows: 3 });
  });

  test("keeps nothing where its function throws, and rejects with the very error", async () => {
    const { store, storage } = createWorld();
    const error = new Error("no");
    let seen: Transaction | undefined;
    const run = transaction({ store, key: "k" }, async (txn) => {
      seen = txn;
      txn.stage(1);
      throw error;
    });
    await expect(run).rejects.toBe(error);
    expect(seen?.isRolledBack()).toBe(true);
    expect(await keysOf(storage)).toEqual([]);
  });

  test("is committed from the start where there is a record, and staging then does nothing", async () => {
    const { store } = createWorld();
    await store.write("k", "before");
    await transaction({ store, key: "k" }, async (txn) => {
      expect(txn.isCommitted()).toBe(true);
      expect((await txn.read())?.result).toBe("before");
      txn.stage("after");
      expect(txn.isCommitted()).toBe(true);
    });
    expect((await store.read("k"))?.result).toBe("before");
  });

  test("begins anew with overwrite, and where the record has expired", async () => {
    const { store } = createWorld();
    await store.write("k", "before");
    await transaction({ store, key: "k", overwrite: true }, (txn) => txn.stage("after"));
    expect((await store.read("k"))?.result).toBe("after");
    await store.write("old", 1, { expiration: new Date(1) });
    await transaction({ store, key: "old" }, (txn) => txn.stage(2));
    expect((await store.read("old"))?.result).toBe(2);
  });

  test("writes nothing where nothing is staged, or writeOnCommit is false, and keeps undefined where that is staged", async () => {
    const { store, storage } = createWorld();
    await transaction({ store, key: "nothing" }, () => {});
    await transaction({ store, key: "unwritten", writeOnCommit: false }, (txn) => txn.stage(1));
    await transaction({ store }, (txn) => txn.stage(1));
    await transaction({ store, key: "undefined" }, (txn) => txn.stage(undefined));
    expect(await keysOf(storage)).toEqual(["undefined"]);
  });

  test("keeps a staged record as it is", async () => {
    const { store } = createWorld();
    const expiration = new Date(Date.now() + 60_000);
    const record = store.createResultRecord("mine", { key: "own", expiration });
    await transaction({ store, key: "k" }, (txn) => txn.stage(record));
    expect(record.isPersisted).toBe(true);
    expect(await store.exists("k")).toBe(false);
    expect((await store.read("own"))?.expiration).toEqual(expiration);
  });

  test("commits and rolls back by hand, once", async () => {
    const { store } = createWorld();
    await transaction({ store, key: "k" }, async (txn) => {
      txn.stage(1);
      expect([await txn.commit(), await txn.commit(), await txn.rollback()]).toEqual([true, false, false]);
      expect((await store.read("k"))?.result).toBe(1);
    });
    await transaction({ store, key: "other" }, async (txn) => {
      txn.stage(1);
      expect([await txn.rollback(), await txn.rollback(), await txn.commit()]).toEqual([true, false, false]);
    });
    expect(await store.exists("other")).toBe(false);
  });

  test("rejects, with all rolled back, where what is staged can't be serialized or kept", async () => {
    const { store } = createWorld();
    const undone: string[] = [];
    const onRollback = () => undone.push("undone");
    const staged = transaction({ store, key: "k" }, (txn) => txn.stage(() => 1, { onRollback }));
    await expect(staged).rejects.toBeInstanceOf(SerializationError);
    class FullStorage extends MemoryStorage {
      override async write(): Promise<never> {
        throw new StorageError("the disk is gone");
      }
    }
    const broken = createTestStore({ resultStorage: new FullStorage() });
    const written = transaction({ store: broken, key: "k" }, (txn) => txn.stage(1, { onRollback }));
    await expect(written).rejects.toBeInstanceOf(StorageError);
    expect(undone).toEqual(["undone", "undone"]);
  });

  test("rolls back instead of committing once its signal has aborted", async () => {
    const { store } = createWorld();
    const controller = new AbortController();
    const run = transaction({ store, key: "k", signal: controller.signal }, (txn) => {
      txn.stage(1);
      controller.abort(new Error("enough"));
    });
    await expect(run).rejects.toThrow("enough");
    expect(await store.exists("k")).toBe(false);
  });
});

describe("hooks", () => {
  test("of commit run in order, before the record is there", async () => {
    const { store } = createWorld();
    const ran: unknown[] = [];
    await transaction({ store, key: "k" }, (txn) => {
      txn.onCommit(async () => ran.push(["first", await store.exists("k")]));
      txn.stage(1, { onCommit: [(inside) => ran.push(["second", inside === txn]), () => ran.push("third")] });
    });
    expect(ran).toEqual([["first", false], ["second", true], "third"]);
  });

  test("of rollback run the last one first, and never at commit", async () => {
    const { store } = createWorld();
    const ran: number[] = [];
    const hooks = [() => ran.push(1), () => ran.push(2), () => ran.push(3)];
    await expect(
      transaction({ store, key: "k" }, (txn) => {
        txn.stage(1, { onRollback: hooks });
        fail();
      }),
    ).rejects.toThrow("no");
    expect(ran).toEqual([3, 2, 1]);
    await transaction({ store, key: "k" }, (txn) => txn.stage(1, { onRollback: hooks }));
    expect(ran).toHaveLength(3);
  });

  test("that throw at commit roll all back, and reject the transaction", async () => {
    const { store } = createWorld();
    const ran: string[] = [];
    const run = transaction({ store, key: "k" }, (txn) =>
      txn.stage(1, { onCommit: [fail, () => ran.push("later")], onRollback: () => ran.push("undone") }),
    );
    await expect(run).rejects.toThrow("no");
    expect(ran).toEqual(["undone"]);
    expect(await store.exists("k")).toBe(false);
  });

  test("that throw at rollback are told by an event, and the others still run", async () => {
    const { store, events } = createWorld();
    const ran: string[] = [];
    const run = transaction({ store, key: "k" }, (txn) => {
      txn.stage(1, { onRollback: [() => ran.push("first"), fail, () => ran.push("last")] });
      throw new Error("the reason");
    });
    await expect(run).rejects.toThrow("the reason");
    expect(ran).toEqual(["last", "first"]);
    const told = events.filter(({ type }) => type === "hook-error");
    expect(told).toMatchObject([{ key: "k", error: { message: "no" } }]);
  });

  test("find what was set, and the transaction around", async () => {
    const { store } = createWorld();
    const found: unknown[] = [];
    await transaction({ store }, async (txn) => {
      txn.set("path", "/tmp/a");
      await txn.run(transaction, { key: "k" }, (child) => {
        child.stage(1, { onCommit: (inside) => found.push(inside.parent?.get("path"), inside.get("path")) });
      });
    });
    expect(found).toEqual(["/tmp/a", "/tmp/a"]);
  });

  test("may commit or roll back by themselves without waiting for themselves", async () => {
    const { store } = createWorld();
    const ran: unknown[] = [];
    await transaction({ store, key: "k" }, (txn) =>
      txn.stage(1, { onCommit: async (inside) => ran.push(await inside.commit()) }),
    );
    expect([ran, await store.exists("k")]).toEqual([[false], true]);
    await transaction({ store, key: "other" }, (txn) =>
      txn.stage(1, { onCommit: async (inside) => ran.push(await inside.rollback()) }),
    );
    expect([ran, await store.exists("other")]).toEqual([[false, true], false]);
  });
});

describe("set and get", () => {
  test("copy values, so that later changes stay outside", async () => {
    const { store } = createWorld();
    await transaction({ store }, (txn) => {
      const list = [1];
      txn.set("list", list);
      list.push(2);
      (txn.get("list") as number[]).push(3);
      expect(txn.get("list")).toEqual([1]);
    });
  });

  test("look at the transactions around, then at the fallback, and then say what is missing", async () => {
    const { store } = createWorld();
    await transaction({ store }, async (txn) => {
      txn.set("a", 1);
      await txn.run(transaction, {}, (child) => {
        child.set("b", 2);
        expect([child.get("a"), child.get("b"), child.get("c", 3), child.get("c", undefined)]).toEqual([
          1,
          2,
          3,
          undefined,
        ]);
        expect(() => child.get("c")).toThrow(InvalidArgumentError);
        expect(() => child.get("c")).toThrow('"c"');
      });
      expect(txn.get("b", "not here")).toBe("not here");
      expect(() => txn.set("fn", () => 1)).toThrow(InvalidArgumentError);
    });
  });
});

describe("children", () => {
  test("commit with the outermost one when LAZY", async () => {
    const { store } = createWorld();
    await transaction({ store, key: "outer" }, async (txn) => {
      txn.stage("outer");
      await txn.run(transaction, { key: "inner" }, async (child) => {
        await child.run(transaction, { key: "innermost" }, (third) => third.stage("innermost"));
        child.stage("inner");
      });
      expect([await store.exists("inner"), await store.exists("innermost")]).toEqual([false, false]);
    });
    const kept = await store.readMany(["outer", "inner", "innermost"]);
    expect(kept.map((record) => record?.result)).toEqual(["outer", "inner", "innermost"]);
  });

  test("commit at their own end when EAGER", async () => {
    const { store } = createWorld();
    const run = transaction({ store, key: "outer", commitMode: EAGER }, async (txn) => {
      await txn.run(transaction, { key: "inner" }, (child) => {
        expect(child.commitMode).toBe(EAGER);
        child.stage(1);
      });
      expect(await store.exists("inner")).toBe(true);
      fail();
    });
    await expect(run).rejects.toThrow("no");
    expect(await store.exists("inner")).toBe(true);
  });

  test("are undone, the last one first and after the hooks around them, where the one around fails", async () => {
    const { store, storage } = createWorld();
    const ran: string[] = [];
    const run = transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(0, { onRollback: () => ran.push("outer") });
      await txn.run(transaction, { key: "a" }, (child) => child.stage(1, { onRollback: () => ran.push("a") }));
      await txn.run(transaction, { key: "b" }, (child) => child.stage(1, { onRollback: () => ran.push("b") }));
      fail();
    });
    await expect(run).rejects.toThrow("no");
    expect(ran).toEqual(["outer", "b", "a"]);
    expect(await keysOf(storage)).toEqual([]);
  });

  test("commit in order, before the hooks and the record of the one around", async () => {
    const { store, events } = createWorld();
    const ran: string[] = [];
    await transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(0, { onCommit: () => ran.push("outer") });
      await txn.run(transaction, { key: "a" }, (child) => child.stage(1, { onCommit: () => ran.push("a") }));
      await txn.run(transaction, { key: "b" }, (child) => child.stage(1, { onCommit: () => ran.push("b") }));
    });
    expect(ran).toEqual(["a", "b", "outer"]);
    const writes = events.flatMap((event) => (event.type === "write" ? event.key : []));
    expect(writes).toEqual(["a", "b", "outer"]);
  });

  test("that fail roll the one around back, even where their error is caught", async () => {
    const { store } = createWorld();
    await transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(1);
      await txn.run(transaction, { key: "inner" }, fail).catch(() => {});
      expect(txn.isRolledBack()).toBe(true);
    });
    expect(await store.exists("outer")).toBe(false);
  });

  test("rolled back by hand roll the one around back", async () => {
    const { store } = createWorld();
    await transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(1);
      await txn.run(transaction, { key: "inner" }, async (child) => void (await child.rollback()));
      expect(txn.isRolledBack()).toBe(true);
    });
    expect(await store.exists("outer")).toBe(false);
  });

  test("that can't begin leave the one around as it is", async () => {
    const { store, createStore } = createWorld();
    await createStore().acquireLock("inner", { holder: "another" });
    await transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(1);
      const inner = { key: "inner", isolationLevel: SERIALIZABLE, acquireTimeout: 0 };
      await expect(txn.run(transaction, inner, () => {})).rejects.toBeInstanceOf(LockTimeoutError);
      expect(txn.isStaged()).toBe(true);
    });
    expect(await store.exists("outer")).toBe(true);
  });

  test("that end after the one around was rolled back are undone too", async () => {
    const { store } = createWorld();
    const undone: string[] = [];
    await transaction({ store, key: "outer" }, async (txn) => {
      await txn.rollback();
      await txn.run(transaction, { key: "inner" }, (child) =>
        child.stage(1, { onRollback: () => undone.push("inner") }),
      );
    });
    expect([undone, await store.exists("inner")]).toEqual([["inner"], false]);
  });

  test("that nobody waits for keep their own result", async () => {
    const { store } = createWorld();
    const { opened, open } = gate();
    let late: Promise<unknown> | undefined;
    await transaction({ store, key: "outer" }, (txn) => {
      txn.stage(1);
      late = txn.run(transaction, { key: "late" }, async (child) => {
        await opened;
        child.stage(2);
      });
    });
    expect(await store.exists("late")).toBe(false);
    open();
    await late;
    expect(await store.exists("late")).toBe(true);
  });

  test("inherit store, mode and level, and may have others", async () => {
    const { store, createStore } = createWorld();
    const other = createStore();
    await transaction({ store, commitMode: OFF, isolationLevel: SERIALIZABLE }, async (txn) => {
      await txn.run(transaction, {}, (child) => {
        expect([child.store, child.commitMode, child.isolationLevel, child.parent]).toEqual([
          store,
          OFF,
          SERIALIZABLE,
          txn,
        ]);
      });
      await txn.run(transaction, { store: other, commitMode: LAZY, isolationLevel: "READ_COMMITTED" }, (child) => {
        expect([child.store, child.commitMode, child.isolationLevel]).toEqual([other, LAZY, "READ_COMMITTED"]);
      });
    });
  });
});

describe("commit mode OFF", () => {
  test("rolls back unless it was committed by hand", async () => {
    const { store } = createWorld();
    const undone: string[] = [];
    await transaction({ store, key: "k", commitMode: OFF }, (txn) =>
      txn.stage(1, { onRollback: () => undone.push("k") }),
    );
    expect([undone, await store.exists("k")]).toEqual([["k"], false]);
    await transaction({ store, key: "k", commitMode: OFF }, async (txn) => {
      txn.stage(1);
      await txn.run(transaction, { key: "inner" }, (child) => child.stage(2));
      await txn.commit();
    });
    expect([await store.exists("k"), await store.exists("inner")]).toEqual([true, true]);
  });
});

describe("SERIALIZABLE", () => {
  test("holds the lock from begin to end, however that comes", async () => {
    const { store, lockManager } = createWorld();
    await transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, async (txn) => {
      expect(await lockManager.isLockHolder("k", txn.holder)).toBe(true);
      txn.stage(1);
    });
    expect(await lockManager.isLocked("k")).toBe(false);
    for (const end of [
      fail,
      async (txn: Transaction) => void (await txn.rollback()),
      async (txn: Transaction) => void (await txn.commit()),
    ]) {
      const options = { key: "k", isolationLevel: SERIALIZABLE, overwrite: true };
      await transaction({ store, ...options }, end).catch(() => {});
      expect(await lockManager.isLocked("k")).toBe(false);
    }
  });

  test("lets one after the other see what was committed before", async () => {
    const { createStore } = createWorld();
    const count = async (store: ResultStore) =>
      transaction({ store, key: "n", isolationLevel: SERIALIZABLE, overwrite: true }, async (txn) => {
        const before = Number((await txn.read())?.result ?? 0);
        txn.stage(before + 1);
      });
    const stores = [createStore(), createStore(), createStore()];
    await Promise.all(Array.from({ length: 30 }, (_, i) => count(stores[i % 3]!)));
    expect((await createStore().read("n"))?.result).toBe(30);
  });

  test("nested on the same key waits for nobody, and only the outermost releases", async () => {
    const { store, lockManager } = createWorld();
    const options = { key: "k", isolationLevel: SERIALIZABLE };
    await transaction({ store, ...options }, async (txn) => {
      await txn.run(transaction, { ...options, commitMode: EAGER }, async (child) => {
        expect(child.holder).toBe(txn.holder);
        await child.run(transaction, { ...options, overwrite: true }, () => {});
        child.stage("inner");
      });
      expect(await lockManager.isLockHolder("k", txn.holder)).toBe(true);
      txn.stage("outer");
    });
    expect((await store.read("k"))?.result).toBe("outer");
    expect(await lockManager.isLocked("k")).toBe(false);
  });

  test("a child that was staged keeps its lock until the one around ends", async () => {
    const { store, lockManager } = createWorld();
    await transaction({ store }, async (txn) => {
      await txn.run(transaction, { key: "k", isolationLevel: SERIALIZABLE }, (child) => child.stage(1));
      expect(await lockManager.isLocked("k")).toBe(true);
    });
    expect([await lockManager.isLocked("k"), await store.exists("k")]).toEqual([false, true]);
  });

  test("siblings at the same time on one key share the lock, and release it once", async () => {
    const { store, lockManager } = createWorld();
    await transaction({ store }, async (txn) => {
      const child = async () =>
        txn.run(
          transaction,
          { key: "k", isolationLevel: SERIALIZABLE, commitMode: EAGER, overwrite: true },
          async (each) => {
            await Promise.resolve();
            expect(await lockManager.isLockHolder("k", each.holder)).toBe(true);
            each.stage(1);
          },
        );
      await Promise.all([child(), child().then(child), child()]);
    });
    expect(await lockManager.isLocked("k")).toBe(false);
  });

  test("two that take the same locks in opposite order end by a timeout that names both", async () => {
    const { createStore, lockManager } = createWorld();
    const [one, other] = [createStore(), createStore()];
    const meet = [gate(), gate()];
    const take = (store: ResultStore, keys: readonly [string, string], i: number) =>
      transaction({ store, key: keys[0], isolationLevel: SERIALIZABLE }, async (txn) => {
        meet[i]!.open();
        await Promise.all(meet.map(({ opened }) => opened));
        await txn.run(transaction, { key: keys[1], acquireTimeout: i === 0 ? 50 : 10_000 }, (child) => child.stage(i));
      });
    const [first, second] = await Promise.allSettled([take(one, ["a", "b"], 0), take(other, ["b", "a"], 1)]);
    const reason: unknown = first.status === "rejected" ? first.reason : undefined;
    expect(reason).toBeInstanceOf(LockTimeoutError);
    expect(String(reason)).toMatch(/"b".*"a"/);
    expect(second.status).toBe("fulfilled");
    expect([await lockManager.isLocked("a"), await lockManager.isLocked("b")]).toEqual([false, false]);
  });

  test("is refused with the reason where the store can't give it", async () => {
    const store = createTestStore();
    const run = vi.fn();
    await expect(transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, run)).rejects.toThrow(
      ConfigurationError,
    );
    await expect(transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, run)).rejects.toThrow("no lockManager");
    expect(run).not.toHaveBeenCalled();
  });

  test("gives up after acquireTimeout", async () => {
    const { store } = createWorld();
    await store.acquireLock("k", { holder: "another" });
    const run = transaction({ store, key: "k", isolationLevel: SERIALIZABLE, acquireTimeout: 0 }, () => {});
    await expect(run).rejects.toBeInstanceOf(LockTimeoutError);
  });
});

describe("READ_COMMITTED", () => {
  test("asks for no lock where nobody has one", async () => {
    const { store, events } = createWorld();
    await transaction({ store, key: "k" }, (txn) => txn.stage(1));
    expect(events.map(({ type }) => type)).toEqual(["miss", "write"]);
  });

  test("waits for one who is computing the record, and takes that", async () => {
    const { createStore } = createWorld();
    const { opened, open } = gate();
    const computing = createStore().getOrCompute("k", async () => {
      await opened;
      return "computed";
    });
    const mine = transaction({ store: createStore(), key: "k" }, async (txn) => (await txn.read())?.result);
    await vi.waitFor(async () => expect(await createStore().isLocked("k")).toBe(true));
    open();
    expect([await computing, await mine]).toEqual(["computed", "computed"]);
  });

  test("reading waits for another's lock no longer than acquireTimeout says", async () => {
    const { store, createStore } = createWorld();
    const run = transaction({ store, key: "k", acquireTimeout: 5 }, async (txn) => {
      await createStore().acquireLock("k");
      return txn.read();
    });
    await expect(run).rejects.toBeInstanceOf(LockTimeoutError);
  });

  test("waits for its turn where another has taken the lock meanwhile", async () => {
    const { store, createStore, lockManager } = createWorld();
    const other = createStore();
    await other.acquireLock("later", { holder: "another" });
    const queueing = vi.spyOn(lockManager, "acquireLock");
    const run = transaction({ store, key: "k" }, async (txn) =>
      txn.stage(store.createResultRecord(1, { key: "later" })),
    );
    await vi.waitFor(() => expect(queueing).toHaveBeenCalledWith("later", expect.any(String), expect.anything()));
    await other.write("later", 0, { holder: "another" });
    await other.releaseLock("later", { holder: "another" });
    await run;
    expect((await store.read("later"))?.result).toBe(1);
    expect(await lockManager.isLocked("later")).toBe(false);
  });
});

describe("what can't be meant is refused", () => {
  test("unknown modes and levels, hooks that are no functions, a missing function", async () => {
    const { store } = createWorld();
    const refused = (options: object, fn: unknown = () => {}) => transaction({ store, ...options }, fn as () => void);
    await expect(refused({ commitMode: "SOON" })).rejects.toThrow(
      "Unknown commit mode SOON; known are EAGER, LAZY, OFF",
    );
    await expect(refused({ isolationLevel: "SNAPSHOT" })).rejects.toThrow("Unknown isolation level SNAPSHOT");
    await expect(refused({}, "fn")).rejects.toThrow(InvalidArgumentError);
    await expect(refused({ acquireTimeout: -1 })).rejects.toThrow("acquireTimeout");
    await expect(refused({}, (txn: Transaction) => txn.stage(1, { onCommit: 1 as never }))).rejects.toThrow("onCommit");
  });
});

describe("getTransaction", () => {
  test("gives the transaction around until the first await, and nothing outside", async () => {
    expect(getTransaction()).toBeUndefined();
    await transaction({}, (txn) => {
      expect(getTransaction()).toBe(txn);
      return txn.run(transaction, {}, (child) => expect(getTransaction()).toBe(child));
    });
    expect(getTransaction()).toBeUndefined();
  });

  test("is brought back by run", async () => {
    await transaction({}, async (txn) => {
      await Promise.resolve();
      expect(txn.run(getTransaction)).toBe(txn);
    });
  });
});
