import { describe, expect, test } from "vitest";
import {
  CachePolicy,
  type CacheKey,
  type CacheKeyContext,
  type CacheKeyTask,
  DEFAULT_POLICY,
  FLOW_PARAMETERS,
  INPUTS,
  NO_CACHE,
  RUN_ID,
  TASK_SOURCE,
} from "../../../src/core/keys/cache-policy.ts";
import { IsolationLevel } from "../../../src/core/locks/isolation-level.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { describeCall } from "../../../src/core/tasks/task-inputs.ts";
import { ConfigurationError, HashError, InvalidArgumentError } from "../../../src/errors/index.ts";

const square: CacheKeyTask = { name: "square", fn: (x: number) => x * x };

class FixedPolicy extends CachePolicy {
  readonly #key: CacheKey;

  constructor(key: CacheKey) {
    super();
    this.#key = key;
  }

  override computeKey(): CacheKey {
    return this.#key;
  }
}

function context(args: readonly unknown[], { task = square, parameters = [] as string[] } = {}): CacheKeyContext {
  return describeCall(task, args, parameters);
}

async function keyOf(
  policy: CachePolicy,
  args: readonly unknown[],
  options?: { task?: CacheKeyTask; parameters?: string[] },
): Promise<string | undefined> {
  const key = await policy.computeKey(context(args, options));
  return key;
}

describe("INPUTS", () => {
  test("the same inputs give the same key, whatever the order of object keys", async () => {
    expect(await keyOf(INPUTS, [{ a: 1, b: { c: 2, d: 3 } }])).toBe(await keyOf(INPUTS, [{ b: { d: 3, c: 2 }, a: 1 }]));
  });

  test("the key is the same in every runtime and release", async () => {
    expect(await keyOf(INPUTS, [{ x: 1, y: [2, "3"] }])).toBe("ZZts689aRHHFVzDIWTXa7vFt69msY575zET8n-jfDv0");
    expect(await keyOf(INPUTS, [1, "two"])).toBe("Z7fPrpHa2WFIXoZ2oNHinlTxZ1HG_43fm8t9KyC5iCc");
    expect(await keyOf(INPUTS, [1, "two"], { parameters: ["x", "y"] })).toBe(
      "E5yKNJ17FrKKt41-GKMymsHdWe-t2MX_K4S69S1lwrQ",
    );
  });

  test("no two ways to call share a key", async () => {
    const calls = [
      [1],
      ["1"],
      [[1]],
      [1, 2],
      [2, 1],
      [{ "0": 1 }],
      [{ x: 1 }],
      [{ x: 1 }, {}],
      [undefined],
      [null],
      [new Map([["x", 1]])],
    ];
    const keys = await Promise.all(calls.flatMap((args) => [keyOf(INPUTS, args)]));
    expect(new Set(keys).size).toBe(calls.length);
    expect(keys).not.toContain(await keyOf(INPUTS, [1], { parameters: ["x"] }));
  });

  test("no inputs give no key", async () => {
    expect(await keyOf(INPUTS, [])).toBeUndefined();
    expect(await keyOf(INPUTS, [{}])).toBeDefined();
  });

  test("does not look at the source", async () => {
    expect(await keyOf(INPUTS, [1])).toBe(await keyOf(INPUTS, [1], { task: { name: "other", fn: () => 1 } }));
  });

  test("big binaries are hashed too", async () => {
    const grid = new Float32Array(100_000);
    const key = await keyOf(INPUTS, [{ grid }]);
    grid[99_999] = 1;
    expect(await keyOf(INPUTS, [{ grid }])).not.toBe(key);
  });

  test("an input that can't be hashed is an error that says where it is and what to do", async () => {
    const error = await Promise.resolve()
      .then(() => INPUTS.computeKey(context([{ x: 1, onDone: () => 1 }])))
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(HashError);
    expect(error).toMatchObject({
      path: "$.onDone",
      message: expect.stringMatching(/\.minus\(name\).*cacheKeyFn/) as string,
    });
  });
});

describe("minus", () => {
  test("leaves an input out, by property, by parameter and by position", async () => {
    const policy = INPUTS.minus("log").minus("1");
    expect(await keyOf(policy, [{ x: 1, log: () => 1 }])).toBe(await keyOf(policy, [{ x: 1, log: 2 }]));
    expect(await keyOf(policy, [1, () => 1])).toBe(await keyOf(policy, [1, 2]));
    expect(await keyOf(policy, [1, () => 1], { parameters: ["x", "log"] })).toBe(
      await keyOf(policy, [1, 2], { parameters: ["x", "log"] }),
    );
    expect(await keyOf(policy, [{ x: 1, log: 1 }])).not.toBe(await keyOf(policy, [{ x: 2, log: 1 }]));
  });

  test("excluded names add up, by minus and by plus", async () => {
    const both = await keyOf(INPUTS.minus("a").minus("b"), [{ a: 1, b: 2, c: 3 }]);
    expect(await keyOf(INPUTS.minus("b").minus("a"), [{ a: 7, b: 8, c: 3 }])).toBe(both);
    const added = INPUTS.minus("a").plus(TASK_SOURCE).plus(INPUTS.minus("b"));
    expect(await keyOf(added, [{ a: 1, b: 2, c: 3 }])).toBe(await keyOf(added, [{ a: 7, b: 8, c: 3 }]));
    expect(await keyOf(added, [{ a: 1, b: 2, c: 3 }])).not.toBe(await keyOf(added, [{ a: 1, b: 2, c: 4 }]));
  });

  test("reaches into policies that were added up", async () => {
    const policy = DEFAULT_POLICY.minus("log");
    expect(await keyOf(policy, [{ x: 1, log: 1 }])).toBe(await keyOf(policy, [{ x: 1, log: 2 }]));
  });

  test("changes the policy it is called on as little as plus does", async () => {
    const before = await keyOf(DEFAULT_POLICY, [{ x: 1 }]);
    DEFAULT_POLICY.minus("x");
    DEFAULT_POLICY.plus(new FixedPolicy("more"));
    expect(await keyOf(DEFAULT_POLICY, [{ x: 1 }])).toBe(before);
  });

  test("takes a name", () => {
    for (const policy of [INPUTS, DEFAULT_POLICY, NO_CACHE, TASK_SOURCE]) {
      expect(() => policy.minus(1 as never)).toThrow(InvalidArgumentError);
    }
  });
});

describe("TASK_SOURCE", () => {
  test("changes with the function's text, not with the inputs", async () => {
    const key = await keyOf(TASK_SOURCE, [1]);
    expect(await keyOf(TASK_SOURCE, [2])).toBe(key);
    expect(await keyOf(TASK_SOURCE, [1], { task: { ...square } })).toBe(key);
    expect(await keyOf(TASK_SOURCE, [1], { task: { name: "square", fn: (x: number) => x ** 2 } })).not.toBe(key);
  });

  test("a version stands for the text", async () => {
    const version = async (text: string, fn: CacheKeyTask["fn"]) =>
      keyOf(TASK_SOURCE, [], { task: { name: "f", version: text, fn } });
    expect(await version("1", () => 1)).toBe(await version("1", () => 2));
    expect(await version("1", () => 1)).not.toBe(await version("2", () => 1));
    const fn = () => 1;
    expect(await version(fn.toString(), fn)).not.toBe(await keyOf(TASK_SOURCE, [], { task: { name: "f", fn } }));
  });

  test.for([
    ["native", Math.max],
    ["bound", square.fn.bind(undefined)],
  ] as const)("the source of a %s function can't be seen: an error, but for a version", ([, fn]) => {
    expect(() => TASK_SOURCE.computeKey(context([], { task: { name: "max", fn } }))).toThrow(
      new ConfigurationError('The source of "max" can\'t be seen, as it is native or bound: give the task a version'),
    );
    expect(TASK_SOURCE.computeKey(context([], { task: { name: "max", fn, version: "1" } }))).toBeTypeOf("string");
  });
});

describe("plus", () => {
  test("the key changes where either part's does", async () => {
    const key = await keyOf(DEFAULT_POLICY, [1]);
    expect(await keyOf(INPUTS.plus(TASK_SOURCE), [1])).toBe(key);
    expect(await keyOf(DEFAULT_POLICY, [2])).not.toBe(key);
    expect(await keyOf(DEFAULT_POLICY, [1], { task: { ...square, version: "2" } })).not.toBe(key);
  });

  test("a part that gives no key is left out; without any there is none", async () => {
    expect(await keyOf(DEFAULT_POLICY, [])).toBeTypeOf("string");
    expect(await keyOf(INPUTS.plus(new FixedPolicy(undefined)), [])).toBeUndefined();
    expect(await keyOf(INPUTS.plus(new FixedPolicy(Promise.resolve(undefined))), [])).toBeUndefined();
  });

  test("parts keep their places, however they are put together", async () => {
    const [a, b, ab, none] = ["a", "b", "ab", undefined].map((key) => new FixedPolicy(key)) as [
      FixedPolicy,
      FixedPolicy,
      FixedPolicy,
      FixedPolicy,
    ];
    const policies = [a.plus(b), b.plus(a), ab.plus(none), none.plus(ab), a.plus(b).plus(none), none.plus(a).plus(b)];
    expect(new Set(await Promise.all(policies.map((policy) => keyOf(policy, [])))).size).toBe(policies.length);
    expect(await keyOf(a.plus(b).plus(ab), [])).toBe(await keyOf(a.plus(b.plus(ab)), []));
  });

  test("texts that look alike when put together have keys of their own", async () => {
    const keys = await Promise.all(
      [
        ["a.b", "c"],
        ["a", "b.c"],
        ["a.b.c", undefined],
        ["", "c"],
        [undefined, "c"],
        ["\ud800", ""],
        ["\udfff", ""],
      ].map(async ([first, second]) => keyOf(new FixedPolicy(first).plus(new FixedPolicy(second)), [])),
    );
    expect(new Set(keys).size).toBe(7);
  });

  test("a part may have to be waited for", async () => {
    const slow = new FixedPolicy(Promise.resolve("slow"));
    expect(await keyOf(slow.plus(new FixedPolicy("b")), [])).toBe(
      await keyOf(new FixedPolicy("slow").plus(new FixedPolicy("b")), []),
    );
    await expect(keyOf(new FixedPolicy(Promise.reject(new Error("no key"))).plus(slow), [])).rejects.toThrow("no key");
  });

  test("takes policies only", () => {
    expect(() => INPUTS.plus("inputs" as never)).toThrow(ConfigurationError);
    expect(() => NO_CACHE.plus(undefined as never)).toThrow(ConfigurationError);
  });
});

describe("NO_CACHE", () => {
  test("gives no key at all", async () => {
    expect(await keyOf(NO_CACHE, [1])).toBeUndefined();
    expect(await keyOf(NO_CACHE.minus("x"), [1])).toBeUndefined();
  });

  test("adds nothing to another policy, from either side", () => {
    expect(INPUTS.plus(NO_CACHE)).toBe(INPUTS);
    expect(NO_CACHE.plus(INPUTS)).toBe(INPUTS);
  });
});

describe("FLOW_PARAMETERS", () => {
  const inFlow = async (parameters: Readonly<Record<string, unknown>>) =>
    FLOW_PARAMETERS.computeKey(describeCall(square, [1], [], { id: "1", name: "f", parameters }));

  test("is what the flow was called with, whatever the order and the task's own inputs", async () => {
    expect(await inFlow({ a: 1, b: 2 })).toBe(await inFlow({ b: 2, a: 1 }));
    expect(await inFlow({ a: 1, b: 2 })).not.toBe(await inFlow({ a: 1, b: 3 }));
  });

  test("gives no key without a flow, or where it was called with nothing", async () => {
    expect([await inFlow({}), await keyOf(FLOW_PARAMETERS, [1])]).toEqual([undefined, undefined]);
    expect(await keyOf(FLOW_PARAMETERS.plus(INPUTS), [1])).toBe(await keyOf(FLOW_PARAMETERS.plus(INPUTS), [1]));
  });
});

describe("RUN_ID", () => {
  test("is the run of the flow around, else the task's own, which never comes again", async () => {
    const inFlow = (id: string) => RUN_ID.computeKey(describeCall(square, [1], [], { id, name: "f", parameters: {} }));
    expect([inFlow("one"), inFlow("one"), inFlow("other")]).toEqual(["one", "one", "other"]);
    const alone = describeCall(square, [1], []);
    expect([RUN_ID.computeKey(alone), RUN_ID.computeKey(alone)]).toEqual([alone.taskRunId, alone.taskRunId]);
    expect(await keyOf(RUN_ID, [1])).not.toBe(await keyOf(RUN_ID, [1]));
  });
});

describe("keys are the same in every runtime and every release", () => {
  const task = { name: "square", version: "1", fn: square.fn };
  const flow = { id: "f00", name: "report", parameters: { year: 2026, regions: ["no", "se"] } };
  const call = describeCall(task, [{ x: 1, at: new Date(0), cells: new Float32Array(3) }], [], flow);

  test.each([
    ["INPUTS", INPUTS, "aR1s6zEuCYy_XhYvqdqZ4mEpI8QJQu0dRp9TEjAaPdY"],
    ["INPUTS without one", INPUTS.minus("cells"), "3EFdhf-L9C2FXji9rp3OG4mYIUtYNL1pGzxvk1DiT6A"],
    ["TASK_SOURCE", TASK_SOURCE, "oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M"],
    ["FLOW_PARAMETERS", FLOW_PARAMETERS, "Ey0Dt3v9ndW3ONjqatwGyBc4DV9_hOBpOsEsg1IAf9A"],
    ["RUN_ID", RUN_ID, "f00"],
    [
      "DEFAULT_POLICY",
      DEFAULT_POLICY,
      "aR1s6zEuCYy_XhYvqdqZ4mEpI8QJQu0dRp9TEjAaPdY.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M",
    ],
    [
      "all of them",
      DEFAULT_POLICY.plus(FLOW_PARAMETERS).plus(RUN_ID),
      "aR1s6zEuCYy_XhYvqdqZ4mEpI8QJQu0dRp9TEjAaPdY.oirWcC6TpZqvJWwYaKfLLQ-YtEdGXnxw6rJduybea8M.Ey0Dt3v9ndW3ONjqatwGyBc4DV9_hOBpOsEsg1IAf9A.f00",
    ],
  ])("%s", async (_, policy, key) => {
    expect(await policy.computeKey(call)).toBe(key);
  });

  test("INPUTS of arguments by position", async () => {
    expect(await INPUTS.computeKey(describeCall(task, [1, "a", undefined], ["x"]))).toBe(
      "Xsu5kxpLEBJmj6Hqvyvrj7-afE3AwxxsLPMxpj6njiw",
    );
  });
});

describe("configure", () => {
  const lockManager = new MemoryLockManager();
  const keyStorage = new MemoryStorage();
  const { SERIALIZABLE, READ_COMMITTED } = IsolationLevel;

  test("gives a policy with the same keys, and changes nothing", async () => {
    const configured = INPUTS.configure({ keyStorage, lockManager, isolationLevel: SERIALIZABLE });
    expect(configured).toMatchObject({ keyStorage, lockManager, isolationLevel: SERIALIZABLE });
    expect(await keyOf(configured, [1])).toBe(await keyOf(INPUTS, [1]));
    expect([INPUTS.keyStorage, INPUTS.lockManager, INPUTS.isolationLevel]).toEqual([undefined, undefined, undefined]);
  });

  test("lays over what was configured before, and a policy of a user's own keeps its keys", async () => {
    const configured = new FixedPolicy("own").configure({ lockManager }).configure({ isolationLevel: SERIALIZABLE });
    expect([configured.lockManager, configured.isolationLevel]).toEqual([lockManager, SERIALIZABLE]);
    expect(configured.configure({ isolationLevel: READ_COMMITTED }).isolationLevel).toBe(READ_COMMITTED);
    expect(await keyOf(configured, [1])).toBe("own");
  });

  test("holds through plus and minus, from both sides", async () => {
    const locked = INPUTS.configure({ lockManager });
    const stored = TASK_SOURCE.configure({ keyStorage });
    for (const both of [locked.plus(stored), stored.plus(locked), locked.plus(TASK_SOURCE).plus(stored).minus("x")]) {
      expect([both.lockManager, both.keyStorage]).toEqual([lockManager, keyStorage]);
    }
    expect(await keyOf(locked.plus(stored), [1])).toBe(await keyOf(INPUTS.plus(TASK_SOURCE), [1]));
    expect(await keyOf(locked.minus("0").plus(TASK_SOURCE), [1])).toBe(await keyOf(DEFAULT_POLICY.minus("0"), [1]));
    expect(locked.plus(NO_CACHE)).toBe(locked);
  });

  test("of two policies with different values is an error that names the thing", () => {
    const one = INPUTS.configure({ isolationLevel: SERIALIZABLE });
    const other = TASK_SOURCE.configure({ isolationLevel: READ_COMMITTED });
    expect(() => one.plus(other)).toThrow(ConfigurationError);
    expect(() => one.plus(other)).toThrow("isolationLevel");
    expect(one.plus(TASK_SOURCE.configure({ isolationLevel: SERIALIZABLE })).isolationLevel).toBe(SERIALIZABLE);
  });

  test("refuses what can't be meant at once, and leaves NO_CACHE as it is", () => {
    expect(() => INPUTS.configure({ isolationLevel: "SNAPSHOT" as never })).toThrow(ConfigurationError);
    expect(() => INPUTS.configure({ lockManager: {} as never })).toThrow(ConfigurationError);
    expect(() => INPUTS.configure({ keyStorage: {} as never })).toThrow(ConfigurationError);
    expect(NO_CACHE.configure({ lockManager })).toBe(NO_CACHE);
  });
});
