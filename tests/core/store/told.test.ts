import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import * as errors from "../../../src/errors/index.ts";
import { createFlow } from "../../../src/core/tasks/flow.ts";
import { createTask } from "../../../src/core/tasks/task.ts";
import { createStore, transaction } from "../../stores.ts";

let warn: MockInstance<typeof console.warn>;

beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => warn.mockRestore());

const told = () => warn.mock.calls.map(([text]) => String(text));
let keys = 0;
/** A key of which nobody has been told yet. */
const newKey = () => `told/${keys++}`;

/** Fails every write with one error. No real storage can be made to fail in each of these ways. */
class Refusing extends MemoryStorage {
  error: unknown;

  constructor(error: unknown) {
    super();
    this.error = error;
  }

  override write = () => Promise.reject(this.error);
}

describe("a result that can't be kept is one warning with the way out", () => {
  test.for<[unknown, string]>([
    [new errors.StorageQuotaError("full"), "StorageQuotaError: full. Free room with store.sweep(), or set maxBytes"],
    [
      new errors.StorageError("gone"),
      "StorageError: gone. Look at its cause, or use a storage that takes larger records",
    ],
    [new errors.StorageUnreachableError("offline"), "offline. Calls compute again until it answers"],
    [new errors.StaleLockError("late"), "late. Set a longer holdTimeout if the computation blocks its thread"],
    [new errors.AccessDeniedError("401"), "401. Give the page a token that allows it"],
    [new RangeError("odd"), "RangeError: odd. Pass onEvent to the store to handle this"],
    [Object.assign(new Error("odd"), { code: "constructor" }), "Error: odd. Pass onEvent to the store to handle this"],
    [Object.create(null), "no Error but object. Pass onEvent to the store to handle this"],
    [undefined, "no Error but undefined. Pass onEvent to the store to handle this"],
  ])("%s", async ([error, text]) => {
    const key = newKey();
    const store = createStore({ resultStorage: new Refusing(error), cacheResultInMemory: false });
    for (const _ of [1, 2]) expect(await store.getOrCompute(key, () => 1)).toBe(1);
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(`[reprise] The result of "${key}" is not kept: `);
    expect(told()[0]!.endsWith(text)).toBe(true);
  });

  test("for a value that the serializer doesn't take", async () => {
    const key = newKey();
    await createStore().getOrCompute(key, () => () => 1);
    expect(told()).toEqual([expect.stringContaining("Return a value that the serializer takes")]);
  });

  test("for a record that the storage finds too large", async () => {
    class Small extends MemoryStorage {
      override readonly capabilities = { consistency: "strong", conditionalWrites: true, maxRecordBytes: 9 } as const;
    }
    await createStore({ resultStorage: new Small() }).getOrCompute(newKey(), () => 1);
    expect(told()).toEqual([expect.stringMatching(/takes at most 9\. .*takes larger records$/)]);
  });

  test("for a record that nobody here can read, and so replace, in a transaction too", async () => {
    const resultStorage = new MemoryStorage();
    const key = newKey();
    const serializer = Object.assign(new JsonSerializer(), { type: "of-a-later-version" });
    await createStore({ resultStorage, serializer }).write(key, 1);
    const compute = createTask(() => createStore({ resultStorage }))(() => 2, { cacheKeyFn: () => key });
    expect(await compute()).toBe(2);
    expect(told()).toEqual([expect.stringMatching(/Update the library here, .*or delete the record$/)]);
    const onEvent = vi.fn();
    const heard = compute.withOptions({ store: createStore({ resultStorage, onEvent }) });
    expect(await transaction({}, (txn) => txn.run(heard))).toBe(2);
    expect(onEvent).toHaveBeenCalledWith(expect.objectContaining({ type: "write-error", key }));
  });

  test("for arguments that change during a call of a task", async () => {
    const task = createTask(() => createStore());
    const options = { name: "told", cacheKeyFn: ({ args: [list] }: { args: [number[]] }) => `told/${list.length}` };
    const grow = task(async (list: number[]) => list.push(1), options);
    await grow([]);
    expect(told()).toEqual([expect.stringContaining("don't change the arguments until the call settles")]);
  });

  test("for the result of a flow", async () => {
    const flow = createFlow(() => createStore({ resultStorage: new Refusing(new errors.StorageError("gone")) }));
    await flow(() => 1, { name: "told", persistResult: true })();
    expect(told()).toEqual([expect.stringContaining("is not kept: StorageError: gone")]);
  });
});

describe("a refresh that fails is one warning with the way out", () => {
  test.for<[string, () => Promise<number>, string]>([
    [
      "the computation",
      () => Promise.reject(new Error("down")),
      "Error: down. Pass onEvent to the store to handle this",
    ],
    ["its time", () => new Promise(() => {}), "Set a longer computeTimeout"],
    ["the schema", async () => -1, "Return a value that fits the schema, or change the schema"],
  ])("for %s", async ([, compute, text]) => {
    let now = 1_000;
    const key = newKey();
    const store = createStore({ now: () => now, lockManager: new MemoryLockManager() });
    const validate = (value: unknown) => ((value as number) > 0 ? { value } : { issues: [{ message: "too small" }] });
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
    const options = { expiresIn: 1, staleWhileRevalidate: "1h", computeTimeout: 5, schema } as const;
    await store.getOrCompute(key, () => 1, options);
    now += 1;
    for (const _ of [1, 2]) {
      expect(await store.getOrCompute(key, compute, options)).toBe(1);
      await vi.waitFor(() => expect(told()).toHaveLength(1));
    }
    expect(told()[0]).toMatch(`[reprise] "${key}" stays stale: `);
    expect(told()[0]!.endsWith(text)).toBe(true);
  });
});

test("each key and each reason is told once, whatever the texts say", async () => {
  const storage = new Refusing(new errors.StorageError("1"));
  const store = createStore({ resultStorage: storage, cacheResultInMemory: false });
  const [one, other] = [newKey(), newKey()];
  for (const error of [
    storage.error,
    new errors.StorageError("2"),
    new errors.StaleLockError("3"),
    new RangeError("4"),
  ]) {
    storage.error = error;
    await store.getOrCompute(one, () => 1);
  }
  await store.getOrCompute(other, () => 1);
  expect(told()).toHaveLength(4);
});

test("nothing is told of a change or an end on purpose, nor to a listener twice", async () => {
  const store = createStore();
  const key = newKey();
  const { promise, resolve } = Promise.withResolvers<number>();
  const computing = store.getOrCompute(key, () => promise);
  await store.delete(key);
  resolve(1);
  await computing;
  const aborted = createStore({ resultStorage: new Refusing(new DOMException("left", "AbortError")) });
  await aborted.getOrCompute(newKey(), () => 1);
  const onEvent = vi.fn();
  await createStore({ onEvent, resultStorage: new Refusing(new errors.StorageError("gone")) }).getOrCompute(
    key,
    () => 1,
  );
  expect(onEvent).toHaveBeenCalledWith(expect.objectContaining({ type: "write-error" }));
  expect(told()).toEqual([]);
});
