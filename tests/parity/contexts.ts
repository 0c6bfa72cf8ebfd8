import { expect } from "vitest";
import { getRunContext, MissingContextError, NO_CACHE } from "../../src/index.ts";
import { gate } from "../../src/testing/stores/store-world.ts";
import { row } from "./parity-case.ts";

function idOrNone(): string | undefined {
  try {
    return getRunContext().id;
  } catch {
    return undefined;
  }
}

export const contextCases = [
  ...row("get_run_context", {
    "tells of the flow or task that runs, and of those around it": async ({ flow, task, store }) => {
      const inspect = task(() => getRunContext(), { name: "inspect", cachePolicy: NO_CACHE });
      const outer = flow(
        async (_year: number, _city: string) => {
          const run = getRunContext();
          return [run, await run.run(inspect)] as const;
        },
        { name: "outer", parameters: ["year", "city"] },
      );
      const [ofFlow, ofTask] = await outer(2026, "Oslo");
      expect(ofFlow).toMatchObject({ kind: "flow", name: "outer", parameters: { year: 2026, city: "Oslo" } });
      expect(ofFlow.id).toMatch(/^[0-9a-f]{32}$/);
      expect(ofFlow.store).toBe(store);
      expect([ofTask.kind, ofTask.name]).toEqual(["task", "inspect"]);
      expect([ofTask.parent === ofFlow, ofTask.flow === ofFlow, ofFlow.parent]).toEqual([true, true, undefined]);
      expect((await outer(2026, "Oslo"))[0].id).not.toBe(ofFlow.id);
    },
    "holds in the synchronous part, and follows awaits where the runtime can": async (world) => {
      const { flow, task, followsAwaits, name } = world;
      const asking = task(() => getRunContext().flow?.id, { name: name("asking"), cachePolicy: NO_CACHE });
      const outer = flow(async () => {
        const { id } = getRunContext();
        const before = await asking();
        const after = [idOrNone(), await asking()];
        return [before === id, ...after.map((each) => each === id)];
      });
      expect(await outer()).toEqual([true, followsAwaits, followsAwaits]);
    },
    "is passed on by run.run everywhere": async ({ flow, task, name }) => {
      const asking = task(() => getRunContext().flow?.id, { name: name("asking"), cachePolicy: NO_CACHE });
      const outer = flow(async () => {
        const run = getRunContext();
        await Promise.resolve();
        const inner = await run.run(flow(async () => getRunContext().parent?.id));
        return [await run.run(asking), run.run(idOrNone), inner].map((id) => id === run.id);
      });
      expect(await outer()).toEqual([true, true, true]);
    },
    "where there is none is an error that says what to do": async ({ flow }) => {
      expect(() => getRunContext()).toThrow(MissingContextError);
      expect(() => getRunContext()).toThrow(/^No flow or task is running here\. .*first await/);
      await flow(() => getRunContext())();
      expect(() => getRunContext()).toThrow(MissingContextError);
    },
    "is never another run's, however the two take turns": async ({ flow, followsAwaits }) => {
      const turns = [gate(), gate(), gate()];
      const seen: (string | undefined)[] = [];
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
      expect(seen).toEqual([followsAwaits ? id : undefined]);
      expect(others).not.toContain(id);
      expect(others[0]).toBe(others[1]);
      expect(idOrNone()).toBeUndefined();
    },
    "a task called after an await without it is no part of another run": async ({
      flow,
      task,
      followsAwaits,
      name,
    }) => {
      const asking = task(() => getRunContext().flow?.id ?? "none", { name: name("asking"), cachePolicy: NO_CACHE });
      const meet = gate();
      const waiting = flow(async () => {
        const { id } = getRunContext();
        await meet.opened;
        return [id, await asking()];
      });
      const other = flow(async () => {
        meet.open();
        await Promise.resolve();
        return getRunContext;
      });
      const [[id, seen]] = await Promise.all([waiting(), other()]);
      expect(seen).toBe(followsAwaits ? id : "none");
    },
  }),
];
