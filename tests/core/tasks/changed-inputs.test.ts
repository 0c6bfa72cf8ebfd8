import { describe, expect, test } from "vitest";
import { CachePolicy, INPUTS, TASK_SOURCE } from "../../../src/core/keys/cache-policy.ts";
import { CommitMode } from "../../../src/core/work/transaction.ts";
import { InvalidArgumentError } from "../../../src/errors/index.ts";
import { gate } from "../../../src/testing/stores/store-world.ts";
import { createTaskWorld } from "./task-world.ts";

const add = (bytes: Uint8Array | Float64Array): number => {
  let sum = 0;
  for (const each of bytes) sum += each;
  return sum;
};

/** Calls a task with one object that is changed after each call, and then asks for each state of it again. */
async function callWhileChanging<Input, Result>(
  call: (input: Input) => Promise<Result>,
  input: Input,
  states: readonly ((input: Input) => void)[],
): Promise<Result[]> {
  const calls = states.map((change) => {
    change(input);
    return call(input);
  });
  await Promise.all(calls);
  const results: Result[] = [];
  for (const change of states) {
    change(input);
    results.push(await call(input));
  }
  return results;
}

describe("arguments that change after the call", () => {
  const sizes = { small: 4, "so big that its digest is awaited": 4_000 };
  const paces = {
    "at once": add,
    "after a pause": async (buffer: Uint8Array | Float64Array) => {
      await Promise.resolve();
      return add(buffer);
    },
    "before a pause": async (buffer: Uint8Array | Float64Array) => {
      const sum = add(buffer);
      await Promise.resolve();
      return sum;
    },
  };
  for (const [size, length] of Object.entries(sizes)) {
    for (const [pace, sum] of Object.entries(paces)) {
      test(`leave no wrong result of a view: ${size}, read ${pace}`, async () => {
        const { task } = createTaskWorld();
        const states = [1, 2, 3].map((i) => (buffer: Uint8Array | Float64Array) => void buffer.fill(i));
        const results = await callWhileChanging(
          task((buffer: Uint8Array | Float64Array) => sum(buffer)),
          new Float64Array(length),
          states,
        );
        expect(results).toEqual([length, 2 * length, 3 * length]);
      });
    }
  }

  test.each([
    ["a nested object", { a: { x: 0 } }, (input: { a: { x: number } }, i: number) => (input.a.x = i)],
    ["an array", [0], (input: number[], i: number) => (input[0] = i)],
    ["a Map", new Map(), (input: Map<string, number>, i: number) => input.set("x", i)],
    ["a Set", new Set(), (input: Set<number>, i: number) => (input.clear(), input.add(i))],
    ["a Date", new Date(0), (input: Date, i: number) => input.setTime(i)],
    [
      "a big view beside a number",
      { of: new Uint8Array(2_000), x: 0 },
      (input: { of: Uint8Array; x: number }, i: number) => {
        input.x = i;
        input.of.fill(i);
      },
    ],
  ] as [string, object, (input: never, i: number) => unknown][])(
    "leave no wrong result: %s",
    async (_, input, change) => {
      const { task } = createTaskWorld();
      const copy = task((value: object) => structuredClone(value));
      await Promise.all([1, 2, 3].map((i) => (change(input as never, i), copy(input))));
      for (const i of [1, 2, 3]) {
        change(input as never, i);
        expect(await copy(input)).toEqual(input);
      }
    },
  );

  test("leave no wrong result where a property is a getter", async () => {
    const { task } = createTaskWorld();
    let x = 0;
    const input = {
      get x() {
        return ++x;
      },
    };
    const double = task(({ x: read }: { x: number }) => read * 2);
    await double(input);
    for (const each of [1, 2, 3, 4]) expect(await double({ x: each })).toBe(each * 2);
  });

  test("leave no mixed key of some parts before and others after the change", async () => {
    const { task, events } = createTaskWorld();
    const copy = task(({ x, of }: { x: number; of: Uint8Array }) => [x, of[0]]);
    await copy({ x: 2, of: new Uint8Array(2_000).fill(1) });
    const input = { x: 1, of: new Uint8Array(2_000).fill(1) };
    const call = copy(input);
    input.x = 2;
    input.of.fill(2);
    await call;
    expect(events.filter(({ type }) => type === "done")).toMatchObject([
      { source: "computed" },
      { source: "computed" },
    ]);
  });

  test("are no trouble if they have changed back", async () => {
    const { task } = createTaskWorld();
    const { opened, open } = gate();
    const sum = task(async (buffer: Uint8Array) => {
      const result = add(buffer);
      await opened;
      return result;
    });
    const buffer = new Uint8Array(4).fill(1);
    const call = sum(buffer);
    buffer.fill(2);
    const other = sum(new Uint8Array(4).fill(7));
    await new Promise((resolve) => setTimeout(resolve));
    buffer.fill(1);
    open();
    await Promise.all([call, other]);
    expect(await sum(new Uint8Array(4).fill(1))).toBe(4);
    expect(await sum(new Uint8Array(4).fill(7))).toBe(28);
  });

  test("cost only their own caller: a caller that joined computes for itself", async () => {
    const { task } = createTaskWorld();
    const sum = task(add);
    const buffer = new Uint8Array(4).fill(1);
    const calls = [sum(buffer), sum(new Uint8Array(4).fill(1)), sum(new Uint8Array(4).fill(1))];
    buffer.fill(9);
    expect((await Promise.all(calls)).slice(1)).toEqual([4, 4]);
  });

  test("cost only their own caller in a transaction", async () => {
    const { task, transaction, store } = createTaskWorld();
    const sum = task(add);
    const buffer = new Uint8Array(4).fill(1);
    const results = await transaction({}, async (txn) => {
      const calls = [txn.run(sum, buffer), txn.run(sum, new Uint8Array(4).fill(1))];
      buffer.fill(9);
      return Promise.all(calls);
    });
    expect(results[1]).toBe(4);
    const key = (await sum.cacheKey([new Uint8Array(4).fill(1)]))!;
    expect((await store.read(key))?.result).toBe(4);
  });

  test("cost a later call nothing in an EAGER transaction: it is kept at once, or rolls that back", async () => {
    const { task, transaction, store } = createTaskWorld();
    const failing = { now: false };
    const sum = task((bytes: Uint8Array) => {
      if (failing.now) throw new Error("no");
      return add(bytes);
    });
    const ones = new Uint8Array(4).fill(1);
    const key = (await sum.cacheKey([ones]))!;
    await transaction({ commitMode: CommitMode.LAZY }, async (txn) => {
      const refused = async () => {
        const buffer = ones.slice();
        const call = txn.run(sum, buffer);
        buffer.fill(9);
        await call;
      };
      await refused();
      failing.now = true;
      await txn.run(transaction, { commitMode: CommitMode.EAGER }, async (inner) => {
        await expect(inner.run(sum, ones)).rejects.toThrow("no");
        expect(inner.isRolledBack()).toBe(true);
      });
      failing.now = false;
      await txn.run(transaction, { commitMode: CommitMode.EAGER }, async (inner) => {
        expect(await inner.run(sum, ones)).toBe(4);
        expect((await store.read(key))?.result).toBe(4);
      });
    });
  });

  test("are told of, and the caller has its value", async () => {
    const { task, events, transaction } = createTaskWorld();
    const sum = task(add, { name: "sum" });
    const buffer = new Uint8Array(4).fill(1);
    const key = await sum.cacheKey([buffer]);
    const call = sum(buffer);
    buffer.fill(2);
    expect(await call).toBe(8);
    await transaction({}, async (txn) => {
      const inside = txn.run(sum, buffer.fill(1));
      buffer.fill(3);
      expect(await inside).toBe(12);
    });
    const told = events.filter(({ type }) => type === "write-error");
    expect(told).toMatchObject([
      { type: "write-error", key, error: expect.any(InvalidArgumentError) as Error },
      { type: "write-error", key, error: expect.any(InvalidArgumentError) as Error },
    ]);
    expect(told).toMatchObject([{ error: { message: expect.stringMatching(/"sum".*copies/) as string } }, {}]);
  });

  test.each([2, 3, 4])("are told of if the policy throws from its call %i on, or the result is kept", async (from) => {
    const { task, events, transaction } = createTaskWorld();
    class Failing extends CachePolicy {
      calls = 0;

      override computeKey(): string {
        if (++this.calls >= from) throw new TypeError("no key");
        return "key";
      }
    }
    const create = (name: string) => task(async () => 1, { name, cachePolicy: new Failing() });
    const [alone, within] = [create("alone"), create("within")];
    expect(await alone()).toBe(1);
    expect(await transaction({}, (txn) => txn.run(within))).toBe(1);
    const fate = from === 4 ? "write" : "write-error";
    const told = events.filter(({ type }) => type === "write" || type === "write-error");
    expect(told).toMatchObject([
      { type: fate, key: "alone/key" },
      { type: fate, key: "within/key" },
    ]);
  });

  test("are no trouble if the key does not contain them", async () => {
    const { task, events } = createTaskWorld();
    const policies = [INPUTS.minus("scratch").plus(TASK_SOURCE), TASK_SOURCE];
    const push = ({ scratch, x }: { scratch: number[]; x: number }) => (scratch.push(x), x);
    for (const cachePolicy of policies) {
      const sum = task(push, { cachePolicy });
      const scratch: number[] = [];
      const call = sum({ scratch, x: 1 });
      scratch.push(1);
      await call;
    }
    expect(events.filter(({ type }) => type === "write-error")).toEqual([]);
  });
});

describe("results that change", () => {
  test("a result from a shared buffer is kept as it was returned", async () => {
    const { task } = createTaskWorld();
    const scratch = new Uint8Array(4);
    const filled = task((x: number) => scratch.fill(x), { cacheResultInMemory: false });
    await Promise.all([1, 2, 3].map((x) => filled(x)));
    expect(await Promise.all([1, 2, 3].map(async (x) => (await filled(x))[0]))).toEqual([1, 2, 3]);
  });

  test("getOrCompute keeps a result from a shared buffer as it was returned", async () => {
    const { store } = createTaskWorld();
    const scratch = new Uint8Array(4);
    const uncached = store.withOptions({ cacheResultInMemory: false });
    const fill = (x: number) => uncached.getOrCompute(`${x}`, () => scratch.fill(x));
    await Promise.all([1, 2, 3].map(fill));
    expect(await Promise.all([1, 2, 3].map(async (x) => (await uncached.read(`${x}`))?.result))).toEqual(
      [1, 2, 3].map((x) => new Uint8Array(4).fill(x)),
    );
  });

  test("a staged value is kept as it was staged", async () => {
    const { transaction, store, task } = createTaskWorld();
    const list = task((x: number) => [x]);
    await transaction({ key: "staged" }, async (txn) => {
      const value = { x: 1 };
      txn.stage(value);
      value.x = 2;
      (await txn.run(list, 1)).push(2);
    });
    expect((await store.read("staged"))?.result).toEqual({ x: 1 });
    expect((await store.read((await list.cacheKey([1]))!))?.result).toEqual([1]);
  });

  test("a commit hook can still stage another value", async () => {
    const { task, store } = createTaskWorld();
    const say = task((x: number) => x, { onCommit: (txn) => txn.stage("from the hook") });
    expect(await say(1)).toBe(1);
    expect((await store.read((await say.cacheKey([1]))!))?.result).toBe("from the hook");
  });

  test.each([true, false])(
    "write and persistResultRecord take the bytes at the call; in memory: %s",
    async (inMemory) => {
      const { store: base } = createTaskWorld();
      const store = base.withOptions({ cacheResultInMemory: inMemory });
      const buffer = new Uint8Array(4).fill(1);
      const records = [
        store.createResultRecord({ buffer }, { key: "b" }),
        store.createResultRecord([buffer], { key: "c" }),
      ];
      const writes = [
        store.write("a", buffer),
        store.persistResultRecord(records[0]!),
        store.writeMany([{ key: "d", result: buffer }]),
      ];
      buffer.fill(2);
      await Promise.all(writes);
      await store.persistResultRecord(records[1]!);
      buffer.fill(3);
      const read = async (key: string) => (await store.read(key))?.result;
      const [one, two] = [new Uint8Array(4).fill(1), new Uint8Array(4).fill(2)];
      expect([await read("a"), await read("b"), await read("c"), await read("d")]).toEqual([
        one,
        { buffer: one },
        [two],
        one,
      ]);
      expect(records.map(({ isPersisted }) => isPersisted)).toEqual([true, true]);
    },
  );
});
