import { describe, expect, test } from "vitest";
import { getRunContext } from "../../../src/core/context/run.ts";
import { InvalidArgumentError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createTaskWorld } from "./task-world.ts";

type Call = (x: number) => Promise<unknown>;

/** Two tasks that call each other with the same argument, once both run. */
function createRing(inMemory = false) {
  const world = createTaskWorld();
  const { opened, open } = gate();
  const options = inMemory ? { persistResult: false, cacheResultInMemory: true } : {};
  let running = 0;
  const create = (name: string, other: () => Call): Call =>
    world.task(
      async (x: number) => {
        const run = getRunContext();
        if (++running === 2) open();
        await opened;
        return run.run(other(), x);
      },
      { name, version: name, ...options },
    );
  const one: Call = create("one", () => other);
  const other: Call = create("other", () => one);
  return { ...world, one, other };
}

function expectErrors(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(InvalidArgumentError) as Error });
  }
}

describe("tasks that wait for each other reject", () => {
  test.for([false, true])("outside of a transaction; in memory alone: %s", async (inMemory) => {
    const { one, other } = createRing(inMemory);
    expectErrors(await Promise.allSettled([one(1), other(1)]));
  });

  test("in one transaction", async () => {
    const { one, other, transaction } = createRing();
    await transaction({}, async (txn) => {
      expectErrors(await Promise.allSettled([txn.run(one, 1), txn.run(other, 1)]));
    }).catch(() => {});
  });

  test("through getOrCompute", async () => {
    const { task, store } = createTaskWorld();
    const around: Call = task(
      async (x: number) => {
        const run = getRunContext();
        return run.run(() => store.getOrCompute("between", () => run.run(around, x)));
      },
      { name: "around" },
    );
    await expect(around(1)).rejects.toThrow(InvalidArgumentError);
  });

  test("through a flow and a transaction", async () => {
    const { task, flow, transaction } = createTaskWorld();
    const inFlow = flow(async (x: number) => {
      const run = getRunContext();
      return run.run(transaction, {}, (txn) => txn.run(around, x));
    });
    const around: Call = task(async (x: number) => inFlow(x), { name: "around" });
    await expect(around(1)).rejects.toThrow(InvalidArgumentError);
  });
});

test("tasks that share a third one don't wait for each other", async () => {
  const { task } = createTaskWorld();
  const { opened, open } = gate();
  const third = task(async (x: number) => opened.then(() => x), { name: "third" });
  const create = (name: string) => task(async (x: number) => getRunContext().run(third, x), { name, version: name });
  const calls = [create("a")(1), create("b")(1), third(1)];
  open();
  expect(await Promise.all(calls)).toEqual([1, 1, 1]);
});
