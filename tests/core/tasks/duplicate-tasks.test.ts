import { afterEach, describe, expect, test, vi } from "vitest";
import { codeOf } from "../record/record-tools.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { CachePolicy, INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { TaskFactory } from "../../../src/core/tasks/task.ts";
import type { TaskOptions } from "../../../src/core/tasks/task-options.ts";
import { ConfigurationError, HashError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "./task-world.ts";

const sameKeys = /^Two tasks have the name .*captures: \(\) => \[value\]$/;

function createFactory(options: TaskOptions = {}) {
  const world = createTaskWorld();
  const multiply = (factor: number, more: TaskOptions = {}) =>
    world.task((x: number) => x * factor, { ...options, ...more });
  return { ...world, multiply };
}

describe("a second task of the same name and text", () => {
  test.for([
    ["without a name", {}],
    ["with a name", { name: "multiply" }],
    ["with a version", { name: "multiply", version: "1" }],
    ["by inputs alone", { cachePolicy: INPUTS }],
    ["by its source alone", { cachePolicy: TASK_SOURCE }],
    ["by its run", { cachePolicy: RUN_ID.plus(INPUTS.minus("y")) }],
    ["with metadata apart", { cachePolicy: INPUTS.configure({ keyStorage: new MemoryStorage() }) }],
  ] as const)("%s rejects, and says why", async ([, options]) => {
    const { multiply } = createFactory(options);
    expect(await multiply(2)(3)).toBe(6);
    const other = multiply(10);
    await expect(other(3)).rejects.toThrow(ConfigurationError);
    await expect(other(4)).rejects.toThrow(sameKeys);
  });

  test("rejects whichever of them is called second, later too", async () => {
    const { multiply } = createFactory();
    const [first, second] = [multiply(2), multiply(10)];
    expect(await second(3)).toBe(30);
    await new Promise((resolve) => setTimeout(resolve));
    await expect(first(3)).rejects.toThrow(sameKeys);
    await expect(multiply(2)(3)).rejects.toThrow(sameKeys);
    expect(await second(4)).toBe(40);
  });

  test("rejects if a callback, a constructor or a method creates it", async () => {
    const { task } = createTaskWorld();
    class Multiplier {
      readonly run: (x: number) => Promise<number>;
      constructor(factor: number) {
        this.run = task((y: number) => y * factor);
      }
      static create(factor: number) {
        return task((z: number) => z * factor);
      }
    }
    const factors = [2, 10];
    for (const [first, second] of [
      factors.map((factor) => task((x: number) => x * factor)),
      factors.map((factor) => new Multiplier(factor).run),
      factors.map(Multiplier.create),
    ]) {
      expect(await first!(3)).toBe(6);
      await expect(second!(3)).rejects.toThrow(sameKeys);
    }
  });

  test("rejects if a callback creates it in another turn", async () => {
    const { task } = createTaskWorld();
    const created: ((x: number) => Promise<number>)[] = [];
    for (const factor of [2, 10]) {
      await new Promise<void>((resolve) =>
        setTimeout(() => {
          created.push(task((x: number) => x * factor));
          resolve();
        }),
      );
    }
    expect(await created[0]!(3)).toBe(6);
    await expect(created[1]!(3)).rejects.toThrow(sameKeys);
  });

  test("rejects if it stands elsewhere", async () => {
    const { task } = createTaskWorld();
    const [two, ten] = [2, 10];
    const first = task((x: number) => x * two, { name: "a" });
    const wrapped = (factor: number) => task((x: number) => x * factor, { name: "b" });
    expect([await first(3), await wrapped(two)(3)]).toEqual([6, 6]);
    await expect(wrapped(ten)(3)).rejects.toThrow(sameKeys);
  });

  test("rejects for bound functions", async () => {
    const { task } = createTaskWorld();
    const multiply = (factor: number, x: number) => factor * x;
    const options = { name: "multiply", version: "1" };
    expect(await task(multiply.bind(undefined, 2), options)(3)).toBe(6);
    await expect(task(multiply.bind(undefined, 10), options)(3)).rejects.toThrow(sameKeys);
  });

  test("rejects if it is deferred", async () => {
    const { multiply } = createFactory();
    await multiply(2)(3);
    await expect(multiply(10).defer([3])).rejects.toThrow(sameKeys);
  });

  class ByFactor extends CachePolicy {
    readonly factor: number;
    constructor(factor: number) {
      super();
      this.factor = factor;
    }
    override computeKey(): string {
      return `${this.factor}`;
    }
  }

  test.for([
    ["a name", (factor: number) => ({ name: `by ${factor}` })],
    ["a version", (factor: number) => ({ name: "multiply", version: `${factor}` })],
    ["captures", (factor: number) => ({ captures: () => [factor] })],
    ["captures without inputs", (factor: number) => ({ cachePolicy: TASK_SOURCE, captures: () => ({ factor }) })],
    ["a key of its own", (factor: number) => ({ cacheKeyFn: () => `${factor}` })],
    ["a template of its own", (factor: number) => ({ resultStorageKey: `by-${factor}` })],
    ["a policy of the user's", (factor: number) => ({ cachePolicy: new ByFactor(factor).plus(INPUTS) })],
    ["a store of its own", () => ({ store: createStore() })],
    ["no cache", () => ({ cachePolicy: NO_CACHE })],
    ["no persistence", () => ({ persistResult: false })],
    ["memory alone", () => ({ persistResult: false, cacheResultInMemory: true })],
  ] as const)("is told apart by %s", async ([, optionsOf]) => {
    const { multiply } = createFactory();
    const [two, ten] = [multiply(2, optionsOf(2)), multiply(10, optionsOf(10))];
    expect([await two(3), await ten(3), await two(3), await ten(3)]).toEqual([6, 30, 6, 30]);
  });

  test("is no other task for the same function", async () => {
    const { task } = createTaskWorld();
    const square = (x: number) => x * x;
    const first = task(square);
    const copies = [task(square), first.withOptions({ cacheExpiration: "1d" }), task(square, { refreshCache: true })];
    for (const each of [first, ...copies]) expect(await each(3)).toBe(9);
  });
});

describe("a module that is evaluated again", () => {
  const host = globalThis as { taskOfTest?: TaskFactory };

  afterEach(() => {
    delete host.taskOfTest;
  });

  type Module = Record<"square" | "double" | "viaHelper", (x: number) => Promise<number>>;

  async function expectUsable({ square, double, viaHelper }: Module): Promise<void> {
    expect([await square(3), await double(3), await viaHelper(3)]).toEqual([9, 6, 9]);
  }

  // WebKit leaves the query of an address out, and a factory that is called twice looks just like that
  const queries =
    globalThis.navigator?.vendor === "Apple Computer, Inc." ? [] : ["?again", "?t=1700000000000", "?v=2&t=3"];
  test.for(queries)("under %s has the same tasks", async (query) => {
    host.taskOfTest = createTaskWorld().task;
    const modules: Module[] = [];
    const path = "./evaluated-again.ts";
    for (const each of ["?first", query]) modules.push((await import(/* @vite-ignore */ `${path}${each}`)) as Module);
    for (const each of [...modules, ...modules]) await expectUsable(each);
  });

  test("under the same address has the same tasks", async () => {
    host.taskOfTest = createTaskWorld().task;
    const first = (await import("./evaluated-again.ts")) as Module;
    await expectUsable(first);
    vi.resetModules();
    const again = (await import("./evaluated-again.ts")) as Module;
    await expectUsable(again);
    await expectUsable(first);
  });
});

describe("captures", () => {
  test("are part of the key at each call, like inputs", async () => {
    const { task } = createTaskWorld();
    let factor = 2;
    const multiply = task((x: number) => x * factor, { name: "multiply", captures: () => [factor] });
    expect(await multiply(3)).toBe(6);
    factor = 10;
    expect(await multiply(3)).toBe(30);
    factor = 2;
    expect(await multiply(3)).toBe(6);
    expect(await multiply.cacheKey([3])).toMatch(/^multiply\/[\w-]{43}\.[\w-]{43}\.[\w-]{43}$/);
  });

  test("that change during a call leave no wrong result", async () => {
    const { task } = createTaskWorld();
    let factor = 2;
    const multiply = task((x: number) => x * factor, { captures: () => [factor] });
    const call = multiply(3);
    factor = 10;
    await call;
    factor = 2;
    expect(await multiply(3)).toBe(6);
  });

  test("may be big", async () => {
    const { task } = createTaskWorld();
    const table = new Uint8Array(5_000);
    const sum = task((x: number) => x + table.length + table[0]!, { captures: () => table });
    expect(await sum(1)).toBe(5_001);
    table[0] = 1;
    expect(await sum(1)).toBe(5_002);
  });

  test("without a stable hash are an error that names them", async () => {
    const { task } = createTaskWorld();
    const call = task((x: number) => x, { name: "same", captures: () => ({ fn: () => 1 }) })(1);
    await expect(call).rejects.toThrow(HashError);
    await expect(call).rejects.toThrow(/^The captures of the task "same" .*\$\.fn/);
  });

  test("are the key of a call without inputs, and make none for a task that is never cached", async () => {
    const { task } = createTaskWorld();
    const one = () => 1;
    expect(await task(one, { cachePolicy: INPUTS, captures: () => [1] }).cacheKey([])).toMatch(/^one\/\.[\w-]{43}$/);
    expect(await task(one, { cachePolicy: NO_CACHE, captures: () => [1] }).cacheKey([])).toBeUndefined();
  });

  test("stay with another policy, and go with a key of the task's own", async () => {
    const { task } = createTaskWorld();
    const add = task((x: number) => x, { name: "add", captures: () => [1] });
    expect(await add.withOptions({ cachePolicy: INPUTS }).cacheKey([1])).toMatch(/^add\/[\w-]{43}\.[\w-]{43}$/);
    expect(await add.withOptions({ cacheKeyFn: () => "k" }).cacheKey([1])).toBe("k");
    expect(await add.withOptions({ resultStorageKey: "r" }).cacheKey([1])).toBe("r");
  });
});

test("split storages over the same metadata share their tasks", async () => {
  const [metadata, results] = [new MemoryStorage(), new MemoryStorage()];
  const multiplyBy = (factor: number) => {
    const store = createStore({ resultStorage: new SplitStorage({ metadata, results }) });
    return createTask(() => store)((x: number) => x * factor, { name: "multiply", persistResult: true });
  };
  expect(await multiplyBy(2)(3)).toBe(6);
  expect(await codeOf(() => multiplyBy(3)(3))).toBe("CONFIGURATION");
});
