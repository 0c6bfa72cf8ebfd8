import { describe, expect, test } from "vitest";
import { getOrComputeMany } from "../../../src/core/batches/get-or-compute-many.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { StorageReadOptions } from "../../../src/core/storages/result-storage.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import type { PartialStoreOptions } from "../../../src/core/options/store-options.ts";
import { gate, type StoreWorld, watch } from "../../../src/testing/stores/store-world.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createStore } from "../../stores.ts";

/** Notes the keys of every read. */
class CountingStorage extends MemoryStorage {
  readonly reads: string[] = [];

  override read(key: string, options?: StorageReadOptions) {
    this.reads.push(key);
    return super.read(key, options);
  }

  readMany(keys: readonly string[], options?: StorageReadOptions) {
    this.reads.push(keys.join(" "));
    return Promise.all(keys.map((key) => super.read(key, options)));
  }
}

function createWorld(shared: PartialStoreOptions = { lockManager: new MemoryLockManager() }) {
  const storage = new CountingStorage();
  const createOne: StoreWorld["createStore"] = (options) =>
    createStore({ resultStorage: storage, cacheResultInMemory: false, ...shared, ...options });
  const create = (options?: PartialStoreOptions) => watch({ createStore: createOne }, options);
  return { storage, create };
}

/** A function that notes the keys of each call, and returns them in capitals. */
function recorder() {
  const calls: string[][] = [];
  const compute = (keys: readonly string[]) => {
    calls.push([...keys]);
    return keys.map((key) => key.toUpperCase());
  };
  return { calls, compute };
}

const mustNotCompute = () => Promise.reject(new Error("computed"));

describe("counts", () => {
  test("hits in the storage take one read of all keys, and are in the order of the keys", async () => {
    const { storage, create } = createWorld();
    await create().store.writeMany(["a", "b", "c"].map((key) => ({ key, result: key })));
    const { store, trace } = create();
    expect(await getOrComputeMany(store, ["c", "a", "c", "b"], mustNotCompute)).toEqual(["c", "a", "c", "b"]);
    expect(storage.reads).toEqual(["c a b"]);
    expect(trace()).toEqual(["done storage", "done storage", "done storage"]);
  });

  test("hits in memory read nothing", async () => {
    const { storage, create } = createWorld();
    const { store } = create({ cacheResultInMemory: true });
    await getOrComputeMany(store, ["a", "b"], recorder().compute);
    storage.reads.length = 0;
    expect(await getOrComputeMany(store, ["b", "a"], mustNotCompute)).toEqual(["B", "A"]);
    expect(storage.reads).toEqual([]);
  });

  test("misses take one look for all, one look under their locks, and one call in the order of the keys", async () => {
    const { storage, create } = createWorld();
    const { store, trace } = create();
    const { calls, compute } = recorder();
    await store.write("b", "kept");
    expect(await getOrComputeMany(store, ["c", "b", "a"], compute)).toEqual(["C", "kept", "A"]);
    expect(calls).toEqual([["c", "a"]]);
    expect(storage.reads).toEqual(["c b a", "c a"]);
    expect(trace().filter((type) => type === "lock-acquired")).toHaveLength(2);
    expect(await getOrComputeMany(create().store, ["a", "b", "c"], mustNotCompute)).toEqual(["A", "kept", "C"]);
    expect([await store.isLocked("a"), await store.isLocked("c")]).toEqual([false, false]);
  });

  test("without locks one look for all is enough", async () => {
    const { storage, create } = createWorld({});
    const { calls, compute } = recorder();
    expect(await getOrComputeMany(create().store, ["a", "b"], compute)).toEqual(["A", "B"]);
    expect([calls, storage.reads]).toEqual([[["a", "b"]], ["a b"]]);
  });

  test("a storage that reads one record at a time does", async () => {
    const { calls, compute } = recorder();
    const store = createStore();
    await store.write("a", "kept");
    expect(await getOrComputeMany(store, ["a", "b", "c"], compute)).toEqual(["kept", "B", "C"]);
    expect(calls).toEqual([["b", "c"]]);
  });

  test("stale results answer at once, and one call in the background computes all anew", async () => {
    const { create } = createWorld();
    let now = 0;
    const { store } = create({ now: () => now });
    const { calls, compute } = recorder();
    const options = { expiresIn: 10, staleWhileRevalidate: 100 };
    await getOrComputeMany(store, ["a", "b"], () => ["old", "old"], options);
    now = 50;
    expect(await getOrComputeMany(store, ["a", "b", "c"], compute, options)).toEqual(["old", "old", "C"]);
    await eventually(async () => (await store.read("a")) && (await store.read("b")), "the results to be new");
    expect(calls).toEqual([["c"], ["a", "b"]]);
    expect(await getOrComputeMany(store, ["a", "b"], mustNotCompute, options)).toEqual(["A", "B"]);
  });

  test("no keys take no call", async () => {
    expect(await getOrComputeMany(createStore(), [], mustNotCompute)).toEqual([]);
  });
});

describe("keys that others compute", () => {
  test("are waited for, while the others are computed at once", async () => {
    const { create } = createWorld();
    const [one, two] = [create(), create()];
    const go = gate();
    const first = one.store.getOrCompute("b", async () => (await go.opened, "theirs"));
    await eventually(() => one.trace().includes("compute-start"), "the other's computation");
    const { calls, compute } = recorder();
    const many = getOrComputeMany(two.store, ["a", "b", "c"], compute);
    await eventually(async () => (await one.store.exists("a")) && (await one.store.exists("c")), "a and c");
    expect(await two.store.isLocked("a")).toBe(false);
    go.open();
    expect([await first, await many, calls]).toEqual(["theirs", ["A", "theirs", "C"], [["a", "c"]]]);
  });

  test("are joined in the same context", async () => {
    const { store } = createWorld().create();
    const go = gate();
    const first = store.getOrCompute("b", async () => (await go.opened, "joined"));
    const { calls, compute } = recorder();
    const many = getOrComputeMany(store, ["a", "b"], compute);
    await eventually(() => store.exists("a"), "a");
    go.open();
    expect([await first, await many, calls]).toEqual(["joined", ["A", "joined"], [["a"]]]);
  });

  test("are computed in a second call if they are still missing", async () => {
    const { create } = createWorld();
    const [one, two] = [create(), create()];
    const go = gate();
    const failing = getOrComputeMany(one.store, ["b", "c"], () =>
      go.opened.then(() => Promise.reject(new Error("no"))),
    );
    await eventually(() => one.trace().includes("compute-start"), "the other's computation");
    const { calls, compute } = recorder();
    const many = getOrComputeMany(two.store, ["a", "b", "c"], compute);
    await eventually(() => calls.length === 1 && two.trace().includes("lock-wait"), "the first call");
    go.open();
    await expect(failing).rejects.toThrow("no");
    expect([await many, calls]).toEqual([
      ["A", "B", "C"],
      [["a"], ["b", "c"]],
    ]);
  });

  test.each([1, 2, 3, 4])(
    "two batches of two contexts with the same keys never block each other (%i)",
    async (round) => {
      const { create } = createWorld();
      const keys = ["a", "b", "c", "d", "e"];
      const orders = [keys, keys.toReversed(), [...keys.slice(round), ...keys.slice(0, round)]];
      const computed: string[] = [];
      const runs = orders.map((order) =>
        getOrComputeMany(create().store, order, async (missing) => {
          computed.push(...missing);
          await new Promise((resolve) => setTimeout(resolve, round));
          return missing.map((key) => key.toUpperCase());
        }),
      );
      expect(await Promise.all(runs)).toEqual(orders.map((order) => order.map((key) => key.toUpperCase())));
      expect(computed.toSorted()).toEqual(keys);
    },
  );

  test("a batch whose later key is locked by hand computes its other keys, and holds none of their locks", async () => {
    const { store } = createWorld().create();
    const grant = await store.acquireLock("z");
    const many = getOrComputeMany(store, ["a", "z"], recorder().compute, { acquireTimeout: "1m" });
    await eventually(() => store.exists("a"), "a");
    await eventually(async () => !(await store.isLocked("a")), "the lock of a to be free");
    await store.releaseLock("z", grant!);
    expect(await many).toEqual(["A", "Z"]);
  });
});

describe("changes, ends and errors", () => {
  test("what began before a change is not kept", async () => {
    const { store } = createWorld().create();
    const go = gate();
    let runs = 0;
    const compute = async (keys: readonly string[]) => {
      runs++;
      await go.opened;
      return keys.map((key) => `${key}${runs}`);
    };
    const many = getOrComputeMany(store, ["maps/a", "b"], compute);
    await eventually(() => runs === 1, "the computation");
    await store.invalidate({ prefix: "maps/" });
    go.open();
    expect(await many).toEqual(["maps/a1", "b1"]);
    expect([await store.exists("maps/a"), await store.exists("b")]).toEqual([false, true]);
  });

  test("an error rejects the call, keeps nothing, and lets the next one compute", async () => {
    const { store } = createWorld().create();
    await expect(getOrComputeMany(store, ["a", "b"], () => Promise.reject(new RangeError("no")))).rejects.toThrow("no");
    expect(await getOrComputeMany(store, ["a", "b"], recorder().compute)).toEqual(["A", "B"]);
  });

  test.each<[returned: unknown, got: string]>([
    [[1], "got 1 for 2 keys"],
    [[1, 2, 3], "got 3 for 2 keys"],
    [{ a: 1, b: 2 }, "got object for 2 keys"],
    [undefined, "got undefined for 2 keys"],
  ])("the function has to return an array with a value for each key: %j", async (returned, got) => {
    const { store } = createWorld().create();
    const call = getOrComputeMany(store, ["a", "b"], () => returned as never);
    await expect(call).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(got) as unknown,
    });
    expect(await store.exists("a")).toBe(false);
  });

  test("what can't be meant is refused before anything is computed", async () => {
    const { store } = createWorld().create();
    const refused = (code: string, keys: readonly string[], compute: unknown, options?: object) =>
      expect(getOrComputeMany(store, keys, compute as never, options)).rejects.toMatchObject({ code });
    await refused("INVALID_ARGUMENT", ["a", ""], mustNotCompute);
    await refused("INVALID_ARGUMENT", ["a"], { a: 1 });
    await refused("INVALID_ARGUMENT", ["a"], mustNotCompute, { expiresIn: "soon" });
    await refused("CONFIGURATION", ["a"], mustNotCompute, { holder: "me" });
    await refused("CONFIGURATION", ["a"], mustNotCompute, { expiersIn: 5 });
  });

  test("the signal of the function aborts when nobody waits for any of its keys", async () => {
    const { store } = createWorld().create();
    const [left, ended] = [new AbortController(), gate<unknown>()];
    const compute = (keys: readonly string[], { signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => ended.open(signal.reason));
      return ended.opened.then(() => keys);
    };
    const many = getOrComputeMany(store, ["a", "b"], compute, { signal: left.signal });
    await eventually(() => store.isLocked("a"), "the computation");
    const joined = new AbortController();
    const other = store.getOrCompute("b", mustNotCompute, { signal: joined.signal });
    left.abort("left");
    await expect(many).rejects.toBe("left");
    joined.abort("left too");
    await expect(other).rejects.toBe("left too");
    expect(await ended.opened).toBeDefined();
    await eventually(async () => !(await store.isLocked("b")), "the locks to be free");
  });

  test("a function that takes too long fails with its keys", async () => {
    const { store } = createWorld().create();
    const call = getOrComputeMany(store, ["a", "b"], () => new Promise<never>(() => {}), { computeTimeout: 10 });
    await expect(call).rejects.toMatchObject({ code: "COMPUTE_TIMEOUT" });
    await eventually(async () => !(await store.isLocked("a")) && !(await store.isLocked("b")), "the locks to be free");
  });

  test("a call inside for one of the keys would wait for itself, and is refused", async () => {
    const { store } = createWorld().create();
    const inside = (use: ResultStore) => (keys: readonly string[]) =>
      Promise.all(keys.map(() => use.getOrCompute("b", () => 1)));
    await expect(getOrComputeMany(store, ["a", "b"], inside(store))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});
