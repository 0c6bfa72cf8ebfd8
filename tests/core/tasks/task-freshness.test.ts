import { describe, expect, test, vi } from "vitest";
import type { FreshnessDefaults } from "../../../src/core/context/freshness-defaults.ts";
import { configure, withSettings } from "../../../src/core/context/configure.ts";
import { getRunContext } from "../../../src/core/context/run.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import type { TaskOptions } from "../../../src/core/tasks/task-options.ts";
import { createTaskWorld, type TaskWorld } from "./task-world.ts";

const minute = 60_000;

async function metadataOf({ store }: TaskWorld, key: string | undefined) {
  return (await store.read(key!, { allowExpired: true }))?.metadata;
}

/** A task that counts its runs, and fails on demand. */
function createCounter(world: TaskWorld, options: TaskOptions<[number]>) {
  const state = { runs: 0, error: undefined as Error | undefined };
  const count = world.task(
    async (_: number) => {
      state.runs++;
      if (state.error) throw state.error;
      return state.runs;
    },
    { name: "count", version: "1", ...options },
  );
  return { count, state };
}

describe("a stale result", () => {
  test("answers at once within staleWhileRevalidate, and is computed anew once in the background", async () => {
    const world = createTaskWorld();
    const { count, state } = createCounter(world, { cacheExpiration: "1m", staleWhileRevalidate: "1h" });
    expect(await count(1)).toBe(1);
    world.now += minute;
    expect(await Promise.all([count(1), count(1)])).toEqual([1, 1]);
    await vi.waitFor(async () => expect(await count(1)).toBe(2));
    expect(state.runs).toBe(2);
  });

  test("replaces an error within staleIfError", async () => {
    const world = createTaskWorld();
    const { count, state } = createCounter(world, { cacheExpiration: "1m", staleIfError: "1h" });
    await count(1);
    world.now += minute;
    state.error = new Error("down");
    expect(await count(1)).toBe(1);
    world.now += 60 * minute;
    await expect(count(1)).rejects.toThrow("down");
  });

  test("replaces an error in a transaction that keeps results at once, which commits", async () => {
    const world = createTaskWorld();
    const { count, state } = createCounter(world, { cacheExpiration: "1m", staleIfError: "1h" });
    await count(1);
    world.now += minute;
    state.error = new Error("down");
    const eager = { commitMode: CommitMode.EAGER, key: "report", store: world.store };
    await world.transaction(eager, async (txn) => txn.stage(await txn.run(count, 1)));
    expect((await world.store.read("report"))?.result).toBe(1);
  });

  test("leaves a transaction alone whose task fails in the background", async () => {
    const world = createTaskWorld();
    const { count, state } = createCounter(world, { cacheExpiration: "1m", staleWhileRevalidate: "1h" });
    await count(1);
    world.now += minute;
    state.error = new Error("down");
    const eager = { commitMode: CommitMode.EAGER, key: "report", store: world.store };
    await world.transaction(eager, async (txn) => {
      txn.stage(await txn.run(count, 1));
      await vi.waitFor(() => expect(world.events.map(({ type }) => type)).toContain("refresh-error"));
    });
    expect((await world.store.read("report"))?.result).toBe(1);
  });

  test("is not served where a commit keeps results", async () => {
    const world = createTaskWorld();
    const { count } = createCounter(world, { cacheExpiration: "1m", staleWhileRevalidate: "1h" });
    await count(1);
    world.now += minute;
    expect(await world.transaction({}, (txn) => txn.run(count, 1))).toBe(2);
  });
});

test("errorExpiresIn: an error is thrown again without a run, until it expires", async () => {
  const world = createTaskWorld();
  const { count, state } = createCounter(world, { errorExpiresIn: "1m" });
  state.error = new RangeError("too much");
  await expect(count(1)).rejects.toThrow(new RangeError("too much"));
  await expect(count(1)).rejects.toThrow(RangeError);
  expect(state.runs).toBe(1);
  world.now += minute;
  await expect(count(1)).rejects.toThrow(RangeError);
  expect(state.runs).toBe(2);
});

test.each([CommitMode.EAGER, CommitMode.LAZY])("computeTimeout ends a call in a %s transaction", async (commitMode) => {
  const world = createTaskWorld();
  const endless = world.task(() => new Promise<number>(() => {}), { cacheKeyFn: () => "endless", computeTimeout: 1 });
  await expect(world.transaction({ commitMode }, (txn) => txn.run(endless))).rejects.toMatchObject({
    code: "COMPUTE_TIMEOUT",
  });
});

describe("functions of the result", () => {
  const options = {
    cacheExpiration: ({ size }: { size: number }) => (size > 5 ? "1h" : undefined),
    tags: ({ size }: { size: number }) => [`size-${size}`],
    keep: ({ size }: { size: number }) => size > 1,
  };

  test.each(["in the open", "in a transaction"])("decide how it is kept, %s", async (place) => {
    const world = createTaskWorld();
    const sized = world.task((size: number) => ({ size }), { name: "sized", version: "1", ...options });
    for (const size of [9, 2, 1]) {
      if (place === "in the open") await sized(size);
      else await world.transaction({}, (txn) => txn.run(sized, size));
    }
    const [large, small, tiny] = await Promise.all(
      [9, 2, 1].map(async (size) => metadataOf(world, await sized.cacheKey([size]))),
    );
    expect(large).toMatchObject({ expiration: new Date(world.now + 60 * minute), tags: ["size-9"] });
    expect(small).toMatchObject({ tags: ["size-2"] });
    expect(small).not.toHaveProperty("expiration");
    expect(tiny).toBeUndefined();
  });
});

test("keep: false computes each time, and hooks still run", async () => {
  const world = createTaskWorld();
  const onCommit = vi.fn();
  const { count } = createCounter(world, { keep: false, onCommit });
  await count(1);
  expect(await world.transaction({}, (txn) => txn.run(count, 1))).toBe(2);
  expect(onCommit).toHaveBeenCalledTimes(2);
});

test("a lifetime of 0 or less: computed, but not kept", async () => {
  for (const cacheExpiration of [0, -1, "-5m", () => "-1s"]) {
    const world = createTaskWorld();
    const { count } = createCounter(world, { cacheExpiration });
    await count(1);
    expect(await count(1)).toBe(2);
  }
});

describe("defaults", () => {
  const expiring = { cacheExpiration: "1m" } as const;

  async function staleForIn(
    lay: (call: () => Promise<number>, world: TaskWorld) => unknown,
    own: FreshnessDefaults = {},
  ) {
    const world = createTaskWorld();
    const { count } = createCounter(world, { ...expiring, ...own });
    await lay(() => count(1), world);
    return (await metadataOf(world, await count.cacheKey([1])))?.staleFor;
  }

  test("the nearest wins: the task's, then the inner flow's, then the outer's, then the settings'", async () => {
    const inSettings = (call: () => Promise<unknown>) =>
      withSettings({ tasks: { staleWhileRevalidate: 1, staleIfError: 1 } }, call);
    const inFlow = (world: TaskWorld, staleWhileRevalidate: number, call: () => Promise<unknown>) =>
      world.flow(call, { staleWhileRevalidate, staleIfError: 0 });
    expect(await staleForIn(inSettings)).toBe(1);
    expect(await staleForIn((call, world) => inSettings(inFlow(world, 2, call)))).toBe(2);
    expect(await staleForIn((call, world) => inFlow(world, 2, inFlow(world, 3, call))())).toBe(3);
    expect(await staleForIn((call, world) => inFlow(world, 2, call)(), { staleWhileRevalidate: 4 })).toBe(4);
    expect(await staleForIn((call, world) => inFlow(world, 2, world.flow(call))())).toBe(2);
    const takeBack = configure({ tasks: { staleIfError: 5 } });
    expect(await staleForIn((call) => call())).toBe(5);
    takeBack();
    expect(await staleForIn((call) => call())).toBeUndefined();
  });

  test("of a flow hold for what is called through its run after an await", async () => {
    const world = createTaskWorld();
    const { count } = createCounter(world, expiring);
    const report = world.flow(
      async () => {
        const run = getRunContext();
        await Promise.resolve();
        await run.run(count, 1);
      },
      { staleWhileRevalidate: 7 },
    );
    await report();
    expect(await metadataOf(world, await count.cacheKey([1]))).toMatchObject({ staleFor: 7 });
  });

  test("that need an expiration don't apply to a task without one", async () => {
    const world = createTaskWorld();
    const { count } = createCounter(world, {});
    const needy = { staleIfError: "1h", refreshAhead: 0.5, jitter: 0.5 } as const;
    expect(await withSettings({ tasks: needy }, () => count(1))).toBe(1);
    expect(await world.flow(() => count(2), needy)()).toBe(2);
    const { expiration, staleFor } = (await metadataOf(world, await count.cacheKey([2])))!;
    expect([expiration, staleFor]).toEqual([undefined, undefined]);
  });

  test("of two timeouts that exclude each other, the nearer one counts", async () => {
    const world = createTaskWorld();
    const slow = (options: TaskOptions) => {
      const { promise } = Promise.withResolvers<number>();
      return world.task(() => promise, { cacheKeyFn: () => "slow", ...options });
    };
    const timedOut = { code: "COMPUTE_TIMEOUT" };
    const near = slow({ computeTimeout: 1 });
    await expect(withSettings({ tasks: { softTimeout: "1h" } }, () => near())).rejects.toMatchObject(timedOut);
    const inner = world.flow(slow({}), { computeTimeout: 1 });
    await expect(world.flow(() => inner(), { softTimeout: "1h" })()).rejects.toMatchObject(timedOut);
    const { count } = createCounter(world, { cacheExpiration: "1m", staleIfError: "1m", softTimeout: "1h" });
    expect(await withSettings({ tasks: { computeTimeout: 1 } }, () => count(1))).toBe(1);
  });
});

test("0 turns a default off: timeouts, kept errors, stale results", async () => {
  const world = createTaskWorld();
  const off = { softTimeout: 0, computeTimeout: 0, errorExpiresIn: 0, staleIfError: "1h" } as const;
  const { count, state } = createCounter(world, { cacheExpiration: "1m", ...off });
  const slow = world.task(() => new Promise((resolve) => setTimeout(resolve, 5, "late")), {
    name: "slow",
    ...off,
    staleIfError: 0,
    cacheExpiration: "1m",
  });
  await withSettings({ tasks: { softTimeout: 1, computeTimeout: 1, errorExpiresIn: "1h" } }, async () => {
    expect(await slow()).toBe("late");
    await count(1);
    world.now += minute;
    expect(await count(1)).toBe(2);
    state.error = new Error("down");
    await expect(count(2)).rejects.toThrow("down");
    state.error = undefined;
    expect(await count(2)).toBe(4);
  });
});

describe("invalid options are refused when the task or flow is made", () => {
  test.for<[TaskOptions, RegExp]>([
    [{ staleIfError: "1h" }, /^staleIfError needs cacheExpiration/],
    [{ refreshAhead: 0.5 }, /^refreshAhead needs cacheExpiration/],
    [{ jitter: 0.5 }, /^jitter needs cacheExpiration/],
    [{ cacheExpiration: "1h", refreshAhead: 2 }, /^refreshAhead has to be a share/],
    [{ cacheExpiration: "1h", jitter: -1 }, /^jitter has to be a share/],
    [{ cacheExpiration: "soon" }, /^cacheExpiration has to be/],
    [{ staleWhileRevalidate: -1 }, /^staleWhileRevalidate has to be/],
    [{ softTimeout: "2s", computeTimeout: "1s" }, /^softTimeout \(2000 ms\)/],
    [{ errorExpiresIn: "never" }, /^errorExpiresIn has to be/],
    [{ tags: [""] }, /^tags has to be an array/],
    [{ tags: "maps" as never }, /^tags has to be an array/],
    [{ keep: 1 as never }, /^keep has to be a boolean/],
  ])("%j", ([options, message]) => {
    const { task } = createTaskWorld();
    expect(() => task(() => 1, options)).toThrow(message);
    expect(() => task(() => 1, { cacheKeyFn: () => "k", ...options })).toThrow(message);
    expect(() => task(() => 1).withOptions(options)).toThrow(message);
  });

  test("as many tags as a record takes, beside the tag of a task that makes whole keys", () => {
    const { task } = createTaskWorld();
    const tags = Array.from({ length: 64 }, (_, i) => `tag-${i}`);
    task(() => 1, { tags });
    expect(() => task(() => 1, { tags, cacheKeyFn: () => "k" })).toThrow(/at most 64 tags .*; got 65 tags$/);
  });

  test.for<[FreshnessDefaults, RegExp]>([
    [{ refreshAhead: 2 }, /^refreshAhead has to be a share/],
    [{ jitter: 2 }, /^jitter has to be a share/],
    [{ staleIfError: "soon" }, /^staleIfError has to be/],
    [{ softTimeout: 2, computeTimeout: 1 }, /^softTimeout \(2 ms\)/],
  ])("%j, in a flow", ([options, message]) => {
    const { flow } = createTaskWorld();
    expect(() => flow(() => 1, options)).toThrow(message);
    expect(() => flow(() => 1).withOptions(options)).toThrow(message);
  });
});
