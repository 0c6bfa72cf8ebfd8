import { expect } from "vitest";
import { getRunContext, NO_CACHE, SplitStorage } from "../../src/index.ts";
import { row } from "./parity-case.ts";

export const flowCases = [
  ...row("flow", {
    "gives its tasks its storage, serializer and memory setting, unless they name their own": async (world) => {
      const { task, flow, name } = world;
      const resultStorage = world.createOtherStorage();
      const square = task((x: number) => x * x, { name: name("square"), version: "1" });
      const cube = task((x: number) => x ** 3, { name: name("cube"), version: "1", store: world.store });
      const both = flow(
        async (x: number) => {
          const run = getRunContext();
          expect([run.store.serializer.type, run.store.cacheResultInMemory]).toEqual(["json", false]);
          return [await run.run(square, x), await run.run(cube, x)];
        },
        { name: "both", resultStorage, resultSerializer: "json", cacheResultInMemory: false },
      );
      expect(await both(2)).toEqual([4, 8]);
      const squareKey = (await square.cacheKey([2]))!;
      expect(await world.kept(squareKey)).toBeUndefined();
      const found = await world.createStore({ resultStorage }).read(squareKey);
      expect([found?.result, found?.metadata.serializer.type]).toEqual([4, "json"]);
      expect(await world.kept(await cube.cacheKey([2]))).toBe(8);
    },
    "takes a registered name for its storage": async (world) => {
      const other = world.createOtherStorage();
      const square = world.task((x: number) => x * x, { name: world.name("square") });
      await world.flow(() => square(2), { name: "around", resultStorage: world.register(other) })();
      expect(await world.keys(other)).toEqual([expect.stringMatching(/^square\//)]);
    },
    "nested inherits store and persisting": async (world) => {
      const { task, flow, name } = world;
      const resultStorage = world.createOtherStorage();
      const square = task((x: number) => x * x, { name: name("square") });
      const inner = flow((x: number) => square(x), { name: "inner" });
      const outer = flow((x: number) => inner(x), { name: "outer", resultStorage, persistResult: false });
      expect([await outer(2), await world.keys(resultStorage)]).toEqual([4, []]);
      await outer.withOptions({ persistResult: true })(2);
      expect(await world.keys(resultStorage)).toEqual([expect.stringMatching(/^square\//)]);
      expect(await world.keys()).toEqual([]);
    },
    "keeps its own result where that is asked for, as a whole record under its run's id": async (world) => {
      const { flow, name, createStore } = world;
      let id = "";
      const report = flow(
        () => {
          ({ id } = getRunContext());
          return { rows: 3 };
        },
        { name: name("report"), persistResult: true },
      );
      expect(await report()).toEqual({ rows: 3 });
      const record = await createStore().read(`flows/${name("report")}/${id}`);
      expect([record?.result, record?.metadata.serializer.type]).toEqual([{ rows: 3 }, "devalue"]);
      const metadata = world.createOtherStorage();
      const resultStorage = new SplitStorage({ metadata, results: world.store.resultStorage });
      const store = createStore({ resultStorage });
      await report.withOptions({ store })();
      expect(await world.kept(`flows/${name("report")}/${id}`)).toEqual({ rows: 3 });
    },
    "keeps nothing of its own unasked, and runs each time": async (world) => {
      let runs = 0;
      const count = world.flow((_: number) => ++runs, { name: world.name("count") });
      expect([await count(1), await count(1)]).toEqual([1, 2]);
      expect(await world.keys()).toEqual([]);
    },
    "naming a storage or a serializer turns persisting on": async ({ flow, name, kept }) => {
      let id = "";
      const report = flow(() => ({ id } = getRunContext()).name, { name: name("report"), resultSerializer: "json" });
      await report();
      expect(await kept(`flows/${name("report")}/${id}`)).toBe(name("report"));
      await report.withOptions({ persistResult: false })();
      expect(await kept(`flows/${name("report")}/${id}`)).toBeUndefined();
    },
    "keeps no task that is never to be kept": async (world) => {
      const ping = world.task(() => 1, { name: world.name("ping"), cachePolicy: NO_CACHE });
      await world.flow(() => ping(), { name: "around", persistResult: true })();
      expect(await world.keys()).toEqual([]);
    },
    "rejects with what its function throws": async ({ flow }) => {
      const fail = (): never => {
        throw new Error("no");
      };
      await expect(flow(fail)()).rejects.toThrow("no");
      await expect(flow(async () => fail())()).rejects.toThrow("no");
    },
    "withOptions gives another flow, and leaves the first alone": ({ flow }) => {
      const report = flow(() => 1, { name: "report" });
      const other = report.withOptions({ persistResult: true });
      expect([other.name, other.options.persistResult, report.options.persistResult]).toEqual([
        "report",
        true,
        undefined,
      ]);
    },
  }),
];
