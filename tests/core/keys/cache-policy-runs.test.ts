import { describe, expect, test } from "vitest";
import {
  type CacheKeyFlow,
  CachePolicy,
  DEFAULT_POLICY,
  FLOW_PARAMETERS,
  INPUTS,
  RUN_ID,
} from "../../../src/core/keys/cache-policy.ts";
import { getRunContext } from "../../../src/core/context/run.ts";
import { describeCall } from "../../../src/core/tasks/task-inputs.ts";
import { HashError, InvalidArgumentError } from "../../../src/errors/index.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

const square = { name: "square", fn: (x: number) => x * x };

function call(flow?: CacheKeyFlow, args: readonly unknown[] = [1]) {
  return describeCall(square, args, [], flow);
}

function flowWith(parameters: Record<string, unknown>, id = "0123"): CacheKeyFlow {
  return { id, name: "report", parameters };
}

describe("RUN_ID", () => {
  test("is the run of the flow around", () => {
    expect(RUN_ID.computeKey(call(flowWith({})))).toBe("0123");
    expect(RUN_ID.computeKey(call(flowWith({}, "4567")))).toBe("4567");
  });

  test("falls back to the task's own run, which the task sees", async () => {
    const context = call();
    expect(RUN_ID.computeKey(context)).toBe(context.taskRunId);
    expect(RUN_ID.computeKey(context)).toBe(context.taskRunId);
    expect(RUN_ID.computeKey(call())).not.toBe(context.taskRunId);
    const { task, events } = createTaskWorld();
    const id = await task(() => getRunContext().id, { name: "own", cachePolicy: RUN_ID })();
    expect(events).toContainEqual(expect.objectContaining({ type: "write", key: `own/${id}` }));
  });

  test("results are found again within a run and never after it", async () => {
    const { flow, task } = createTaskWorld();
    let runs = 0;
    const count = task(() => ++runs, { name: "count", cachePolicy: RUN_ID });
    const twice = flow(() => {
      const run = getRunContext();
      return count().then(async (first) => [first, await run.run(count)]);
    });
    expect(await twice()).toEqual([1, 1]);
    expect(await twice()).toEqual([2, 2]);
    expect([await count(), await count()]).toEqual([3, 4]);
  });

  test("with others the key changes with the run and with what they look at", async () => {
    const policy = RUN_ID.plus(INPUTS);
    const keys = await Promise.all(
      [
        call(flowWith({}), [1]),
        call(flowWith({}), [2]),
        call(flowWith({}, "4567"), [1]),
        call(flowWith({}), []),
        call(flowWith({}, "4567"), []),
      ].map(async (context) => policy.computeKey(context)),
    );
    expect(new Set(keys).size).toBe(5);
  });
});

describe("FLOW_PARAMETERS", () => {
  const keyWith = async (parameters: Record<string, unknown>) => FLOW_PARAMETERS.computeKey(call(flowWith(parameters)));

  test("the same parameters give the same key, in whatever order, run and task", async () => {
    const key = await keyWith({ year: 2026, place: { city: "Oslo", zip: 150 } });
    expect(await keyWith({ place: { zip: 150, city: "Oslo" }, year: 2026 })).toBe(key);
    const elsewhere = describeCall({ name: "cube", fn: (x: number) => x ** 3 }, [7], [], {
      id: "4567",
      name: "other",
      parameters: { year: 2026, place: { city: "Oslo", zip: 150 } },
    });
    expect(await FLOW_PARAMETERS.computeKey(elsewhere)).toBe(key);
  });

  test("different ones give different keys, and none that inputs have", async () => {
    const [one, other, big] = [{ year: 2026 }, { year: "2026" }, { year: 2026, grid: new Float64Array(1_000) }];
    const keys = [await keyWith(one), await keyWith(other), await keyWith(big)];
    for (const inputs of [one, other, big]) keys.push(await INPUTS.computeKey(call(undefined, [inputs])));
    expect(new Set(keys).size).toBe(6);
  });

  test("without a flow or parameters there is no key, and as a part it is left out", async () => {
    expect(FLOW_PARAMETERS.computeKey(call())).toBeUndefined();
    expect(await keyWith({})).toBeUndefined();
    const policy = FLOW_PARAMETERS.plus(INPUTS);
    expect(await policy.computeKey(call())).toBe(await policy.computeKey(call(flowWith({}))));
    expect(await policy.computeKey(call())).not.toBe(await policy.computeKey(call(flowWith({ year: 2026 }))));
  });

  test("minus leaves out inputs of the task, not parameters of the flow", async () => {
    const policy = FLOW_PARAMETERS.plus(INPUTS).minus("year");
    const keyOf = async (parameters: Record<string, unknown>, inputs: object) =>
      policy.computeKey(call(flowWith(parameters), [inputs]));
    expect(await keyOf({ year: 1 }, { x: 1, year: 1 })).toBe(await keyOf({ year: 1 }, { x: 1, year: 2 }));
    expect(await keyOf({ year: 1 }, { x: 1 })).not.toBe(await keyOf({ year: 2 }, { x: 1 }));
  });

  test("a parameter that can't be hashed is an error that says which of what flow, and what to do", () => {
    const context = call(flowWith({ year: 2026, onDone: () => 1 }));
    const compute = () => FLOW_PARAMETERS.computeKey(context);
    expect(compute).toThrow(HashError);
    expect(compute).toThrow(expect.objectContaining({ path: "$.onDone", cause: expect.any(HashError) as HashError }));
    expect(compute).toThrow(/flow "report".*\$\.onDone.*without FLOW_PARAMETERS, or a cacheKeyFn/);
  });

  test("results are shared by runs of the flow with the same parameters", async () => {
    const { flow, task } = createTaskWorld();
    let runs = 0;
    const count = task(() => ++runs, { name: "count", cachePolicy: FLOW_PARAMETERS });
    const report = flow((..._: unknown[]) => count(), { parameters: ["year"] });
    expect([await report(2026), await report(2026), await report(2027), await report({ year: 2026 })]).toEqual([
      1, 1, 2, 1,
    ]);
    expect([await report(), await count()]).toEqual([3, 4]);
  });
});

test("no ids are made for keys that have none in them", async () => {
  const context = call();
  const read: string[] = [];
  const watched = new Proxy(context, {
    get(target, name) {
      read.push(String(name));
      return Reflect.get(target, name, target) as unknown;
    },
  });
  await DEFAULT_POLICY.computeKey(watched);
  expect(read.some((name) => /runId/i.test(name))).toBe(false);
});

describe("a policy of one's own", () => {
  class OwnPolicy extends CachePolicy {
    readonly #key: unknown;

    constructor(key: unknown) {
      super();
      this.#key = key;
    }

    override computeKey(): string {
      return this.#key as string;
    }
  }

  test.for([
    [null, "null"],
    [5, "number"],
    [{}, "object"],
    [Promise.resolve(5), "number"],
  ] as const)("that gives %o instead of a text is refused, by itself and as a part", async ([key, got]) => {
    const own = new OwnPolicy(key);
    const asPart = async () => own.plus(INPUTS).computeKey(call());
    await expect(asPart()).rejects.toThrow(
      new InvalidArgumentError(`computeKey has to give a string, or undefined for none; got ${got}`),
    );
    const { task } = createTaskWorld();
    await expect(task(() => 1, { cachePolicy: own })()).rejects.toThrow(InvalidArgumentError);
  });
});
