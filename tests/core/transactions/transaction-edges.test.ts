import { asyncDispose } from "../../../src/core/concurrency/async-dispose.ts";
import { describe, expect, test, vi } from "vitest";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { CommitMode, type Transaction } from "../../../src/core/work/transaction.ts";
import { InvalidArgumentError, LockTimeoutError, StaleLockError, StorageError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createStore as createTestStore, transaction } from "../../stores.ts";

const { EAGER, LAZY, OFF } = CommitMode;
const { SERIALIZABLE } = IsolationLevel;

/** A storage whose writes wait, and whose reads fail, as told. */
class TroubledStorage extends MemoryStorage {
  readonly writing = gate();
  readonly mayWrite = gate();
  failsToRead = false;
  holdsWrites = false;
  readonly refused = new Set<string>();

  override async read(key: string) {
    if (this.failsToRead) throw new StorageError("the disk is gone");
    return super.read(key);
  }

  override async write(...args: Parameters<MemoryStorage["write"]>) {
    if (this.holdsWrites) {
      this.writing.open();
      await this.mayWrite.opened;
    }
    if (this.refused.has(args[0])) throw new StorageError("the disk is full");
    return super.write(...args);
  }
}

function createWorld() {
  const resultStorage = new TroubledStorage();
  const lockManager = new MemoryLockManager();
  const createStore = () => createTestStore({ resultStorage, lockManager });
  return { store: createStore(), createStore, storage: resultStorage, lockManager };
}

const fail = () => {
  throw new Error("no");
};

describe("commit and rollback at the same time", () => {
  test("a commit that nobody waited for is over before the transaction is", async () => {
    const { store, storage } = createWorld();
    storage.holdsWrites = true;
    let isOver = false;
    const run = transaction({ store, key: "k" }, (txn) => {
      txn.stage(1);
      void txn.commit();
    }).then(() => (isOver = true));
    await storage.writing.opened;
    expect(isOver).toBe(false);
    storage.mayWrite.open();
    await run;
    expect((await store.read("k"))?.result).toBe(1);
  });

  test("a commit that nobody waited for and that fails makes the transaction reject", async () => {
    const { store, storage } = createWorld();
    storage.refused.add("k");
    storage.holdsWrites = true;
    const run = transaction({ store, key: "k" }, (txn) => {
      txn.stage(1);
      txn.commit().catch(() => {});
    });
    await storage.writing.opened;
    storage.mayWrite.open();
    await expect(run).rejects.toThrow("the disk is full");
  });

  test("a rollback that nobody waited for is over before the transaction is, and under its lock", async () => {
    const { store, lockManager } = createWorld();
    const { opened, open } = gate();
    const ran: unknown[] = [];
    const options = { key: "k", isolationLevel: SERIALIZABLE };
    const run = transaction({ store, ...options }, (txn) => {
      txn.stage(1, {
        onRollback: async () => {
          await opened;
          ran.push(["undone", await lockManager.isLocked("k")]);
        },
      });
      void txn.rollback();
      fail();
    });
    const seen = run.catch(() => ran.push("over"));
    await expect(Promise.race([seen, Promise.resolve().then(() => "goes on")])).resolves.toBe("goes on");
    open();
    await seen;
    expect(ran).toEqual([["undone", true], "over"]);
    expect(await lockManager.isLocked("k")).toBe(false);
  });

  test("hooks that commit or roll back by themselves leave the lock until all is undone", async () => {
    const { store, lockManager } = createWorld();
    const locked: boolean[] = [];
    const note = async () => void locked.push(await lockManager.isLocked("k"));
    const again = async (txn: Transaction) => void (await txn.rollback(), await txn.commit());
    const run = transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, (txn) => {
      txn.stage(1, { onRollback: [note, again] });
      fail();
    });
    await expect(run).rejects.toThrow("no");
    expect([locked, await lockManager.isLocked("k")]).toEqual([[true], false]);
  });

  test("a rollback waits for the write that is under way, and comes too late", async () => {
    const { store, storage } = createWorld();
    storage.holdsWrites = true;
    const ran: string[] = [];
    await transaction({ store, key: "k" }, async (txn) => {
      txn.stage(1, { onRollback: () => ran.push("undone") });
      const committed = txn.commit();
      await storage.writing.opened;
      const rolledBack = txn.rollback();
      storage.mayWrite.open();
      expect([await committed, await rolledBack]).toEqual([true, false]);
    });
    expect([ran, await store.exists("k")]).toEqual([[], true]);
  });
});

describe("a commit", () => {
  test("ends where a hook of a child rolls the one around back: no later child and no later hook commits", async () => {
    const { store } = createWorld();
    const ran: string[] = [];
    await transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(0, { onCommit: () => ran.push("outer"), onRollback: () => ran.push("outer undone") });
      await txn.run(transaction, { key: "a" }, (child) =>
        child.stage(1, { onCommit: () => txn.rollback(), onRollback: () => ran.push("a undone") }),
      );
      await txn.run(transaction, { key: "b" }, (child) => child.stage(1, { onCommit: () => ran.push("b") }));
    });
    expect(ran).toEqual(["outer undone", "a undone"]);
    expect(await store.readMany(["outer", "a", "b"])).toEqual([undefined, undefined, undefined]);
  });

  test("ends where a hook rolls back: no later hook runs", async () => {
    const { store } = createWorld();
    const ran: string[] = [];
    await transaction({ store, key: "k" }, (txn) =>
      txn.stage(0, { onCommit: [(each) => each.rollback(), () => ran.push("later")] }),
    );
    expect(ran).toEqual([]);
  });

  test("rolls back where a child was rolled back by hand since its end, or in its own hook", async () => {
    const { store } = createWorld();
    const ends = {
      later: { onCommit: () => {} },
      hook: { onCommit: async (child: Transaction) => void (await child.rollback()) },
    };
    for (const [name, hooks] of Object.entries(ends)) {
      let outer: Transaction | undefined;
      await transaction({ store, key: name }, async (txn) => {
        outer = txn;
        txn.stage(1);
        let child!: Transaction;
        await txn.run(transaction, { key: `${name}/child` }, (each) => {
          child = each;
          child.stage(2, hooks);
        });
        if (name === "later") await child.rollback();
      });
      expect([outer?.state, await store.exists(name)]).toEqual(["ROLLED_BACK", false]);
    }
  });

  test("that fails at the second child leaves the first as it is, and undoes the rest", async () => {
    const { store, storage } = createWorld();
    storage.refused.add("b");
    const ran: string[] = [];
    const children: Transaction[] = [];
    const run = transaction({ store, key: "outer" }, async (txn) => {
      txn.stage(0, { onRollback: () => ran.push("outer") });
      for (const key of ["a", "b", "c"]) {
        await txn.run(transaction, { key }, (child) => {
          children.push(child);
          child.stage(1, { onCommit: () => ran.push(`+${key}`), onRollback: () => ran.push(`-${key}`) });
        });
      }
    });
    await expect(run).rejects.toThrow("the disk is full");
    expect(children.map(({ state }) => state)).toEqual(["COMMITTED", "ROLLED_BACK", "ROLLED_BACK"]);
    expect(ran).toEqual(["+a", "+b", "-b", "outer", "-c"]);
  });

  test("hooks may stage, and begin transactions of their own", async () => {
    const { store } = createWorld();
    await transaction({ store, key: "k" }, (txn) =>
      txn.stage("first", {
        onCommit: async (each) => {
          each.stage("second");
          await each.run(transaction, { key: "log" }, (child) => child.stage("done"));
        },
      }),
    );
    const kept = await store.readMany(["k", "log"]);
    expect(kept.map((record) => record?.result)).toEqual(["second", "done"]);
  });

  test("of the outermost one takes children of one that was committed from the start", async () => {
    const { store } = createWorld();
    await store.write("found", 0);
    const run = transaction({ store }, async (txn) => {
      await txn.run(transaction, { key: "found" }, async (found) => {
        expect(found.isCommitted()).toBe(true);
        await found.run(transaction, { key: "inside" }, (child) => child.stage(1));
      });
      expect(await store.exists("inside")).toBe(false);
      fail();
    });
    await expect(run).rejects.toThrow("no");
    expect(await store.exists("inside")).toBe(false);
  });
});

describe("the lock of a SERIALIZABLE transaction", () => {
  test("is free again where it can't look", async () => {
    const { store, storage, lockManager } = createWorld();
    storage.failsToRead = true;
    const work = vi.fn();
    const run = transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, work);
    await expect(run).rejects.toThrow("the disk is gone");
    expect([work.mock.calls, await lockManager.isLocked("k")]).toEqual([[], false]);
  });

  test("is never taken where its signal aborts while it waits", async () => {
    const { store, lockManager } = createWorld();
    const other = await lockManager.acquireLock("k", "another");
    const controller = new AbortController();
    const queueing = vi.spyOn(lockManager, "acquireLock");
    const work = vi.fn();
    const options = { key: "k", isolationLevel: SERIALIZABLE, signal: controller.signal };
    const run = transaction({ store, ...options }, work);
    await vi.waitFor(() => expect(queueing).toHaveBeenCalled());
    controller.abort(new Error("enough"));
    await expect(run).rejects.toThrow("enough");
    await other?.[asyncDispose]();
    expect([work.mock.calls, await lockManager.isLocked("k")]).toEqual([[], false]);
  });

  test("that has aborted before the begin runs nothing", async () => {
    const { store } = createWorld();
    const work = vi.fn();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(transaction({ store, signal }, work)).rejects.toThrow("enough");
    expect(work).not.toHaveBeenCalled();
  });

  test("is held while a commit hook throws, and free after", async () => {
    const { store, lockManager } = createWorld();
    const held: boolean[] = [];
    const onCommit = async () => {
      held.push(await lockManager.isLocked("k"));
      fail();
    };
    const run = transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, (txn) => txn.stage(1, { onCommit }));
    await expect(run).rejects.toThrow("no");
    expect([held, await lockManager.isLocked("k")]).toEqual([[true], false]);
  });

  test("of a sibling that gives up waiting is still waited for by the others", async () => {
    const { store, lockManager } = createWorld();
    const other = await lockManager.acquireLock("k", "another");
    const queueing = vi.spyOn(lockManager, "acquireLock");
    const controller = new AbortController();
    const options = { key: "k", isolationLevel: SERIALIZABLE, commitMode: EAGER };
    const result = await transaction({ store, isolationLevel: SERIALIZABLE }, async (txn) => {
      const impatient = txn.run(transaction, { ...options, signal: controller.signal }, () => "impatient");
      await vi.waitFor(() => expect(queueing).toHaveBeenCalledTimes(1));
      const patient = txn.run(transaction, { ...options, overwrite: true }, () => "patient");
      controller.abort(new Error("enough"));
      await expect(impatient).rejects.toThrow("enough");
      await other?.[asyncDispose]();
      return patient;
    });
    expect([result, await lockManager.isLocked("k")]).toEqual(["patient", false]);
  });

  test("that is just being released is taken anew, and not lost with it", async () => {
    const { store, lockManager } = createWorld();
    const [releasing, mayRelease] = [gate(), gate()];
    const release = lockManager.releaseLock.bind(lockManager);
    vi.spyOn(lockManager, "releaseLock").mockImplementationOnce(async (...args) => {
      releasing.open();
      await mayRelease.opened;
      return release(...args);
    });
    const options = { key: "k", isolationLevel: SERIALIZABLE, commitMode: EAGER, overwrite: true };
    await transaction({ store }, async (txn) => {
      const first = txn.run(transaction, options, () => {});
      await releasing.opened;
      const second = txn.run(transaction, options, async (child) => {
        mayRelease.open();
        await first;
        return lockManager.isLockHolder("k", child.holder);
      });
      mayRelease.open();
      expect(await second).toBe(true);
    });
    expect(await lockManager.isLocked("k")).toBe(false);
  });

  test("that a sibling waits for is given up on by one's own signal and timeout", async () => {
    const { store, lockManager } = createWorld();
    const other = await lockManager.acquireLock("k", "another");
    const options = { key: "k", isolationLevel: SERIALIZABLE, commitMode: EAGER };
    await transaction({ store }, async (txn) => {
      const patient = txn.run(transaction, options, () => "patient");
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(txn.run(transaction, { ...options, signal }, () => {})).rejects.toThrow("enough");
      await expect(txn.run(transaction, { ...options, acquireTimeout: 0 }, () => {})).rejects.toThrow(LockTimeoutError);
      await other?.[asyncDispose]();
      expect(await patient).toBe("patient");
    });
    expect(await lockManager.isLocked("k")).toBe(false);
  });

  test("of a child that works on after the one around has committed is held to its own end", async () => {
    const { store, lockManager } = createWorld();
    const { opened, open } = gate();
    const started = gate();
    const options = { key: "k", isolationLevel: SERIALIZABLE };
    let late: Promise<unknown> | undefined;
    await transaction({ store, ...options }, async (txn) => {
      late = txn.run(transaction, { ...options, overwrite: true }, async (child) => {
        started.open();
        await opened;
        child.stage("late");
      });
      await started.opened;
      txn.stage("early");
      await txn.commit();
    });
    expect([await lockManager.isLocked("k"), await store.read("k", { timeout: 0 }).catch(() => "locked")]).toEqual([
      true,
      "locked",
    ]);
    open();
    await late;
    expect([await lockManager.isLocked("k"), (await store.read("k"))?.result]).toEqual([false, "late"]);
  });

  test("waited for by a child is free again though the one around ends before", async () => {
    const { store, lockManager } = createWorld();
    const other = await lockManager.acquireLock("k", "another");
    let late: Promise<unknown> | undefined;
    await transaction({ store }, async (txn) => {
      late = txn.run(transaction, { key: "k", isolationLevel: SERIALIZABLE }, (child) => child.stage(1));
      await txn.rollback();
    });
    await other?.[asyncDispose]();
    await late;
    expect([await lockManager.isLocked("k"), await store.exists("k")]).toEqual([false, false]);
  });

  test("lost in the middle makes the commit reject, and what the next one wrote stays", async () => {
    let now = 1_000;
    const lockManager = new MemoryLockManager({ now: () => now });
    const resultStorage = new MemoryStorage();
    const [mine, other] = [1, 2].map(() => createTestStore({ resultStorage, lockManager, now: () => now }));
    const ran: string[] = [];
    const run = transaction({ store: mine!, key: "k", isolationLevel: SERIALIZABLE }, async (txn) => {
      txn.stage("mine", { onRollback: () => ran.push("undone") });
      now += 31_000;
      await other!.withLock("k", async ({ holder }) => other!.write("k", "other", { holder }));
    });
    await expect(run).rejects.toBeInstanceOf(StaleLockError);
    expect([ran, (await other!.read("k"))?.result]).toEqual([["undone"], "other"]);
    expect(await lockManager.isLocked("k")).toBe(false);
  });

  test("is one for two stores with the same lock manager, and children on other keys have theirs", async () => {
    const { store, createStore, lockManager } = createWorld();
    const other = createStore();
    await transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, async (txn) => {
      await Promise.all([
        txn.run(transaction, { key: "k", store: other, commitMode: EAGER }, (child) => child.stage("eager")),
        txn.run(transaction, { key: "a", store: other, commitMode: EAGER }, (child) => child.stage("a")),
        txn.run(transaction, { key: "b", commitMode: LAZY }, (child) => child.stage("b")),
      ]);
      await txn.run(transaction, { key: "b", commitMode: OFF, overwrite: true }, (child) => child.stage("b again"));
      const locked = await Promise.all(["k", "a", "b"].map((key) => lockManager.isLocked(key)));
      expect(locked).toEqual([true, false, true]);
    });
    const locked = await Promise.all(["k", "a", "b"].map((key) => lockManager.isLocked(key)));
    expect(locked).toEqual([false, false, false]);
    const kept = await store.readMany(["k", "a", "b"]);
    expect(kept.map((record) => record?.result)).toEqual(["eager", "a", "b again"]);
  });
});

describe("under the caller's own lock, a transaction", () => {
  for (const isolationLevel of [SERIALIZABLE, IsolationLevel.READ_COMMITTED]) {
    test(`is an error instead of a wait for itself (${isolationLevel})`, async () => {
      const { store } = createWorld();
      for (const acquireTimeout of [undefined, "1m"] as const) {
        const options = { store, key: "k", isolationLevel, acquireTimeout };
        await store.withLock("k", async ({ holder }) => {
          const error = await transaction(options, () => {}).catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect((error as Error).message).toContain(holder);
        });
      }
      await expect(
        store.getOrCompute("k", () => transaction({ store, key: "k", isolationLevel }, () => {})),
      ).rejects.toBeInstanceOf(InvalidArgumentError);
    });

    test(`goes on with its holder (${isolationLevel})`, async () => {
      const { store } = createWorld();
      await store.withLock("k", async ({ holder }) => {
        await transaction({ store, key: "k", isolationLevel, holder }, (txn) => {
          expect(txn.holder).toBe(holder);
          txn.stage("mine");
        });
        expect(await store.isLockHolder("k", { holder })).toBe(true);
        expect((await store.read("k", { holder }))?.result).toBe("mine");
      });
      expect(await store.isLocked("k")).toBe(false);
    });
  }

  test("is an error at once, even if it holds another lock and would give up some day", async () => {
    const { store } = createWorld();
    const nested = store.withLock("a", () =>
      transaction({ store, key: "b", isolationLevel: SERIALIZABLE }, (txn) =>
        txn.run(transaction, { key: "a", isolationLevel: SERIALIZABLE }, () => {}),
      ),
    );
    await expect(nested).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  test("with a holder that has no lock is refused at commit", async () => {
    const { store } = createWorld();
    const run = transaction({ store, key: "k", holder: "nobody", isolationLevel: SERIALIZABLE }, (txn) => txn.stage(1));
    await expect(run).rejects.toMatchObject({ code: "LOCK_NOT_HELD" });
    expect(await store.exists("k")).toBe(false);
  });
});

test("a lock taken in a transaction's work is an error if it is the transaction's own, and goes on with its holder", async () => {
  const { store } = createWorld();
  await transaction({ store, key: "k", isolationLevel: SERIALIZABLE }, async (txn) => {
    // each as the first thing, since browsers know the work around a call only until its first await
    const calls: (() => Promise<unknown>)[] = [
      () => store.acquireLock("k"),
      () => store.withLock("k", () => {}),
      () => store.read("k"),
    ];
    for (const call of calls) {
      await expect(txn.run(call)).rejects.toBeInstanceOf(InvalidArgumentError);
    }
    const { holder } = txn;
    await store.withLock("k", () => {}, { holder });
    expect(await store.isLockHolder("k", { holder })).toBe(true);
  });
  expect(await store.isLocked("k")).toBe(false);
});

describe("what can't be meant is refused", () => {
  test("at the door, before anything runs", async () => {
    const work = vi.fn();
    for (const options of [{ key: "", overwrite: true }, { key: 5 as never, overwrite: true }, undefined, "k"]) {
      await expect(transaction(options as never, work)).rejects.toBeInstanceOf(InvalidArgumentError);
    }
    expect(work).not.toHaveBeenCalled();
  });
});
