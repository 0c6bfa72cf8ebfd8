import { INPUTS, NO_CACHE } from "../../../src/core/keys/cache-policy.ts";
import { SplitStorage } from "../../../src/core/storages/split-storage.ts";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Flow } from "../../../src/core/tasks/flow.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { NullStorage } from "../../../src/core/storages/null-storage.ts";
import { getRunContext } from "../../../src/core/context/run.ts";
import { currentScope } from "../../../src/core/context/scope.ts";
import { withSettings } from "../../../src/core/context/configure.ts";
import {
  ConfigurationError,
  InvalidArgumentError,
  MissingContextError,
  StorageError,
} from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createTaskWorld, keysOf } from "./task-world.ts";
import { createStore } from "../../stores.ts";
import { updateForFlow, updateForTask } from "../../../src/core/tasks/update-store.ts";

/** Whether the runtime knows after an await where a call came from. */
const followsAwaits = "process" in globalThis && currentScopeClass() !== "SynchronousScopes";

function currentScopeClass(): string {
  currentScope();
  return (globalThis as { process?: { getBuiltinModule?: unknown } }).process?.getBuiltinModule
    ? "async"
    : "SynchronousScopes";
}

describe("a flow", () => {
  test("gives what its function gives, each time, and keeps nothing of its own unasked", async () => {
    const { flow, storage } = createTaskWorld();
    let runs = 0;
    const count = flow(async (by: number) => (runs += by), { name: "count" });
    expect([await count(2), await count(2)]).toEqual([2, 4]);
    expect(await keysOf(storage)).toEqual([]);
    expect(count.name).toBe("count");
    expectTypeOf(count).toEqualTypeOf<Flow<[by: number], number>>();
  });

  test("rejects with what its function throws, be it at once", async () => {
    const { flow } = createTaskWorld();
    const fail = (): never => {
      throw new Error("no");
    };
    await expect(flow(fail)()).rejects.toThrow("no");
    await expect(flow(async () => fail())()).rejects.toThrow("no");
  });

  test("gives its tasks its storage and serializer, unless they name their own", async () => {
    const { flow, task, storage } = createTaskWorld();
    const [ofFlow, ofTask] = [new MemoryStorage(), new MemoryStorage()];
    const square = task((x: number) => x * x, { name: "square" });
    const cube = task((x: number) => x ** 3, { name: "cube", resultStorage: ofTask });
    const both = flow(
      async (x: number) => {
        const run = getRunContext();
        return [await run.run(square, x), await run.run(cube, x)];
      },
      { resultStorage: ofFlow, resultSerializer: "json", persistResult: false },
    );
    expect(await both(2)).toEqual([4, 8]);
    expect(await keysOf(storage)).toEqual([]);
    const squares = flow(async () => square(2), { resultStorage: ofFlow, resultSerializer: "json" });
    expect(await squares()).toBe(4);
    const kept = (await ofFlow.list()).records.filter(({ storageKey }) => storageKey.startsWith("square"));
    expect(kept).toMatchObject([{ serializer: { type: "json" } }]);
    expect((await ofTask.list()).records).toMatchObject([{ serializer: { type: "json" } }]);
  });

  test("that is asked to keeps its own result as a whole record under its run's id", async () => {
    const { flow, store } = createTaskWorld();
    let id = "";
    const report = flow(
      async () => {
        ({ id } = getRunContext());
        return { rows: 3 };
      },
      { name: "report", persistResult: true },
    );
    await report();
    expect((await store.read(`flows/report/${id}`))?.result).toEqual({ rows: 3 });
    const named = report.withOptions({ name: "named", persistResult: undefined, resultSerializer: "json" });
    await named();
    expect((await store.read(`flows/named/${id}`))?.metadata.serializer).toEqual({ type: "json" });
  });

  test("that can't keep its own result gives it all the same, and tells", async () => {
    const { flow, events } = createTaskWorld();
    class FullStorage extends MemoryStorage {
      override async write(): Promise<never> {
        throw new StorageError("the disk is gone");
      }
    }
    const report = flow(() => 1, { resultStorage: new FullStorage() });
    expect(await report()).toBe(1);
    expect(events.map(({ type }) => type)).toContain("write-error");
  });

  test("decides for its tasks whether results are kept, after the task's own word and the setting for tasks", async () => {
    const { flow, task, storage } = createTaskWorld();
    const plain = task((x: number) => x, { name: "plain" });
    const sure = task((x: number) => x, { name: "sure", persistResult: true });
    const off = flow(
      async (x: number) => {
        const run = getRunContext();
        await run.run(plain, x);
        await run.run(sure, x);
      },
      { persistResult: false },
    );
    await off(1);
    expect((await keysOf(storage)).map((key) => key.split("/")[0])).toEqual(["sure"]);
    await flow(async () => off(2), { persistResult: true })();
    await withSettings({ tasks: { defaultPersistResult: true } }, () => off(3));
    expect((await keysOf(storage)).filter((key) => key.startsWith("plain"))).toHaveLength(1);
  });

  test("inside of another inherits its store and whether results are kept", async () => {
    const { flow, task, storage } = createTaskWorld();
    const ofOuter = new MemoryStorage();
    const square = task((x: number) => x * x, { name: "square" });
    const inner = flow(async (x: number) => square(x), { name: "inner" });
    const outer = flow(async (x: number) => inner(x), { name: "outer", resultStorage: ofOuter, persistResult: false });
    await outer(2);
    expect([await keysOf(ofOuter), await keysOf(storage)]).toEqual([[], []]);
    await outer.withOptions({ persistResult: true })(2);
    expect((await keysOf(ofOuter)).map((key) => key.split("/").slice(0, 2).join("/"))).toEqual([
      "flows/inner",
      "flows/outer",
      expect.stringContaining("square/"),
    ]);
  });

  test("refuses what can't be meant", () => {
    const { flow } = createTaskWorld();
    expect(() => flow(1 as never)).toThrow(InvalidArgumentError);
    expect(() => flow(() => 1, { store: {} as never })).toThrow(ConfigurationError);
    expect(() => flow(() => 1, { parameters: ["a", "a"] })).toThrow(InvalidArgumentError);
  });

  test("keeps tasks that are never to be cached from being so", async () => {
    const { flow, task, storage } = createTaskWorld();
    const ping = task(() => 1, { cachePolicy: NO_CACHE });
    await flow(async () => ping(), { persistResult: true, name: "pinging" })();
    expect((await keysOf(storage)).every((key) => key.startsWith("flows/pinging/"))).toBe(true);
  });
});

describe("getRunContext", () => {
  test("tells of the flow or task that runs, and of those around it", async () => {
    const { flow, task, store } = createTaskWorld();
    const inspect = task(() => getRunContext(), { name: "inspect", cachePolicy: NO_CACHE });
    const outer = flow(
      async (_year: number, _place: string) => {
        const run = getRunContext();
        return [run, await run.run(inspect)] as const;
      },
      { name: "outer", parameters: ["year", "place"] },
    );
    const [ofFlow, ofTask] = await outer(2026, "Oslo");
    expect(ofFlow).toMatchObject({ kind: "flow", name: "outer", parameters: { year: 2026, place: "Oslo" } });
    expect(ofFlow.store).toBe(store);
    expect(ofFlow.id).toMatch(/^[0-9a-f]{32}$/);
    expect(ofTask).toMatchObject({ kind: "task", name: "inspect" });
    expect([ofTask.parent, ofTask.flow, ofFlow.flow, ofFlow.parent]).toEqual([ofFlow, ofFlow, ofFlow, undefined]);
    expect((await outer(2026, "Oslo"))[0].id).not.toBe(ofFlow.id);
  });

  test("where there is none is a typed error in one line that says what to do", () => {
    expect(getRunContext).toThrow(MissingContextError);
    expect(getRunContext).toThrow(/^No flow or task is running here\. .*first await.*$/);
  });

  test("never gives another run's, however the two take turns", async () => {
    const { flow } = createTaskWorld();
    const turns = [gate(), gate(), gate()];
    const seen: (string | undefined)[] = [];
    const idOrNone = () => {
      try {
        return getRunContext().id;
      } catch {
        return undefined;
      }
    };
    const first = flow(async () => {
      const { id } = getRunContext();
      turns[0]!.open();
      await turns[1]!.opened;
      seen.push(idOrNone());
      turns[2]!.open();
      return id;
    });
    const second = flow(async () => {
      await turns[0]!.opened;
      const own = idOrNone();
      turns[1]!.open();
      await turns[2]!.opened;
      return [own, idOrNone()];
    });
    const [id, others] = await Promise.all([first(), second()]);
    expect(seen.every((each) => each === undefined || each === id)).toBe(true);
    expect(others).not.toContain(id);
    expect(new Set(others).size).toBe(1);
    if (followsAwaits) expect(seen).toEqual([id]);
    else expect(seen).toEqual([undefined]);
  });

  test("of a task that was called after an await, and not through its run, is the task's alone in browsers", async () => {
    const { flow, task } = createTaskWorld();
    const around = task(() => getRunContext().flow?.name, { name: "around", cachePolicy: NO_CACHE });
    const outer = flow(
      async () => {
        const run = getRunContext();
        await Promise.resolve();
        return [await around(), await run.run(around)];
      },
      { name: "outer" },
    );
    expect(await outer()).toEqual([followsAwaits ? "outer" : undefined, "outer"]);
  });
});

describe("updateForFlow", () => {
  test("gives a new store with what the flow names and no metadata apart, and leaves the old one alone", async () => {
    const { flow, store, storage } = createTaskWorld();
    const other = new MemoryStorage();
    const named = flow(() => 1, { resultStorage: other, resultSerializer: "json", cacheResultInMemory: false });
    const updated = await updateForFlow(store, named);
    expect([updated.resultStorage, updated.serializer.type, updated.cacheResultInMemory]).toEqual([
      other,
      "json",
      false,
    ]);
    expect([store.resultStorage, store.serializer.type]).toEqual([storage, "devalue"]);
    const apart = store.withOptions({ resultStorage: new SplitStorage({ metadata: storage, results: other }) });
    expect(
      (
        await updateForFlow(
          apart,
          flow(() => 1),
        )
      ).resultStorage,
    ).toBe(other);
    const plain = await updateForFlow(
      store,
      flow(() => 1),
    );
    expect(plain).not.toBe(store);
    expect([plain.resultStorage, plain.serializer, plain.cacheResultInMemory]).toEqual([
      storage,
      store.serializer,
      true,
    ]);
  });
});

describe("updateForTask", () => {
  test("gives a new store with what the task names", async () => {
    const { task, store, storage } = createTaskWorld();
    const other = new MemoryStorage();
    const named = task(() => 1, { resultStorage: other, resultSerializer: "json", cacheResultInMemory: false });
    const updated = await updateForTask(store, named);
    expect([updated.resultStorage, updated.serializer.type, updated.cacheResultInMemory]).toEqual([
      other,
      "json",
      false,
    ]);
    expect([store.resultStorage, updated.lockManager]).toEqual([storage, store.lockManager]);
  });

  test("keeps a storage that has metadata apart, and whole records where the policy's key storage is a null one", async () => {
    const { task, flow, store, storage } = createTaskWorld();
    const plain = task(() => 1);
    const inFlow = await updateForFlow(
      store,
      flow(() => 1),
    );
    expect((await updateForTask(inFlow, plain)).resultStorage).toBe(storage);
    const apart = new SplitStorage({ metadata: new MemoryStorage(), results: storage });
    expect((await updateForTask(store.withOptions({ resultStorage: apart }), plain)).resultStorage).toBe(apart);
    const whole = task(() => 1, { cachePolicy: INPUTS.configure({ keyStorage: new NullStorage() }) });
    expect((await updateForTask(store, whole)).resultStorage).toBe(storage);
  });

  test("names records by the task's template, in its run", async () => {
    const { task, store } = createTaskWorld();
    const keyed = task(async (_x: { city: string }) => (await updated).createResultRecord(1).metadata.storageKey, {
      name: "keyed",
      resultStorageKey: "{task.name}-{parameters.city}",
      cachePolicy: undefined,
    });
    const updated = updateForTask(store, keyed);
    expect(() => store.storageKeyFn()).not.toThrow();
    await updated.then(({ storageKeyFn }) => expect(storageKeyFn).toThrow(MissingContextError));
    if (followsAwaits) expect(await keyed({ city: "Oslo" })).toBe("keyed-Oslo");
  });

  test("takes the locks of the transaction around", async () => {
    const { task, store, transaction } = createTaskWorld();
    const lockless = createStore();
    await transaction({ key: "k" }, async () => {
      expect(
        (
          await updateForTask(
            lockless,
            task(() => 1),
          )
        ).lockManager,
      ).toBe(store.lockManager);
    });
    expect(
      (
        await updateForTask(
          lockless,
          task(() => 1),
        )
      ).lockManager,
    ).toBeUndefined();
  });
});
