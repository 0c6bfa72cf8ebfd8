import { describe, expect, test } from "vitest";
import type { StoreEvent } from "../../../src/core/events/store-event.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import type { StandardSchema } from "../../../src/core/freshness/standard-schema.ts";
import { SchemaMismatchError } from "../../../src/errors/index.ts";
import { createStore } from "../../stores.ts";
import { createTaskWorld } from "../tasks/task-world.ts";

/** A schema of texts, whose output is their length. */
function textLength(options: { wait?: boolean; most?: number } = {}): StandardSchema {
  const validate = (value: unknown) =>
    typeof value === "string" && value.length <= (options.most ?? Infinity)
      ? { value: value.length }
      : { issues: [{ message: `no text: ${String(value)}` }] };
  const wait = async (value: unknown) => validate(value);
  return { "~standard": { version: 1, vendor: "test", validate: options.wait ? wait : validate } };
}

const throwing: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: () => {
      throw new RangeError("the schema is broken");
    },
  },
};

function createWorld() {
  const storage = new MemoryStorage();
  const events: StoreEvent[] = [];
  const lockManager = new MemoryLockManager();
  const store = createStore({ resultStorage: storage, lockManager, onEvent: (event) => events.push(event) });
  let runs = 0;
  const get = (schema: StandardSchema | undefined, value: unknown = "four") =>
    store.getOrCompute<unknown>("k", async () => (runs++, value), { ...(schema && { schema }) });
  return { store, storage, events, get, runs: () => runs };
}

describe.each([
  ["at once", {}],
  ["later", { wait: true }],
])("a schema that answers %s", (_, options) => {
  const schema = textLength(options);

  test("its output is the value, when computed, from memory and from the storage; the record has its input", async () => {
    const { get, store, storage, runs } = createWorld();
    const computed = await Promise.all([get(schema), get(schema)]);
    expect([...computed, await get(schema)]).toEqual([4, 4, 4]);
    const elsewhere = createStore({ resultStorage: storage });
    expect(await elsewhere.getOrCompute<unknown>("k", () => "other", { schema })).toBe(4);
    expect(runs()).toBe(1);
    expect((await store.read("k"))?.result).toBe("four");
    expect(await store.answer<unknown>("k", () => "other", { schema })).toMatchObject({ value: 4, source: "memory" });
  });

  test("a computed mismatch is an error for every caller, and is not kept", async () => {
    const { get, store, events } = createWorld();
    const calls = await Promise.allSettled([get(schema, 5), get(schema, 5)]);
    for (const call of calls) {
      expect(call).toMatchObject({
        reason: { code: "SCHEMA_MISMATCH", key: "k", message: 'The result of "k" does not fit the schema: no text: 5' },
      });
    }
    expect(await store.exists("k")).toBe(false);
    expect(events.filter(({ type }) => type === "compute-error")).toMatchObject([
      { error: { code: "SCHEMA_MISMATCH" } },
    ]);
  });

  test("a kept mismatch is computed anew, once, and a mismatch again is an error", async () => {
    const { get, events, runs } = createWorld();
    await get(undefined, 5);
    expect(await get(schema)).toBe(4);
    expect(await get(schema)).toBe(4);
    expect(runs()).toBe(2);
    expect(events.filter(({ type }) => type === "miss").map((event) => "reason" in event && event.reason)).toEqual([
      "absent",
      "schema-mismatch",
    ]);
    await get(undefined).then(() => expect(get(textLength({ most: 1 }), "four")).rejects.toThrow(SchemaMismatchError));
  });

  test("read gives a record whose result is the output, and rejects a mismatch", async () => {
    const { store, storage } = createWorld();
    await store.write("k", "four");
    for (const reader of [store, createStore({ resultStorage: storage })]) {
      const record = (await reader.read("k", { schema }))!;
      expect([record.result, record.metadata.storageKey]).toEqual([4, "k"]);
      expect((await reader.read("k"))?.result).toBe("four");
      await expect(reader.read("k", { schema: textLength({ ...options, most: 1 }) })).rejects.toThrow(
        SchemaMismatchError,
      );
    }
  });

  test("of a task does the same, in transactions too", async () => {
    const { task, transaction, store } = createTaskWorld();
    const run = { values: ["four", "seven!!"] as unknown[] };
    const compute = task(async (_call: number): Promise<unknown> => run.values.shift(), {
      cacheKeyFn: () => "t",
      schema,
    });
    expect([await compute(1), await compute(1)]).toEqual([4, 4]);
    expect((await store.read("t"))?.result).toBe("four");
    expect(await transaction({}, (txn) => txn.run(compute, 1))).toBe(4);
    await store.write("t", 5);
    expect(await transaction({}, (txn) => txn.run(compute, 1))).toBe(7);
    expect((await store.read("t"))?.result).toBe("seven!!");
    await store.delete("t");
    for (const call of [() => compute(1), () => transaction({}, (txn) => txn.run(compute, 1))]) {
      run.values = [5];
      await expect(call()).rejects.toThrow(SchemaMismatchError);
      expect(await store.exists("t")).toBe(false);
    }
    expect(await compute.explain([1])).toMatchObject({ state: "invalidated" });
    await store.write("t", 5);
    expect(await compute.explain([1])).toMatchObject({ state: "unreadable", error: { code: "SCHEMA_MISMATCH" } });
  });
});

test("an output of undefined is the value", async () => {
  const validate = () => ({ value: undefined });
  const { get } = createWorld();
  expect(await get({ "~standard": { version: 1, vendor: "test", validate } })).toBeUndefined();
  const deferred: Promise<unknown>[] = [];
  const store = createStore({ waitUntil: (promise) => deferred.push(promise) });
  const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
  expect(await store.getOrCompute("k", () => 1, { schema })).toBeUndefined();
  await Promise.all(deferred);
});

test("a schema that throws is a mismatch with that cause: of a computed value, a kept one, and a read", async () => {
  const { get, store, events } = createWorld();
  await expect(get(throwing)).rejects.toThrow("the schema is broken");
  expect(await store.exists("k")).toBe(false);
  await get(undefined);
  await expect(get(throwing)).rejects.toThrow("the schema is broken");
  expect(events.filter(({ type }) => type === "miss").at(-1)).toMatchObject({
    reason: "schema-mismatch",
    error: { code: "SCHEMA_MISMATCH", cause: new RangeError("the schema is broken") },
  });
  await expect(store.read("k", { schema: throwing })).rejects.toThrow("the schema is broken");
});
