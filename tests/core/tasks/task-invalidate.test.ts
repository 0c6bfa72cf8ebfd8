import { describe, expect, test, vi } from "vitest";
import { NO_CACHE } from "../../../src/core/keys/cache-policy.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { ResultStorage } from "../../../src/core/storages/result-storage.ts";
import type { TaskOptions } from "../../../src/core/tasks/task-options.ts";
import { withSettings } from "../../../src/core/context/configure.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";

const kinds: Readonly<Record<string, TaskOptions<[number]>>> = {
  "a policy": { version: "1" },
  cacheKeyFn: { cacheKeyFn: ({ args: [x] }) => `any/${x}` },
  resultStorageKey: { resultStorageKey: "any/{parameters.0}" },
};

describe.each(Object.entries(kinds))("a task with %s", (_, options) => {
  function createCounter() {
    const world = createTaskWorld();
    let runs = 0;
    const waits: Promise<void>[] = [];
    const count = world.task(
      async (x: number) => {
        const run = ++runs;
        await waits.shift();
        return x * 100 + run;
      },
      { name: "count", ...options },
    );
    return { ...world, count, waits, begun: (n: number) => vi.waitFor(() => expect(runs).toBe(n)) };
  }

  test("invalidate: the result for these arguments is computed again, others stay", async () => {
    const { count } = createCounter();
    await Promise.all([count(1), count(2)]);
    await count.invalidate([1]);
    expect([await count(1), await count(2)]).toEqual([103, 202]);
  });

  test("invalidateAll: all its results are computed again, those of other tasks stay", async () => {
    const { count, task, store } = createCounter();
    let others = 0;
    const other = task((x: number) => x * ++others, { name: "other", cacheKeyFn: () => "any/other" });
    await store.write("any/written", 1);
    const before = await other(1);
    await Promise.all([count(1), count(2)]);
    await count.invalidateAll();
    expect([await count(1), await count(2)]).toEqual([103, 204]);
    expect([before, await other(1)]).toEqual([1, 1]);
    expect(await store.exists("any/written")).toBe(true);
  });

  test.each(["invalidate", "invalidateAll"] as const)(
    "%s: what began before is neither joined nor kept",
    async (name) => {
      const { count, waits, begun } = createCounter();
      const { promise, resolve } = Promise.withResolvers<void>();
      waits.push(promise);
      const before = count(1);
      await begun(1);
      await (name === "invalidate" ? count.invalidate([1]) : count.invalidateAll());
      expect(await count(1)).toBe(102);
      resolve();
      expect(await before).toBe(101);
      expect(await count(1)).toBe(102);
    },
  );

  test("mode expire: the records are stale, and served where the options allow it", async () => {
    const { count } = createCounter();
    await count(1);
    await count.invalidateAll({ mode: "expire" });
    expect(await count.withOptions({ staleWhileRevalidate: "1h" })(1)).toBe(101);
    await vi.waitFor(async () => expect(await count(1)).toBe(102));
    await count.invalidate([1], { mode: "expire", scope: "local" });
    expect(await count(1)).toBe(103);
  });

  test("works with tags of the task's own, and with a task that withOptions gives", async () => {
    const { count } = createCounter();
    const tagged = count.withOptions({ tags: (value) => [`run-${value % 100}`] });
    await tagged(1);
    await tagged.invalidateAll();
    expect(await tagged(1)).toBe(102);
    await count.invalidateAll();
    expect(await tagged(1)).toBe(103);
  });

  test("invalidates what was kept elsewhere, even where calls are not cached", async () => {
    const { count } = createCounter();
    await count(1);
    await withSettings({ tasks: { disableCaching: true } }, () => count.invalidate([1]));
    expect(await count(1)).toBe(102);
    await withSettings({ persistByDefault: false }, () => count.invalidateAll());
    expect(await count(1)).toBe(103);
  });
});

test("a result in the memory of a context alone is computed again", async () => {
  const { task } = createTaskWorld();
  let runs = 0;
  const count = task((_: number) => ++runs, { name: "count", persistResult: false, cacheResultInMemory: true });
  await count(1);
  await count.invalidate([1]);
  expect(await count(1)).toBe(2);
  await count.invalidateAll();
  expect(await count(1)).toBe(3);
});

describe.each([{ tags: ["roads"] }, { tags: () => ["roads"] }])("in a transaction, a result with %o", (options) => {
  test.each(["while it is computed", "before the commit"])("is not kept if its tag is invalidated %s", async (when) => {
    const { task, transaction, storage, store } = createTaskWorld();
    const invalidate = () => store.invalidate({ tags: ["roads"] });
    const count = task(
      async (x: number) => {
        if (when === "while it is computed") await invalidate();
        return x;
      },
      { cacheKeyFn: () => "count", ...options },
    );
    await transaction({ commitMode: CommitMode.LAZY }, async (txn) => {
      expect(await txn.run(count, 1)).toBe(1);
      if (when === "before the commit") await invalidate();
    });
    expect(await keysOf(storage)).toEqual([]);
  });
});

test("a call without a key has nothing to invalidate", async () => {
  const { task } = createTaskWorld();
  for (const never of [
    task((_: number) => 1, { cachePolicy: NO_CACHE }),
    task((_: number) => 1, { cacheKeyFn: () => undefined }),
  ]) {
    await never.invalidate([1]);
    await never.invalidateAll();
  }
});

test("mistakes are typed errors", async () => {
  const { task } = createTaskWorld();
  const count = task((x: number) => x, { name: "count", version: "1" });
  const invalid = { code: "INVALID_ARGUMENT" };
  await expect(count.invalidate(1 as never)).rejects.toMatchObject({
    message: "invalidate takes the arguments of the call as an array: invalidate([argument])",
    ...invalid,
  });
  for (const method of [count.cacheKey, count.explain, count.defer]) {
    await expect(method(1 as never)).rejects.toMatchObject(invalid);
  }
  await expect(count.invalidate([1], { mode: "remove" as never })).rejects.toMatchObject(invalid);
  await expect(count.invalidateAll({ scope: "remote" as never })).rejects.toMatchObject(invalid);
  await expect(count.invalidateAll({ tags: [] } as never)).rejects.toMatchObject({ code: "CONFIGURATION" });
});

test("a storage that keeps no invalidations refuses invalidateAll with the reason, and invalidate works", async () => {
  const inner = new MemoryStorage();
  const own: ResultStorage = {
    type: "own",
    capabilities: inner.capabilities,
    read: (key) => inner.read(key),
    write: (key, bytes, { metadata }) => inner.write(key, bytes, { metadata }),
    delete: (key) => inner.delete(key),
  };
  const { task } = createTaskWorld();
  let runs = 0;
  const count = task((_: number) => ++runs, { name: "count", store: createStore({ resultStorage: own }) });
  await count(1);
  await count.invalidate([1]);
  expect(await count(1)).toBe(2);
  await expect(count.invalidateAll()).rejects.toMatchObject({ code: "CONFIGURATION" });
});

test("a name that is no tag is hashed, so that such tasks still keep results", async () => {
  const { task, storage } = createTaskWorld();
  for (const name of ["n".repeat(300), "\ud800"]) {
    const named = task((x: number) => x, { name, cacheKeyFn: () => "named" });
    await named(1);
    expect(await keysOf(storage)).toEqual(["named"]);
    await named.invalidateAll();
    expect(await keysOf(storage)).toEqual([]);
  }
});
