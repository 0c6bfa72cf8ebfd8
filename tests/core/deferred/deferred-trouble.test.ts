import { expect, test } from "vitest";
import { RUN_ID } from "../../../src/core/keys/cache-policy.ts";
import { ended } from "../../../src/core/deferred/job-state.ts";
import { parametersKeyOf } from "../../../src/core/deferred/job-parameters.ts";
import { resolveRetryOptions } from "../../../src/core/deferred/retries.ts";
import type { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { MemoryTaskScheduler } from "../../../src/core/deferred/memory-task-scheduler.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import { JsonSerializer } from "../../../src/core/serializers/json-serializer.ts";
import type { Task, TaskFactory } from "../../../src/core/tasks/task.ts";
import type { TaskOptions } from "../../../src/core/tasks/task-options.ts";
import { createTaskWorld } from "../tasks/task-world.ts";
import { createStore } from "../../stores.ts";

/** A task whose calls are deferred in this context, and the store that has its results. */
function deferrable<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: TaskOptions<Args> = {},
  world: { task: TaskFactory; store: ResultStore } = createTaskWorld(),
) {
  const tasks: Task<never, unknown>[] = [];
  const scheduler = new MemoryTaskScheduler({ tasks: () => tasks, firstDelay: 1, maxAttempts: 2 });
  const store = world.store.withOptions({ scheduler });
  const made = world.task(fn, { name: "tested", version: "1", store, ...options });
  tasks.push(made);
  return { made, store };
}

test("a task that refreshes its results runs each time it is deferred, and gives the new one", async () => {
  let runs = 0;
  const { made } = deferrable(() => ++runs, { refreshCache: true });
  expect(await (await made.defer([])).result()).toBe(1);
  expect(await (await made.defer([])).result()).toBe(2);
  expect(runs).toBe(2);
});

test("one that fails to refresh has failed, although there is a result from before", async () => {
  let runs = 0;
  const { made } = deferrable(
    () => {
      if (++runs > 1) throw new Error("no more");
      return runs;
    },
    { refreshCache: true },
  );
  await (await made.defer([])).result();
  const call = await made.defer([]);
  await expect(call.result()).rejects.toThrow("no more");
  expect(await call.status()).toMatchObject({ state: "failed" });
});

test("what is kept in memory only can't be deferred: nobody would find it", async () => {
  const { made } = deferrable(() => 1, { persistResult: false, cacheResultInMemory: true });
  await expect(made.defer([])).rejects.toMatchObject({ code: "CONFIGURATION" });
});

test("arguments are carried as the store carries values, whatever the task's results are made of", async () => {
  const { made } = deferrable(({ at }: { at: Date }) => at.getTime(), { resultSerializer: new JsonSerializer() });
  expect(await (await made.defer([{ at: new Date(5) }])).result()).toBe(5);
});

test("a key that is made of the run is refused, and the reason is among those that are told", async () => {
  const { made } = deferrable(() => 1, { cachePolicy: RUN_ID });
  await expect(made.defer([])).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("made of the run or flow") as string,
  });
});

test("a function for keys that throws where the call is to be run is told of", async () => {
  let isThere = false;
  const cacheKeyFn = () => {
    if (isThere) throw new Error("no such city");
    isThere = true;
    return "key";
  };
  const { made } = deferrable(() => 1, { cacheKeyFn });
  await expect(made.defer([])).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("no such city") as string,
  });
});

test("a refused submission beside others of the same key doesn't part them: they are one run", async () => {
  let begun = 0;
  const { task, store } = createTaskWorld();
  // nothing but the scheduler keeps two runs apart
  const lockless = store.withOptions({ lockManager: undefined });
  const options = { name: "counted", version: "1", store: lockless, refreshCache: true };
  const counted = task(async () => {
    begun++;
    // long enough for another one to begin beside it
    await new Promise((resolve) => setTimeout(resolve, 20));
  }, options);
  const scheduler = new MemoryTaskScheduler({ tasks: [counted] });
  const key = (await counted.cacheKey([]))!;
  const parameters = await createStore()
    .createResultRecord([], { key: parametersKeyOf(key) })
    .serialize();
  const refused = scheduler.submit({ task: "unknown", key, parameters });
  const first = scheduler.submit({ task: "counted", key, parameters });
  await expect(refused).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  const second = scheduler.submit({ task: "counted", key, parameters });
  expect(await second).toEqual(await first);
  expect(await scheduler.inspect(key, { wait: 5_000 })).toEqual({ state: "done", attempts: 1 });
  expect(begun).toBe(1);
});

test("a result that can't be read any more is computed anew", async () => {
  let runs = 0;
  const { made, store } = deferrable(() => ++runs, { cacheResultInMemory: false });
  const call = await made.defer([]);
  expect(await call.result()).toBe(1);
  const storage = store.resultStorage as MemoryStorage;
  const bytes = (await storage.read(call.key))!.bytes.slice();
  const { metadata } = (await storage.head(call.key))!;
  bytes[bytes.length - 1]! ^= 1;
  await storage.write(call.key, bytes, { metadata });
  expect(await call.result()).toBe(2);
});

test("errors that can't be read, or are all name, end a try all the same", () => {
  const unreadable = Object.defineProperty({}, "message", {
    get: () => {
      throw new Error("not me");
    },
  });
  const retries = resolveRetryOptions({});
  const running = { task: "t", key: "k", state: "running", attempts: 5 } as const;
  for (const error of [unreadable, { name: "x".repeat(1e6), message: "" }]) {
    const state = ended(running, { end: "failed", error, isLasting: false }, { now: 1, retries, chance: 0 });
    expect(state.state).toBe("failed");
    expect(state.error!.name.length + state.error!.message.length).toBeLessThan(5_000);
  }
});
