import { expect, vi } from "vitest";
import {
  CommitMode,
  ConfigurationError,
  getTransaction,
  InvalidArgumentError,
  IsolationLevel,
  LockTimeoutError,
  NullStorage,
  SerializationError,
  type Transaction,
  TransactionState,
  SplitStorage,
} from "../../src/index.ts";
import { gate } from "../../src/testing/stores/store-world.ts";
import { row } from "./parity-case.ts";
import type { ParityWorld } from "./parity-world.ts";

const { EAGER, LAZY, OFF } = CommitMode;
const { READ_COMMITTED, SERIALIZABLE } = IsolationLevel;

const fail = (): never => {
  throw new Error("no");
};

/** Where the place can't isolate, that it says so is what is promised: true then. */
async function isRefused({ isStrong, transaction, name }: ParityWorld): Promise<boolean> {
  if (isStrong) return false;
  const run = vi.fn();
  const attempt = transaction({ key: name("k"), isolationLevel: SERIALIZABLE }, run);
  await expect(attempt).rejects.toThrow(ConfigurationError);
  await expect(attempt).rejects.toThrow(/SERIALIZABLE.*storage "kv" is only eventually consistent.*RESULTS_R2/);
  expect(run).not.toHaveBeenCalled();
  return true;
}

export const transactionCases = [
  ...row("transaction", {
    "goes from PENDING to ACTIVE, STAGED and COMMITTED, and keeps what is staged": async (world) => {
      const { transaction, name, kept } = world;
      const states: TransactionState[] = [];
      let seen: Transaction | undefined;
      const value = await transaction({ key: name("k") }, async (txn) => {
        seen = txn;
        states.push(txn.state);
        txn.stage({ rows: 3 });
        states.push(txn.state);
        expect(await kept(name("k"))).toBeUndefined();
        return "done";
      });
      expect(TransactionState.PENDING).toBe("PENDING");
      expect([value, ...states, seen?.state]).toEqual(["done", "ACTIVE", "STAGED", "COMMITTED"]);
      expect(await kept(name("k"))).toEqual({ rows: 3 });
    },
    "an error rolls it back, keeps nothing and is rethrown": async ({ transaction, name, kept }) => {
      const error = new Error("no");
      let seen: Transaction | undefined;
      const run = transaction({ key: name("k") }, (txn) => {
        seen = txn;
        txn.stage(1);
        throw error;
      });
      await expect(run).rejects.toBe(error);
      expect([seen?.state, await kept(name("k"))]).toEqual([TransactionState.ROLLED_BACK, undefined]);
    },
    "an existing record means committed at begin, and staging then does nothing": async (world) => {
      const { transaction, createStore, name, kept } = world;
      await createStore().write(name("k"), "before");
      await transaction({ key: name("k") }, async (txn) => {
        expect([txn.state, (await txn.read())?.result]).toEqual([TransactionState.COMMITTED, "before"]);
        txn.stage("after");
        expect(txn.isCommitted()).toBe(true);
      });
      expect(await kept(name("k"))).toBe("before");
    },
    "overwrite begins as though there were none, and so does an expired record": async (world) => {
      const { transaction, store, name, kept } = world;
      await store.write(name("k"), "before");
      await transaction({ key: name("k"), overwrite: true }, (txn) => txn.stage("after"));
      expect(await kept(name("k"))).toBe("after");
      await store.write(name("old"), "before", { expiresIn: "2m" });
      world.now += 120_000;
      await transaction({ key: name("old") }, (txn) => txn.stage("after"));
      expect(await kept(name("old"))).toBe("after");
    },
    "mode and level are those of the one around, else LAZY and READ_COMMITTED": async (world) => {
      const { transaction, createStore, isStrong, name } = world;
      const seen: unknown[] = [];
      const note = ({ commitMode, isolationLevel }: Transaction) => void seen.push(commitMode, isolationLevel);
      await transaction({}, async (txn) => {
        note(txn);
        await txn.run(transaction, {}, note);
      });
      expect(seen.splice(0)).toEqual([LAZY, READ_COMMITTED, LAZY, READ_COMMITTED]);
      const other = createStore();
      const isolationLevel = isStrong ? SERIALIZABLE : READ_COMMITTED;
      await transaction({ key: name("k"), commitMode: OFF, isolationLevel }, async (txn) => {
        await txn.run(transaction, {}, (child) => {
          note(child);
          expect([child.store === txn.store, child.parent === txn]).toEqual([true, true]);
        });
        const own = { store: other, commitMode: LAZY, isolationLevel: READ_COMMITTED };
        await txn.run(transaction, own, (child) => {
          note(child);
          expect(child.store).toBe(other);
        });
      });
      expect(seen).toEqual([OFF, isolationLevel, LAZY, READ_COMMITTED]);
    },
    "children commit with the one around when LAZY": async ({ transaction, name, kept }) => {
      await transaction({ key: name("outer") }, async (txn) => {
        txn.stage("outer");
        await txn.run(transaction, { key: name("inner") }, async (child) => {
          await child.run(transaction, { key: name("innermost") }, (third) => third.stage("innermost"));
          child.stage("inner");
        });
        expect([await kept(name("inner")), await kept(name("innermost"))]).toEqual([undefined, undefined]);
      });
      const found = await Promise.all(["outer", "inner", "innermost"].map((key) => kept(name(key))));
      expect(found).toEqual(["outer", "inner", "innermost"]);
    },
    "children commit at once when EAGER, whatever becomes of the one around": async ({ transaction, name, kept }) => {
      const run = transaction({ key: name("outer"), commitMode: EAGER }, async (txn) => {
        txn.stage("outer");
        await txn.run(transaction, { key: name("inner") }, (child) => child.stage("inner"));
        expect(await kept(name("inner"))).toBe("inner");
        fail();
      });
      await expect(run).rejects.toThrow("no");
      expect([await kept(name("inner")), await kept(name("outer"))]).toEqual(["inner", undefined]);
    },
    "OFF rolls back unless it is committed by hand": async ({ transaction, name, kept }) => {
      const undone: string[] = [];
      await transaction({ key: name("k"), commitMode: OFF }, (txn) => {
        txn.stage(1, { onRollback: () => undone.push("undone") });
      });
      expect([undone, await kept(name("k"))]).toEqual([["undone"], undefined]);
      await transaction({ key: name("k"), commitMode: OFF }, async (txn) => {
        txn.stage(1);
        await txn.run(transaction, { key: name("inner") }, (child) => child.stage(2));
        await txn.commit();
      });
      expect([await kept(name("k")), await kept(name("inner"))]).toEqual([1, 2]);
    },
    "an error rolls back own hooks in reverse order first, then staged children in reverse order": async (world) => {
      const { transaction, name } = world;
      const ran: string[] = [];
      const noting = (text: string) => ({ onRollback: () => ran.push(text) });
      const run = transaction({ key: name("outer") }, async (txn) => {
        txn.stage(0, noting("outer 1"));
        await txn.run(transaction, { key: name("a") }, (child) => child.stage(1, noting("a")));
        await txn.run(transaction, { key: name("b") }, (child) => child.stage(1, noting("b")));
        txn.stage(0, noting("outer 2"));
        fail();
      });
      await expect(run).rejects.toThrow("no");
      expect(ran).toEqual(["outer 2", "outer 1", "b", "a"]);
      expect(await world.keys()).toEqual([]);
    },
    "a rollback hook that throws is told, and the others still run": async ({ transaction, name, events }) => {
      const ran: string[] = [];
      const run = transaction({ key: name("k") }, (txn) => {
        txn.stage(1, { onRollback: [() => ran.push("first"), fail, () => ran.push("last")] });
        throw new Error("the reason");
      });
      await expect(run).rejects.toThrow("the reason");
      expect(ran).toEqual(["last", "first"]);
      expect(events.filter(({ type }) => type === "hook-error")).toMatchObject([{ key: name("k") }]);
    },
    "a child that fails rolls the one around back, even where its error is caught": async (world) => {
      const { transaction, name, kept } = world;
      await transaction({ key: name("outer") }, async (txn) => {
        txn.stage(1);
        await txn.run(transaction, { key: name("inner") }, fail).catch(() => {});
        expect(txn.isRolledBack()).toBe(true);
      });
      expect(await kept(name("outer"))).toBeUndefined();
    },
    "a child that is committed is no reason to roll back the one around, which catches its error": async (world) => {
      const { transaction, name, kept, store } = world;
      await store.write(name("found"), "kept before");
      const onRollback = vi.fn();
      await transaction({ key: name("parent") }, async (parent) => {
        parent.onRollback(onRollback);
        const byHand = parent.run(transaction, { key: name("by hand") }, async (txn: Transaction) => {
          txn.stage("by hand");
          await txn.commit();
          fail();
        });
        await expect(byHand).rejects.toThrow("no");
        await expect(parent.run(transaction, { key: name("found") }, fail)).rejects.toThrow("no");
        expect(parent.isActive()).toBe(true);
        parent.stage("parent");
      });
      expect(onRollback).not.toHaveBeenCalled();
      expect([await kept(name("parent")), await kept(name("by hand"))]).toEqual(["parent", "by hand"]);
      expect(await kept(name("found"))).toBe("kept before");
    },
    "a child rolled back by hand rolls the one around back": async ({ transaction, name, kept }) => {
      await transaction({ key: name("outer") }, async (txn) => {
        txn.stage(1);
        await txn.run(transaction, { key: name("inner") }, async (child) => void (await child.rollback()));
        expect(txn.isRolledBack()).toBe(true);
      });
      expect(await kept(name("outer"))).toBeUndefined();
    },
    "commit runs children, then hooks, then writes": async ({ transaction, name, events, kept }) => {
      const ran: unknown[] = [];
      await transaction({ key: name("outer") }, async (txn) => {
        const first = async () => ran.push(["hook", await kept(name("inner")), await kept(name("outer"))]);
        txn.stage("outer", { onCommit: [first, (inside) => ran.push(inside === txn)] });
        await txn.run(transaction, { key: name("inner") }, (child) => {
          child.stage("inner", { onCommit: () => ran.push("child's hook") });
        });
      });
      expect(ran).toEqual(["child's hook", ["hook", "inner", undefined], true]);
      const written = events.flatMap((event) => (event.type === "write" ? event.key : []));
      expect(written).toEqual([name("inner"), name("outer")]);
    },
    "a commit hook that throws rolls back and rejects": async ({ transaction, name, kept }) => {
      const ran: string[] = [];
      const run = transaction({ key: name("k") }, (txn) => {
        txn.stage(1, { onCommit: [fail, () => ran.push("later")], onRollback: () => ran.push("undone") });
      });
      await expect(run).rejects.toThrow("no");
      expect([ran, await kept(name("k"))]).toEqual([["undone"], undefined]);
    },
    "a child whose commit fails rolls back the one around, and what it has not kept yet": async (world) => {
      const { transaction, name } = world;
      const ran: string[] = [];
      const noting = (text: string) => ({ onRollback: () => ran.push(text) });
      const run = transaction({ key: name("outer") }, async (txn) => {
        txn.stage(0, noting("outer"));
        await txn.run(transaction, { key: name("a") }, (child) => child.stage(1, { ...noting("a"), onCommit: fail }));
        await txn.run(transaction, { key: name("b") }, (child) => child.stage(2, noting("b")));
      });
      await expect(run).rejects.toThrow("no");
      expect([ran.toSorted(), await world.keys()]).toEqual([["a", "b", "outer"], []]);
    },
    "a write that fails rolls back and rejects": async ({ transaction, createStore, name, kept }) => {
      const undone: string[] = [];
      const onRollback = () => undone.push("undone");
      const unserializable = transaction({ key: name("k") }, (txn) => txn.stage(() => 1, { onRollback }));
      await expect(unserializable).rejects.toThrow(SerializationError);
      const store = createStore();
      const write = vi.spyOn(store.resultStorage, "write").mockRejectedValueOnce(new Error("the disk is gone"));
      const lost = transaction({ key: name("k"), store }, (txn) => txn.stage(1, { onRollback }));
      await expect(lost).rejects.toThrow("the disk is gone");
      write.mockRestore();
      expect([undone, await kept(name("k"))]).toEqual([["undone", "undone"], undefined]);
    },
    "commit and rollback by hand work once": async ({ transaction, name, kept }) => {
      await transaction({ key: name("k") }, async (txn) => {
        txn.stage(1);
        expect([await txn.commit(), await txn.commit(), await txn.rollback()]).toEqual([true, false, false]);
        expect(await kept(name("k"))).toBe(1);
        txn.stage(2);
        expect(txn.isCommitted()).toBe(true);
      });
      await transaction({ key: name("other") }, async (txn) => {
        txn.stage(1);
        expect([await txn.rollback(), await txn.rollback(), await txn.commit()]).toEqual([true, false, false]);
      });
      expect([await kept(name("k")), await kept(name("other"))]).toEqual([1, undefined]);
    },
    "a staged record is persisted as it is": async ({ transaction, store, createStore, name, kept }) => {
      const expiration = new Date(Date.now() + 600_000);
      const record = store.createResultRecord("mine", { key: name("own"), expiration });
      await transaction({ key: name("k") }, (txn) => txn.stage(record));
      expect(record.isPersisted).toBe(true);
      expect((await createStore().read(name("own")))?.expiration).toEqual(expiration);
      expect(await kept(name("k"))).toBeUndefined();
    },
    "nothing staged writes nothing, and writeOnCommit: false commits without a record": async (world) => {
      const { transaction, name } = world;
      await transaction({ key: name("nothing") }, () => {});
      let seen: Transaction | undefined;
      await transaction({ key: name("unwritten"), writeOnCommit: false }, (txn) => {
        seen = txn;
        txn.stage(1);
      });
      expect(seen?.state).toBe(TransactionState.COMMITTED);
      await transaction({}, (txn) => txn.stage(1));
      expect(await world.keys()).toEqual([]);
      await transaction({ key: name("undefined") }, (txn) => txn.stage(undefined));
      expect(await world.keys()).toEqual(["undefined"]);
    },
    "set and get copy values, and children see those of the one around": async ({ transaction }) => {
      await transaction({}, async (txn) => {
        const list = [1];
        txn.set("list", list);
        list.push(2);
        (txn.get("list") as number[]).push(3);
        await txn.run(transaction, {}, (child) => {
          child.set("own", "child");
          expect([child.get("list"), child.get("own"), child.get("none", 0)]).toEqual([[1], "child", 0]);
          expect(() => child.get("none")).toThrow(InvalidArgumentError);
        });
        expect(txn.get("own", "not here")).toBe("not here");
        expect(() => txn.set("fn", () => 1)).toThrow(InvalidArgumentError);
      });
    },
    "parent is usable in hooks": async ({ transaction, name }) => {
      const found: unknown[] = [];
      const look = (inside: Transaction) => found.push(inside.parent?.get("path"), inside.get("path"));
      await transaction({}, async (txn) => {
        txn.set("path", "/a");
        await txn.run(transaction, { key: name("k") }, (child) => child.stage(1, { onCommit: look }));
      });
      const failing = transaction({}, async (txn) => {
        txn.set("path", "/b");
        await txn.run(transaction, { key: name("other") }, (child) => child.stage(1, { onRollback: look }));
        fail();
      });
      await expect(failing).rejects.toThrow("no");
      expect(found).toEqual(["/a", "/a", "/b", "/b"]);
    },
    "a null metadata storage is dropped: records are whole": async ({ transaction, store, name, kept }) => {
      const nowhere = store.withOptions({
        resultStorage: SplitStorage.of({ metadata: new NullStorage(), results: store.resultStorage }),
      });
      await transaction({ key: name("k"), store: nowhere }, (txn) => txn.stage("whole"));
      expect(await kept(name("k"))).toBe("whole");
    },
    "keeps metadata and result apart where its store does": async (world) => {
      const metadataStorage = world.createOtherStorage();
      const resultStorage = new SplitStorage({ metadata: metadataStorage, results: world.store.resultStorage });
      const [key, store] = [world.name("k"), world.createStore({ resultStorage })];
      await world.transaction({ key, store }, (txn) => txn.stage("apart"));
      expect([await world.keys(), await world.keys(metadataStorage)]).toEqual([[], ["k"]]);
      await world.transaction({ key, store: world.createStore({ resultStorage }) }, async (txn) => {
        expect([txn.isCommitted(), (await txn.read())?.result]).toEqual([true, "apart"]);
      });
    },
    "is known inside by getTransaction, and nowhere else": async ({ transaction }) => {
      expect(getTransaction()).toBeUndefined();
      await transaction({}, async (txn) => {
        expect(getTransaction()).toBe(txn);
        await Promise.resolve();
        expect(txn.run(getTransaction)).toBe(txn);
      });
      expect(getTransaction()).toBeUndefined();
    },
    "an unknown mode or level is an error": async ({ transaction }) => {
      const refused = (options: object) => transaction(options, () => {});
      await expect(refused({ commitMode: "SOON" })).rejects.toThrow(ConfigurationError);
      await expect(refused({ isolationLevel: "SNAPSHOT" })).rejects.toThrow(ConfigurationError);
    },
    "READ_COMMITTED waits for one who is computing the record, and takes that": async ({
      transaction,
      createStore,
      name,
    }) => {
      const { opened, open } = gate();
      const computing = createStore().getOrCompute(name("k"), async () => {
        await opened;
        return "computed";
      });
      await vi.waitFor(async () => expect(await createStore().isLocked(name("k"))).toBe(true));
      const mine = transaction({ store: createStore(), key: name("k") }, async (txn) => (await txn.read())?.result);
      open();
      expect([await computing, await mine]).toEqual(["computed", "computed"]);
    },
    "SERIALIZABLE holds the lock from begin to the end, however it ends": async (world) => {
      if (await isRefused(world)) return;
      const { transaction, createStore, name } = world;
      const elsewhere = createStore();
      const ends: ((txn: Transaction) => unknown)[] = [
        (txn) => txn.stage(1),
        fail,
        (txn) => txn.rollback(),
        (txn) => txn.commit(),
      ];
      for (const end of ends) {
        const options = { key: name("k"), isolationLevel: SERIALIZABLE, overwrite: true };
        const run = transaction(options, async (txn) => {
          expect(await elsewhere.isLockHolder(name("k"), txn)).toBe(true);
          await end(txn);
        });
        await run.catch((error: Error) => expect(error.message).toBe("no"));
        expect(await elsewhere.isLocked(name("k"))).toBe(false);
      }
    },
    "SERIALIZABLE lets one after the other see what was committed before": async (world) => {
      if (await isRefused(world)) return;
      const { transaction, createStore, name, kept } = world;
      const stores = [createStore(), createStore(), createStore()];
      const count = (i: number) =>
        transaction(
          { store: stores[i % 3]!, key: name("n"), isolationLevel: SERIALIZABLE, overwrite: true },
          async (txn) => {
            txn.stage(Number((await txn.read())?.result ?? 0) + 1);
          },
        );
      await Promise.all(Array.from({ length: 12 }, (_, i) => count(i)));
      expect(await kept(name("n"))).toBe(12);
    },
    "SERIALIZABLE nested on the same key waits for nobody, and only the outermost releases": async (world) => {
      if (await isRefused(world)) return;
      const { transaction, createStore, name, kept } = world;
      const options = { key: name("k"), isolationLevel: SERIALIZABLE };
      await transaction(options, async (txn) => {
        await txn.run(transaction, { ...options, commitMode: EAGER }, (child) => {
          expect(child.holder).toBe(txn.holder);
          child.stage("inner");
        });
        expect(await createStore().isLockHolder(name("k"), txn)).toBe(true);
        txn.stage("outer");
      });
      expect([await kept(name("k")), await createStore().isLocked(name("k"))]).toEqual(["outer", false]);
    },
    "SERIALIZABLE of a staged child holds its lock until the outermost ends": async (world) => {
      if (await isRefused(world)) return;
      const { transaction, createStore, name, kept } = world;
      await transaction({}, async (txn) => {
        await txn.run(transaction, { key: name("k"), isolationLevel: SERIALIZABLE }, (child) => child.stage(1));
        expect(await createStore().isLocked(name("k"))).toBe(true);
      });
      expect([await createStore().isLocked(name("k")), await kept(name("k"))]).toEqual([false, 1]);
    },
    "SERIALIZABLE ends two that take the same locks in opposite order by an error that names both": async (world) => {
      if (await isRefused(world)) return;
      const { transaction, createStore, name } = world;
      const meet = [gate(), gate()];
      const take = (keys: readonly [string, string], i: number) =>
        transaction({ store: createStore(), key: name(keys[0]), isolationLevel: SERIALIZABLE }, async (txn) => {
          meet[i]!.open();
          await Promise.all(meet.map(({ opened }) => opened));
          const acquireTimeout = i === 0 ? 50 : 10_000;
          await txn.run(transaction, { key: name(keys[1]), acquireTimeout }, (child) => child.stage(i));
        });
      const [first, second] = await Promise.allSettled([take(["a", "b"], 0), take(["b", "a"], 1)]);
      const reason: unknown = first.status === "rejected" && first.reason;
      expect(reason).toBeInstanceOf(LockTimeoutError);
      expect((reason as LockTimeoutError).message).toMatch(new RegExp(`"${name("b")}".*"${name("a")}"`));
      expect(second.status).toBe("fulfilled");
    },
    "SERIALIZABLE without a lock manager is refused with the reason": async ({ store, transaction, name }) => {
      const lockless = store.withOptions({ lockManager: undefined });
      const attempt = transaction({ key: name("k"), store: lockless, isolationLevel: SERIALIZABLE }, () => {});
      await expect(attempt).rejects.toThrow(/SERIALIZABLE: it has no lockManager/);
    },
  }),
];
