import { describe, expect, test } from "vitest";
import { NO_CACHE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { getTransaction } from "../../../src/core/work/get-transaction.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import { StorageError } from "../../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "../tasks/task-world.ts";
import { createStore } from "../../stores.ts";

const fail = (): never => {
  throw new Error("no");
};

describe("a task's call", () => {
  test("is a transaction: its hooks run at commit and before its record is written, and not for a hit", async () => {
    const { task, store } = createTaskWorld();
    const ran: unknown[] = [];
    const onCommit = async (txn: { key: string | undefined }) => ran.push([txn.key, await store.exists(txn.key ?? "")]);
    const square = task((x: number) => x * x, { name: "square", version: "1", onCommit });
    const key = await square.cacheKey([2]);
    expect([await square(2), await square(2)]).toEqual([4, 4]);
    expect(ran).toEqual([[key, false]]);
    expect(await store.exists(key ?? "")).toBe(true);
  });

  test("with a commit hook that throws rejects, keeps nothing and is undone", async () => {
    const { task, storage } = createTaskWorld();
    const ran: string[] = [];
    const square = task((x: number) => x * x, { onCommit: fail, onRollback: () => ran.push("undone") });
    await expect(square(2)).rejects.toThrow("no");
    expect([ran, await keysOf(storage)]).toEqual([["undone"], []]);
  });

  test("that can't be kept gives its value all the same, and is undone", async () => {
    class FullStorage extends MemoryStorage {
      override async write(): Promise<never> {
        throw new StorageError("the disk is gone");
      }
    }
    const { task } = createTaskWorld();
    const ran: string[] = [];
    const store = createStore({ resultStorage: new FullStorage() });
    const square = task((x: number) => x * x, { store, onRollback: () => ran.push("undone") });
    expect(await square(2)).toBe(4);
    const closure = task(() => () => 1, { name: "closure", onRollback: () => ran.push("unserializable") });
    expect((await closure())()).toBe(1);
    expect(ran).toEqual(["undone", "unserializable"]);
  });

  test("without a key runs its hooks too", async () => {
    const { task, storage } = createTaskWorld();
    const ran: string[] = [];
    const ping = task(() => "pong", { cachePolicy: NO_CACHE, onCommit: [() => ran.push("a"), () => ran.push("b")] });
    expect(await ping()).toBe("pong");
    expect([ran, await keysOf(storage)]).toEqual([["a", "b"], []]);
  });

  test("knows its transaction", async () => {
    const { task } = createTaskWorld();
    const named = task(() => getTransaction()?.key, { name: "named", version: "1" });
    expect(await named()).toBe(await named.cacheKey([]));
  });

  test("keeps what tasks called in it gave, whatever becomes of it", async () => {
    const { task, store } = createTaskWorld();
    const inner = task((x: number) => x + 1, { name: "inner", version: "1" });
    const outer = task(async (x: number) => {
      await inner(x);
      fail();
    });
    await expect(outer(1)).rejects.toThrow("no");
    expect(await store.exists((await inner.cacheKey([1])) ?? "")).toBe(true);
  });

  test("is kept where a task called in it fails and it goes on without", async () => {
    const { task, store } = createTaskWorld();
    const broken = task(fail, { name: "broken" });
    const outer = task(async () => broken().catch(() => "instead"), { name: "outer", version: "1" });
    expect(await outer()).toBe("instead");
    expect(await store.exists((await outer.cacheKey([])) ?? "")).toBe(true);
  });
});

describe("tasks called in a transaction", () => {
  test("keep their results when it commits, and not before", async () => {
    const { task, transaction, store } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", version: "1" });
    const key = (await square.cacheKey([3])) ?? "";
    await transaction({}, async () => {
      expect(await square(3)).toBe(9);
      expect(await store.exists(key)).toBe(false);
    });
    expect(await store.exists(key)).toBe(true);
  });

  test("keep nothing where it fails, and are undone the last one first", async () => {
    const { task, transaction, storage } = createTaskWorld();
    const ran: number[] = [];
    const step = (n: number) => task(() => n, { name: `step-${n}`, onRollback: () => ran.push(n) });
    const [first, second] = [step(1), step(2)];
    const run = transaction({}, async (txn) => {
      await txn.run(first);
      await txn.run(second);
      fail();
    });
    await expect(run).rejects.toThrow("no");
    expect([ran, await keysOf(storage)]).toEqual([[2, 1], []]);
  });

  test("run once for the same inputs, though nothing is kept yet", async () => {
    const { task, transaction } = createTaskWorld();
    let runs = 0;
    const square = task(async (x: number) => {
      runs++;
      return x * x;
    });
    await transaction({}, async (txn) => {
      expect(await Promise.all([txn.run(square, 3), txn.run(square, 3)])).toEqual([9, 9]);
      expect(await txn.run(square, 3)).toBe(9);
      await txn.run(transaction, {}, async (child) => expect(await child.run(square, 3)).toBe(9));
      expect(runs).toBe(1);
      await txn.run(square.withOptions({ refreshCache: true }), 3);
      expect(runs).toBe(2);
    });
  });

  test("find what was kept before", async () => {
    const { task, transaction } = createTaskWorld();
    let runs = 0;
    const count = task(() => ++runs);
    await count();
    await transaction({}, async () => expect(await count()).toBe(1));
  });

  test("of an EAGER one are kept at once, and roll it back where they fail", async () => {
    const { task, transaction, store } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", version: "1" });
    const broken = task(fail, { name: "broken" });
    await transaction({ key: "around", commitMode: CommitMode.EAGER }, async (txn) => {
      txn.stage(1);
      await txn.run(square, 3);
      expect(await store.exists((await square.cacheKey([3])) ?? "")).toBe(true);
      await txn.run(broken).catch(() => {});
      expect(txn.isRolledBack()).toBe(true);
    });
    expect(await store.exists("around")).toBe(false);
  });

  test("see what was set in it", async () => {
    const { task, transaction } = createTaskWorld();
    const read = task(() => getTransaction()?.get("where"), { name: "read" });
    await transaction({}, async (txn) => {
      txn.set("where", "here");
      expect(await read()).toBe("here");
    });
  });

  test("under its lock on the very key wait for nobody", async () => {
    const { task, transaction } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", version: "1" });
    const key = await square.cacheKey([3]);
    const options = { key, isolationLevel: "SERIALIZABLE", commitMode: CommitMode.EAGER } as const;
    await transaction(options, async (txn) => expect(await txn.run(square, 3)).toBe(9));
  });

  test("keep expiration and serializer of their own", async () => {
    const { task, transaction, store, storage } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", cacheExpiration: "1m", resultSerializer: "json" });
    await transaction({}, async () => void (await square(3)));
    const [key = ""] = await keysOf(storage);
    const metadata = (await store.read(key))?.metadata;
    expect(metadata).toMatchObject({ expiration: new Date(61_000), serializer: { type: "json" } });
  });
});
