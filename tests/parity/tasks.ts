import { expect } from "vitest";
import {
  CommitMode,
  ConfigurationError,
  getTransaction,
  INPUTS,
  MissingContextError,
  NO_CACHE,
  shouldPersistResult,
  type Transaction,
  withSettings,
} from "../../src/index.ts";
import { gate } from "../../src/testing/stores/store-world.ts";
import { row } from "./parity-case.ts";

const fail = (): never => {
  throw new Error("no");
};

export const taskCases = [
  ...row("task", {
    "keeps its result, and gives it again elsewhere": async ({ task, createStore, name }) => {
      let runs = 0;
      const options = { name: name("square"), version: "1" };
      const square = (x: number) => ({ square: x * x, run: ++runs });
      const first = await task(square, options)(3);
      expect(await task(square, { ...options, store: createStore() })(3)).toEqual(first);
      expect(first).toEqual({ square: 9, run: 1 });
    },
    "callers of the same key share one run, here and elsewhere": async ({ task, createStore, name }) => {
      let runs = 0;
      const { opened, open } = gate();
      const slow = async (_: number) => {
        runs++;
        await opened;
        return runs;
      };
      const options = { name: name("slow"), version: "1" };
      const [one, other] = [task(slow, options), task(slow, { ...options, store: createStore() })];
      const calls = [one(1), one(1), other(1)];
      open();
      expect([await Promise.all(calls), runs]).toEqual([[1, 1, 1], 1]);
    },
    "keeps no result under a key that its arguments no longer have": async ({ task, createStore, name }) => {
      const sum = (buffer: Float64Array) => buffer.reduce((a, b) => a + b, 0);
      const options = { name: name("sum"), version: "1" };
      const buffer = new Float64Array(1_000);
      const own = task(sum, options);
      await Promise.all([1, 2, 3].map((i) => own(buffer.fill(i))));
      for (const each of [own, task(sum, { ...options, store: createStore() })]) {
        expect([await each(buffer.fill(1)), await each(buffer.fill(2))]).toEqual([1_000, 2_000]);
        expect(await each(buffer.fill(3))).toBe(3_000);
      }
    },
    "a second task of the same name and text is an error, unless captures tell them apart": async (world) => {
      const multiply = (factor: number, captures?: () => unknown) =>
        world.task((x: number) => x * factor, { name: world.name("multiply"), captures });
      expect(await multiply(2)(3)).toBe(6);
      await expect(multiply(10)(3)).rejects.toThrow(ConfigurationError);
      expect(await multiply(10, () => [10])(3)).toBe(30);
      expect(await multiply(20, () => [20])(3)).toBe(60);
    },
    "persistResult is the task's, else the tasks' setting, else the flow's, else the default": async (world) => {
      const { task, flow, name } = world;
      const same = (x: string) => x;
      const say = (own: boolean | undefined) => task(same, { name: name("say"), persistResult: own });
      const inFlow = (own: boolean | undefined, x: string, ofFlow: boolean | undefined) =>
        flow(() => say(own)(x), { name: "around", persistResult: ofFlow })();
      const settled = (defaultPersistResult: boolean, run: () => Promise<unknown>) =>
        withSettings({ tasks: { defaultPersistResult } }, run);
      const unsettled = (run: () => Promise<unknown>) => withSettings({ persistByDefault: false }, run);
      const isKept = async (x: string) => (await world.kept(await say(true).cacheKey([x]))) === x;
      await settled(false, () => inFlow(true, "own", false));
      await settled(true, () => inFlow(undefined, "tasks", false));
      await unsettled(() => inFlow(undefined, "flow", true));
      await say(undefined)("default");
      await settled(true, () => inFlow(false, "not own", true));
      await settled(false, () => inFlow(undefined, "not tasks", true));
      await inFlow(undefined, "not flow", false);
      await unsettled(() => say(undefined)("not default"));
      for (const x of ["own", "tasks", "flow", "default"]) expect([x, await isKept(x)]).toEqual([x, true]);
      for (const x of ["not own", "not tasks", "not flow", "not default"]) {
        expect([x, await isKept(x)]).toEqual([x, false]);
      }
    },
    "naming a storage, serializer or policy turns persisting on, NO_CACHE does not": async (world) => {
      const { task, flow, name, kept } = world;
      const say = task((x: string) => x, { name: name("say"), version: "1" });
      const resultStorage = world.createOtherStorage();
      const off = <T>(fn: () => T) => flow(fn, { persistResult: false })();
      await off(() => say("plain"));
      await off(() => say.withOptions({ resultSerializer: "json" })("serializer"));
      await off(() => say.withOptions({ cachePolicy: INPUTS })("policy"));
      await off(() => say.withOptions({ resultStorage })("storage"));
      await off(() => say.withOptions({ cachePolicy: NO_CACHE })("never"));
      const policyKey = await say.withOptions({ cachePolicy: INPUTS }).cacheKey(["policy"]);
      expect(await kept(await say.cacheKey(["plain"]))).toBeUndefined();
      expect(await kept(await say.cacheKey(["serializer"]))).toBe("serializer");
      expect(await kept(policyKey)).toBe("policy");
      expect(await resultStorage.read((await say.cacheKey(["storage"]))!)).toBeDefined();
      expect(await world.keys()).toHaveLength(2);
    },
    "NO_CACHE leaves the decision to the flow around, for the tasks inside": async ({ task, flow }) => {
      const asking = task(() => shouldPersistResult(), { cachePolicy: NO_CACHE });
      expect(await flow(() => asking(), { persistResult: false })()).toBe(false);
      expect(await flow(() => asking.withOptions({ cachePolicy: INPUTS })(), { persistResult: false })()).toBe(true);
    },
    "persistResult: false sets the policy aside": async (world) => {
      let runs = 0;
      const count = world.task((_: number) => ++runs, {
        name: world.name("count"),
        persistResult: false,
        cachePolicy: INPUTS,
      });
      expect([await count(1), await count(1), await count.cacheKey([1])]).toEqual([1, 2, undefined]);
      expect(await world.keys()).toEqual([]);
    },
    "resultStorage is another storage or a registered name": async (world) => {
      const resultStorage = world.createOtherStorage();
      const square = world.task((x: number) => x * x, { name: world.name("square"), version: "1", resultStorage });
      await square(3);
      await square.withOptions({ resultStorage: world.register(resultStorage) })(4);
      expect([await world.keys(), (await world.keys(resultStorage)).length]).toEqual([[], 2]);
    },
    "resultSerializer goes into the record": async ({ task, createStore, name }) => {
      const square = task((x: number) => x * x, { name: name("square"), resultSerializer: "compressed/json" });
      await square(3);
      const record = await createStore().read((await square.cacheKey([3]))!);
      expect([record?.metadata.serializer.type, record?.result]).toEqual(["compressed/json", 9]);
    },
    "resultStorageKey replaces any policy but NO_CACHE": async (world) => {
      const { task, name, kept } = world;
      let runs = 0;
      const options = { name: name("report"), resultStorageKey: "{task.name}/{parameters.year}" };
      const report = task((_: { year: number; draft: boolean }) => ++runs, { ...options, cachePolicy: INPUTS });
      expect(await report({ year: 2026, draft: false })).toBe(1);
      expect(await report({ year: 2026, draft: true })).toBe(1);
      expect(await kept(`${name("report")}/2026`)).toBe(1);
      const never = report.withOptions({ ...options, cachePolicy: NO_CACHE });
      expect([await never({ year: 2026, draft: true }), await never.cacheKey([{ year: 2026, draft: true }])]).toEqual([
        2,
        undefined,
      ]);
    },
    "resultStorageKey knows the run, the flow and its parameters": async ({ task, flow, name, kept }) => {
      const resultStorageKey = "{flow.name}/{flow.parameters.year}/{task.name}/{parameters.city.name}";
      const report = task((_: { city: { name: string } }) => 1, { name: "report", resultStorageKey });
      const around = flow((_: { year: number }) => report({ city: { name: "Oslo" } }), { name: name("around") });
      await around({ year: 2026 });
      expect(await kept(`${name("around")}/2026/report/Oslo`)).toBe(1);
      await expect(report({ city: { name: "Oslo" } })).rejects.toThrow(MissingContextError);
      expect(() => task(() => 1, { resultStorageKey: "{task.color}" })).toThrow(ConfigurationError);
    },
    "cacheExpiration ends a result": async (world) => {
      let runs = 0;
      const count = world.task((_: number) => ++runs, { name: world.name("count"), cacheExpiration: "5m" });
      expect(await count(1)).toBe(1);
      world.now += 299_999;
      expect(await count(1)).toBe(1);
      world.now += 1;
      expect(await count(1)).toBe(2);
    },
    "cacheResultInMemory: false gives a fresh object with every hit": async ({ task, name }) => {
      const options = { name: name("make"), version: "1" };
      const make = task((_: number) => ({}), { ...options, cacheResultInMemory: false });
      await make(1);
      expect(await make(1)).not.toBe(await make(1));
      const held = make.withOptions({ cacheResultInMemory: true });
      await held(1);
      expect(await held(1)).toBe(await held(1));
    },
    "refreshCache runs each time and keeps the new result": async ({ task, name, kept }) => {
      let runs = 0;
      const count = task((_: number) => ++runs, { name: name("count"), version: "1" });
      const fresh = count.withOptions({ refreshCache: true });
      expect([await count(1), await fresh(1), await fresh(1), await count(1)]).toEqual([1, 2, 3, 3]);
      expect(await kept(await count.cacheKey([1]))).toBe(3);
    },
    "onCommit runs before its record is written, and not for a hit": async ({ task, createStore, name, kept }) => {
      const ran: unknown[] = [];
      const onCommit = async (txn: Transaction) => ran.push([txn.key, await createStore().exists(txn.key ?? "")]);
      const square = task((x: number) => x * x, { name: name("square"), version: "1", onCommit: [onCommit, onCommit] });
      const key = await square.cacheKey([2]);
      expect([await square(2), await square(2), await kept(key)]).toEqual([4, 4, 4]);
      expect(ran).toEqual([
        [key, false],
        [key, false],
      ]);
    },
    "onRollback runs where what it did is undone, the last one first, and not where it did nothing": async (world) => {
      const { task, name, kept } = world;
      const ran: string[] = [];
      const onRollback = [() => ran.push("first"), () => ran.push("last")];
      const broken = task(fail, { name: name("broken"), onRollback });
      await expect(broken()).rejects.toThrow("no");
      expect(ran).toEqual([]);
      const square = task((x: number) => x * x, { name: name("square"), onCommit: fail, onRollback });
      await expect(square(2)).rejects.toThrow("no");
      expect(ran).toEqual(["last", "first"]);
      expect(await kept(await square.cacheKey([2]))).toBeUndefined();
    },
    "withOptions gives another task, and leaves the first alone": async ({ task, name }) => {
      const square = task((x: number) => x * x, { name: name("square"), version: "1" });
      const other = square.withOptions({ version: "2", cacheExpiration: "1h" });
      expect([other === square, other.name, other.options.version]).toEqual([false, square.name, "2"]);
      expect([square.options.version, square.options.cacheExpiration]).toEqual(["1", undefined]);
      expect(await other.cacheKey([1])).not.toBe(await square.cacheKey([1]));
    },
    "in a transaction keeps its result when that commits, and nothing where it fails": async (world) => {
      const { task, transaction, name, kept } = world;
      const undone: string[] = [];
      const square = task((x: number) => x * x, {
        name: name("square"),
        version: "1",
        onRollback: () => undone.push("undone"),
      });
      await transaction({}, async (txn) => {
        expect(await txn.run(square, 3)).toBe(9);
        expect(await kept(await square.cacheKey([3]))).toBeUndefined();
      });
      expect(await kept(await square.cacheKey([3]))).toBe(9);
      const failing = transaction({}, async (txn) => {
        await txn.run(square, 4);
        fail();
      });
      await expect(failing).rejects.toThrow("no");
      expect([undone, await kept(await square.cacheKey([4]))]).toEqual([["undone"], undefined]);
    },
    "in an EAGER transaction keeps its result at once": async ({ task, transaction, name, kept }) => {
      const square = task((x: number) => x * x, { name: name("square"), version: "1" });
      await transaction({ commitMode: CommitMode.EAGER }, async (txn) => {
        await txn.run(square, 3);
        expect(await kept(await square.cacheKey([3]))).toBe(9);
      });
    },
    "in a transaction is held off by the locks of that, whatever its own store has": async (world) => {
      const { task, transaction, store, createStore, name } = world;
      const key = name("k");
      const lockless = store.withOptions({ lockManager: undefined });
      const look = task(() => createStore().isLocked(key), { resultStorageKey: key, store: lockless });
      expect(await look.withOptions({ resultStorageKey: name("other") })()).toBe(false);
      await transaction({ store, commitMode: CommitMode.EAGER }, async (txn) => expect(await txn.run(look)).toBe(true));
    },
    "called again in a transaction gives what the first call gave": async ({ task, transaction, name }) => {
      let runs = 0;
      const count = task((_: number) => ++runs, { name: name("count") });
      await transaction({}, async (txn) => {
        expect(await Promise.all([txn.run(count, 1), txn.run(count, 1)])).toEqual([1, 1]);
        expect(await txn.run(transaction, {}, (child) => child.run(count, 1))).toBe(1);
      });
    },
    "called by another outside of a transaction keeps its result, whatever becomes of that one": async (world) => {
      const { task, name, kept } = world;
      const inner = task((x: number) => x + 1, { name: name("inner"), version: "1" });
      const outer = task(
        async (x: number) => {
          await inner(x);
          fail();
        },
        { name: name("outer") },
      );
      await expect(outer(1)).rejects.toThrow("no");
      expect(await kept(await inner.cacheKey([1]))).toBe(2);
    },
    "is a transaction that knows its key, and sees what was set around it": async ({ task, transaction, name }) => {
      const look = task(() => [getTransaction()?.key, getTransaction()?.get("where")], {
        name: name("look"),
        version: "1",
      });
      await transaction({}, async (txn) => {
        txn.set("where", "here");
        expect(await txn.run(look)).toEqual([await look.cacheKey([]), "here"]);
      });
    },
  }),
];
