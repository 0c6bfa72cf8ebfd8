import { createDefaultStore } from "../../../src/core/runtime/runtime.ts";
import { describe, expect, expectTypeOf, test } from "vitest";
import { INPUTS, NO_CACHE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { createTask, type Task } from "../../../src/core/tasks/task.ts";
import { ConfigurationError, HashError, InvalidArgumentError } from "../../../src/errors/index.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";
import { createStore as createTestStore } from "../../stores.ts";

class Point {
  x = 1;
}

describe("a task", () => {
  test("runs once for the same inputs, and again for others", async () => {
    const { task } = createTaskWorld();
    const runs: number[] = [];
    const square = task(function square(x: number) {
      runs.push(x);
      return x * x;
    });
    expect([await square(3), await square(3), await square(4), await square(3)]).toEqual([9, 9, 16, 9]);
    expect(runs).toEqual([3, 4]);
  });

  test("runs once for callers at the same time", async () => {
    const { task } = createTaskWorld();
    let runs = 0;
    const slow = task(async (x: number) => {
      runs++;
      await Promise.resolve();
      return { x };
    });
    const results = await Promise.all(Array.from({ length: 100 }, () => slow(1)));
    expect(runs).toBe(1);
    expect(new Set(results).size).toBe(1);
  });

  test("joins who asks the same store for the same key", async () => {
    const { task, store } = createTaskWorld();
    const stamp = task((x: number) => ({ x }), { name: "stamp" });
    const key = (await stamp.cacheKey([1])) ?? "";
    const [first, second] = await Promise.all([stamp(1), store.getOrCompute(key, () => "computed twice")]);
    expect(second).toBe(first);
  });

  test("hits in memory touch neither storage nor lock", async () => {
    const { task, events } = createTaskWorld();
    const square = task((x: number) => x * x);
    await square(3);
    events.length = 0;
    await square(3);
    expect(events.map(({ type }) => type)).toEqual(["done"]);
    expect(events[0]).toMatchObject({ source: "memory", key: await square.cacheKey([3]) });
  });

  test("results are found again by another context over the same storage", async () => {
    const { task, storage } = createTaskWorld();
    const square = (x: number): number => x * x;
    await task(square)(3);
    const elsewhere = createTask(() => createTestStore({ resultStorage: storage }));
    const again = elsewhere(square, { refreshCache: false });
    expect(await again.cacheKey([3])).toBe(await task(square).cacheKey([3]));
    expect(await keysOf(storage)).toEqual([await again.cacheKey([3])]);
  });

  test("two tasks never share results, whatever their inputs", async () => {
    const { task } = createTaskWorld();
    const options = { cachePolicy: INPUTS };
    const keys = await Promise.all([
      task((x: number) => x + 1, options).cacheKey([1]),
      task((x: number) => x + 2, options).cacheKey([1]),
      task((x: number) => x + 1, { ...options, name: "plus" }).cacheKey([1]),
    ]);
    expect(new Set(keys).size).toBe(3);
  });

  test("without arguments it is kept by its source", async () => {
    const { task } = createTaskWorld();
    let runs = 0;
    const load = task(() => ++runs);
    expect([await load(), await load()]).toEqual([1, 1]);
  });

  test("big binaries are inputs as any other", async () => {
    const { task } = createTaskWorld();
    let runs = 0;
    const sum = task((grid: Float64Array) => {
      runs++;
      return grid.reduce((a, b) => a + b, 0);
    });
    const grid = new Float64Array(10_000).fill(1);
    expect([await sum(grid), await sum(grid.slice()), await sum(grid.fill(2))]).toEqual([10_000, 10_000, 20_000]);
    expect(runs).toBe(2);
  });

  test("what it throws is not kept", async () => {
    const { task, storage } = createTaskWorld();
    let runs = 0;
    const fail = task(() => {
      runs++;
      throw new RangeError("no");
    });
    await expect(fail()).rejects.toThrow(RangeError);
    await expect(fail()).rejects.toThrow("no");
    expect(runs).toBe(2);
    expect(await keysOf(storage)).toEqual([]);
  });

  test("an input that has no key rejects, and nothing runs", async () => {
    const { task } = createTaskWorld();
    let runs = 0;
    const draw = task((_: { at: Point }) => ++runs);
    await expect(draw({ at: new Point() })).rejects.toThrow(HashError);
    await expect(draw({ at: new Point() })).rejects.toMatchObject({ path: "$.at" });
    expect(runs).toBe(0);
    expect(await draw.withOptions({ cachePolicy: INPUTS.minus("at") })({ at: new Point() })).toBe(1);
  });

  test("has a name, and its options to read", () => {
    const { task } = createTaskWorld();
    const options = { name: "square", cacheExpiration: "1d" };
    const square = task((x: number) => x * x, options);
    expect([square.name, square.options]).toEqual(["square", options]);
    expect(
      task(function cube(x: number) {
        return x ** 3;
      }).name,
    ).toBe("cube");
    expect(task((x: number) => x).name).toMatch(/^anonymous-[\w-]{8}$/);
  });

  test("has the types of its function, and gives them to cacheKeyFn", () => {
    const { task } = createTaskWorld();
    const load = task(async (id: number, deep: boolean) => ({ id, deep }), {
      cacheKeyFn: ({ args: [id, deep] }) => `${id.toFixed()}${deep ? "/deep" : ""}`,
    });
    expectTypeOf(load).toEqualTypeOf<Task<[id: number, deep: boolean], { id: number; deep: boolean }>>();
    expectTypeOf(load).parameters.toEqualTypeOf<[id: number, deep: boolean]>();
    expectTypeOf(load(1, true)).resolves.toEqualTypeOf<{ id: number; deep: boolean }>();
    expectTypeOf(load.withOptions({})).toEqualTypeOf(load);
  });

  test("opens no store before its first call", async () => {
    let stores = 0;
    const createStore = () => {
      stores++;
      return createTestStore();
    };
    const lazy = createTask(createDefaultStore(createStore))((x: number) => x, { cacheResultInMemory: false });
    expect([await lazy.cacheKey([1]), stores]).toEqual([expect.any(String), 0]);
    await lazy(1);
    await lazy(2);
    expect(stores).toBe(1);
  });
});

describe("withOptions", () => {
  test("gives another task with options laid over, and changes nothing", async () => {
    const { task, storage } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", version: "1" });
    const other = square.withOptions({ version: "2", store: createTestStore() });
    expect(other.options).toMatchObject({ name: "square", version: "2" });
    expect(square.options).toEqual({ name: "square", version: "1" });
    await other(3);
    expect(await keysOf(storage)).toEqual([]);
  });

  test("a policy and a function for keys replace one another", async () => {
    const { task } = createTaskWorld();
    const square = task((x: number) => x * x, { name: "square", cacheKeyFn: ({ args: [x] }) => `${x}` });
    expect(await square.cacheKey([3])).toBe("3");
    const byPolicy = square.withOptions({ cachePolicy: NO_CACHE });
    expect(await byPolicy.cacheKey([3])).toBeUndefined();
    expect(await byPolicy.withOptions({ cacheKeyFn: () => "all" }).cacheKey([3])).toBe("all");
    const byTemplate = byPolicy.withOptions({ resultStorageKey: "squares/one" });
    expect(await byTemplate.cacheKey([3])).toBe("squares/one");
    expect(await byTemplate.withOptions({ cacheKeyFn: () => "all" }).cacheKey([3])).toBe("all");
    expect(await square.withOptions({ version: "2" }).cacheKey([3])).toBe("3");
  });
});

describe("what can't be meant is refused at once", () => {
  test.for([undefined, null, "f", {}, Promise.resolve()])("%s is no function", (fn) => {
    const { task } = createTaskWorld();
    expect(() => task(fn as never)).toThrow(InvalidArgumentError);
    expect(() => task(fn as never)).toThrow(/^task needs a function; got \w+$/);
  });

  test.for([
    ["captures beside a function for keys", { captures: () => 1, cacheKeyFn: () => "k" }, ConfigurationError],
    ["captures that are no function", { captures: [1] }, ConfigurationError],
    ["a policy that is none", { cachePolicy: "inputs" }, ConfigurationError],
    ["a cacheKeyFn that is none", { cacheKeyFn: "k" }, ConfigurationError],
    ["a store that is none", { store: new MemoryStorage() }, ConfigurationError],
    ["a nameless function with a version", { version: "1" }, ConfigurationError],
    ["an unknown name in resultStorageKey", { resultStorageKey: "{flow.version}" }, ConfigurationError],
    ["a duration that is none", { cacheExpiration: "soon" }, InvalidArgumentError],
    ["a parameter twice", { parameters: ["x", "x"] }, InvalidArgumentError],
    ["a number for a parameter", { parameters: ["1"] }, InvalidArgumentError],
    ["parameters that are no list", { parameters: "x" }, InvalidArgumentError],
  ] as const)("%s", ([, options, type]) => {
    const { task } = createTaskWorld();
    expect(() => task(() => 1, options as never)).toThrow(type);
  });
});
