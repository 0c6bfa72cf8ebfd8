import { afterEach, describe, expect, test } from "vitest";
import { parametersKeyOf } from "../../../src/core/deferred/job-parameters.ts";
import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import {
  MemoryTaskScheduler,
  type MemoryTaskSchedulerOptions,
} from "../../../src/core/deferred/memory-task-scheduler.ts";
import { ResultRecord } from "../../../src/core/context/built-in-serializers.ts";
import { createTask, type Task } from "../../../src/core/tasks/task.ts";
import type { DeferredJob, InspectOptions } from "../../../src/core/deferred/job-scheduler.ts";
import { TaskScheduler } from "../../../src/core/deferred/task-scheduler.ts";
import type { ResultStore } from "../../../src/core/store/result-store.ts";
import type { DeferCall, DeferredCall, DeferredStatus } from "../../../src/core/options/scheduler.ts";
import { NonRetryableError, StorageError, StorageUnreachableError } from "../../../src/errors/index.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";
import { createStore, transaction } from "../../stores.ts";

const task = createTask(() => createStore());

/** A store of its own, tasks in it, and a scheduler that runs them. */
function createWorld(options: Partial<MemoryTaskSchedulerOptions> = {}) {
  const storage = new MemoryStorage();
  const tasks: Task<never, unknown>[] = [];
  const scheduler = new MemoryTaskScheduler({ tasks: () => tasks, firstDelay: 1, ...options });
  const store = createStore({ resultStorage: storage, lockManager: new MemoryLockManager(), scheduler });
  const define = <Args extends readonly unknown[], Result>(name: string, fn: (...args: Args) => Result) => {
    const made = task(fn, { name, version: "1", store });
    tasks.push(made);
    return made;
  };
  return { storage, store, scheduler, define };
}

async function defer<Args extends readonly unknown[], Result>(made: Task<Args, Result>, ...args: Args) {
  return made.defer(args);
}

/** A call of a task that is known by its name alone. */
async function deferByName({ store, ...call }: { store: ResultStore } & Pick<DeferCall, "task" | "key" | "args">) {
  return store.scheduler!.defer({ store, argumentsStore: store, refresh: false, ...call });
}

/** A scheduler that answers as it is told, the last answer again and again. */
class ScriptedScheduler extends TaskScheduler {
  readonly jobs: DeferredJob[] = [];
  readonly waits: (number | undefined)[] = [];
  readonly #answers: (DeferredStatus | Error | undefined)[];

  constructor(...answers: (DeferredStatus | Error | undefined)[]) {
    super();
    this.#answers = answers;
  }

  async submit(job: DeferredJob): Promise<DeferredStatus> {
    this.jobs.push(job);
    return { state: "pending", attempts: 0 };
  }

  async inspect(_key: string, { wait }: InspectOptions = {}): Promise<DeferredStatus | undefined> {
    this.waits.push(wait);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

describe("a deferred call", () => {
  test.for([4, 4_000])("has the arguments at the call, of %d bytes", async (length) => {
    const { define, store } = createWorld();
    const sum = define("sum", (bytes: Uint8Array, { factor }: { factor: number }) =>
      bytes.reduce((a, b) => a + b * factor, 0),
    );
    const [bytes, scale] = [new Uint8Array(length).fill(1), { factor: 2 }];
    const args: [Uint8Array, { factor: number }] = [bytes, scale];
    const deferring = sum.defer(args);
    bytes.fill(9);
    scale.factor = 9;
    args[0] = new Uint8Array(1);
    const call = await deferring;
    expect(await call.result()).toBe(2 * length);
    expect(call.key).toBe(await sum.cacheKey([new Uint8Array(length).fill(1), { factor: 2 }]));
    expect((await store.read(call.key))?.result).toBe(2 * length);
  });

  test("is computed once however often it is deferred, and its result is what the task gives from then on", async () => {
    const { store, storage, define } = createWorld();
    let runs = 0;
    const square = define("square", async (x: number) => {
      runs++;
      return { square: x * x, at: new Date(0), big: 2n };
    });
    const calls = await Promise.all(Array.from({ length: 10 }, () => defer(square, 3)));
    const expected = { square: 9, at: new Date(0), big: 2n };
    for (const call of calls) expect(await call.result()).toEqual(expected);
    expect(calls[0]).toMatchObject({ key: await square.cacheKey([3]), task: "square" });
    expect(await calls[0]!.status()).toEqual({ state: "done", attempts: 1 });
    expect(await square(3)).toEqual(expected);
    expect(runs).toBe(1);
    expect((await storage.list()).records.map(({ storageKey }) => storageKey)).toEqual([calls[0]!.key]);
    await store.close();
  });

  test("whose result is there is done at once, and nothing is submitted", async () => {
    const scheduler = new ScriptedScheduler(undefined);
    const store = createStore({ scheduler });
    const double = task((x: number) => 2 * x, { name: "double", version: "1", store });
    await double(4);
    const call = await defer(double, 4);
    expect(await call.result()).toBe(8);
    expect(await call.status()).toEqual({ state: "done", attempts: 0 });
    expect(scheduler.jobs).toEqual([]);
  });

  test("hands over its parameters as a record under a key of the call's own, which expires", async () => {
    const scheduler = new ScriptedScheduler({ state: "pending", attempts: 0 });
    const store = createStore({ scheduler });
    const args = [{ city: "Oslo", when: new Date(5) }, new Uint8Array([1, 2])];
    const key = "maps/oslo";
    for (let i = 0; i < 2; i++) await deferByName({ store, task: "maps", key, args });
    expect(scheduler.jobs).toMatchObject([
      { task: "maps", key },
      { task: "maps", key },
    ]);
    const record = await ResultRecord.deserialize(scheduler.jobs[1]!.parameters, { key: parametersKeyOf(key) });
    expect(record.result).toEqual(args);
    expect(record.expiration!.getTime()).toBeGreaterThan(Date.now() + 86_400_000);
  });

  test("can't be without somebody who does it, without a key, or with what can't be carried", async () => {
    const scheduler = new ScriptedScheduler(undefined);
    const call = { task: "draw", key: "draw/1", args: [] };
    await expect(task(() => 1, { name: "draw", version: "1", store: createStore() }).defer([])).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(/^[^\n]*remote[^\n]*MemoryTaskScheduler/) as string,
    });
    const store = createStore({ scheduler });
    await expect(deferByName({ ...call, store, key: undefined })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('"draw"') as string,
    });
    const args = [{ draw: () => 1 }];
    await expect(deferByName({ ...call, store, args })).rejects.toMatchObject({ code: "SERIALIZATION" });
    expect(scheduler.jobs).toEqual([]);
  });

  test("that fails is tried again, and its result is had all the same", async () => {
    const { define } = createWorld();
    let runs = 0;
    const flaky = define("flaky", async (x: number) => {
      if (++runs < 3) throw new RangeError(`not yet: ${runs}`);
      return x;
    });
    const call = await defer(flaky, 7);
    expect(await call.result()).toBe(7);
    expect(await call.status()).toEqual({ state: "done", attempts: 3 });
  });

  test("that fails for good rejects with the error of the last try, and is begun anew when it is deferred again", async () => {
    const { define, storage } = createWorld({ maxAttempts: 2 });
    let isBroken = true;
    const broken = define("broken", async (x: number) => {
      if (isBroken) throw new RangeError("too big");
      return x;
    });
    const call = await defer(broken, 7);
    await expect(call.result()).rejects.toMatchObject({
      name: "TaskFailedError",
      code: "TASK_FAILED",
      key: call.key,
      message: 'The deferred task "broken" failed for good after 2 tries; the last one: RangeError: too big',
    });
    expect(await call.status()).toMatchObject({ state: "failed", error: { name: "RangeError", message: "too big" } });
    expect((await storage.list()).records).toEqual([]);
    isBroken = false;
    expect(await (await defer(broken, 7)).result()).toBe(7);
    expect(await call.result()).toBe(7);
  });

  test("that throws a NonRetryableError is not tried again, and is begun anew when it is deferred again", async () => {
    const { define } = createWorld();
    let runs = 0;
    const find = define("find", async (city: string) => {
      if (++runs === 1) throw new NonRetryableError(`There is no city named ${city}`);
      return city;
    });
    const call = await defer(find, "Atlantis");
    await expect(call.result()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message:
        'The deferred task "find" failed for good after 1 try; the last one: NonRetryableError: There is no city named Atlantis',
    });
    expect(await call.status()).toMatchObject({ state: "failed", attempts: 1, error: { name: "NonRetryableError" } });
    expect(await (await defer(find, "Atlantis")).result()).toBe("Atlantis");
    expect(runs).toBe(2);
  });

  test("is given up by who waits after a timeout or by a signal, and goes on", async () => {
    const { define } = createWorld();
    let finish: (() => void) | undefined;
    const slow = define("slow", () => new Promise<string>((resolve) => (finish = () => resolve("done"))));
    const call = await defer(slow);
    await expect(call.result({ timeout: 1 })).rejects.toMatchObject({
      name: "ResultTimeoutError",
      code: "RESULT_TIMEOUT",
      key: call.key,
      message: 'The deferred task "slow" had no result within 1 ms. It goes on: call result() again',
    });
    await expect(call.result({ timeout: "soon" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const controller = new AbortController();
    const waiting = call.result({ signal: controller.signal });
    controller.abort(new Error("never mind"));
    await expect(waiting).rejects.toThrow("never mind");
    await expect(call.result({ signal: controller.signal })).rejects.toThrow("never mind");
    await eventually(() => finish !== undefined, "it has not begun");
    expect(await call.status()).toMatchObject({ state: "running" });
    finish!();
    expect(await call.result()).toBe("done");
  });

  test("is waited for through lost connections, and through a scheduler that forgot it", async () => {
    const lost = new StorageUnreachableError("gone for a moment");
    const scheduler = new ScriptedScheduler(lost, { state: "pending", attempts: 0 }, lost, undefined, {
      state: "done",
      attempts: 1,
    });
    const store = createStore({ scheduler });
    const call = await deferByName({ store, task: "draw", key: "draw/1", args: [1] });
    const waiting = call.result();
    await eventually(() => scheduler.jobs.length === 2, "it was not handed over again");
    await store.write("draw/1", "a map");
    expect(await waiting).toBe("a map");
    expect(new Set(scheduler.waits)).toEqual(new Set([10_000]));
  });

  test("is no part of the transaction that it is deferred in", async () => {
    const { store, define } = createWorld();
    const one = define("one", () => "kept");
    let call: DeferredCall<string> | undefined;
    const around = transaction({ store }, async () => {
      call = await defer(one);
      expect(await call.result()).toBe("kept");
      throw new Error("roll back");
    });
    await expect(around).rejects.toThrow("roll back");
    expect((await store.read(call!.key))?.result).toBe("kept");
  });

  test("is read past copies that have not heard of it", async () => {
    class LaggingStorage extends MemoryStorage {
      override async read(...args: Parameters<MemoryStorage["read"]>) {
        return args[1]?.fresh ? super.read(...args) : undefined;
      }
    }
    const resultStorage = new LaggingStorage();
    const scheduler = new ScriptedScheduler({ state: "done", attempts: 1 });
    const store = createStore({ resultStorage, scheduler });
    const call = await deferByName({ store, task: "draw", key: "draw/1", args: [1] });
    await createStore({ resultStorage }).write("draw/1", "a map");
    expect(await call.result()).toBe("a map");
  });

  test("rejects with any other trouble of whom it asks", async () => {
    const store = createStore({ scheduler: new ScriptedScheduler(new StorageError("no")) });
    const call = await deferByName({ store, task: "draw", key: "draw/1", args: [1] });
    await expect(call.result()).rejects.toMatchObject({ code: "STORAGE" });
    await expect(call.status()).rejects.toMatchObject({ code: "STORAGE" });
  });

  test("a page that computes the same meanwhile and the run don't overlap", async () => {
    const { define } = createWorld();
    let running = 0;
    const overlaps: number[] = [];
    const slow = define("slow", async (x: number) => {
      overlaps.push(++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return x;
    });
    const [call, value] = await Promise.all([defer(slow, 1), slow(1)]);
    expect([value, await call.result()]).toEqual([1, 1]);
    expect(overlaps).toEqual([1]);
  });
});

describe("a scheduler in memory", () => {
  const parameters = async (key: string, args: unknown) =>
    createStore()
      .createResultRecord(args, { key: parametersKeyOf(key) })
      .serialize();

  test("refuses a task that it doesn't know, and says which it knows", async () => {
    const { scheduler, define } = createWorld();
    define("one", () => 1);
    define("two", () => 2);
    const job = { task: "three", key: "three/1", parameters: await parameters("three/1", []) };
    await expect(scheduler.submit(job)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'There is no task "three" here; registered are: "one", "two"',
    });
    expect(await scheduler.inspect("three/1")).toBeUndefined();
  });

  test("refuses a key that isn't the task's own for these parameters", async () => {
    const { scheduler, define } = createWorld();
    const one = define("one", (x: number) => x);
    const key = (await one.cacheKey([1]))!;
    for (const wrong of ["anything", (await one.cacheKey([2]))!]) {
      const job = { task: "one", key: wrong, parameters: await parameters(wrong, [1]) };
      await expect(scheduler.submit(job)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        key: wrong,
        message: expect.stringContaining("version") as string,
      });
    }
    const job = { task: "one", key, parameters: await parameters(key, { 0: 1 }) };
    await expect(scheduler.submit(job)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("refuses parameters that are no record, or one of another call", async () => {
    const { scheduler, define } = createWorld();
    const key = (await define("one", (x: number) => x).cacheKey([1]))!;
    for (const bytes of [new Uint8Array([1, 2, 3]), await parameters("other", [1])]) {
      const refused = scheduler.submit({ task: "one", key, parameters: bytes });
      await expect(refused).rejects.toMatchObject({ code: "CORRUPT_RECORD" });
    }
  });

  test("tries again where a result could not be kept, and not where it never can be", async () => {
    class FailingStorage extends MemoryStorage {
      failures = 2;
      override async write(...args: Parameters<MemoryStorage["write"]>) {
        if (this.failures-- > 0) throw new StorageError("no room for the moment");
        return super.write(...args);
      }
    }
    const resultStorage = new FailingStorage();
    const tasks: Task<never, unknown>[] = [];
    const scheduler = new MemoryTaskScheduler({ tasks: () => tasks, firstDelay: 1 });
    const store = createStore({ resultStorage, lockManager: new MemoryLockManager(), scheduler });
    const one = task(() => 1, { name: "one", version: "1", store });
    const never = task((): unknown => () => 1, { name: "never", version: "1", store });
    tasks.push(one, never);
    const call = await defer(one);
    expect(await call.result()).toBe(1);
    expect(await call.status()).toEqual({ state: "done", attempts: 3 });
    const lost = await defer(never);
    await expect(lost.result()).rejects.toMatchObject({ code: "TASK_FAILED" });
    expect(await lost.status()).toMatchObject({ state: "failed", attempts: 1, error: { name: "SerializationError" } });
  });

  test("has not done a call before its result is kept, also where callers are answered earlier", async () => {
    let open: (() => void) | undefined;
    class SlowStorage extends MemoryStorage {
      override async write(...args: Parameters<MemoryStorage["write"]>) {
        await new Promise<void>((resolve) => (open = resolve));
        return super.write(...args);
      }
    }
    const tasks: Task<never, unknown>[] = [];
    const scheduler = new MemoryTaskScheduler({ tasks: () => tasks });
    const resultStorage = new SlowStorage();
    const store = createStore({
      resultStorage,
      lockManager: new MemoryLockManager(),
      scheduler,
      waitUntil: () => {},
    });
    const one = task(() => 1, { name: "one", version: "1", store });
    tasks.push(one);
    const call = await defer(one);
    await eventually(() => open !== undefined, "nothing is written");
    expect(await scheduler.inspect(call.key, { wait: 20 })).toEqual({ state: "running", attempts: 1 });
    open!();
    expect(await call.result()).toBe(1);
  });

  test("waits for whoever holds the lock, which counts as no try", async () => {
    const { store, define } = createWorld();
    const one = define("one", () => 1);
    const key = (await one.cacheKey([]))!;
    const grant = (await store.acquireLock(key))!;
    const call = await defer(one);
    await expect(call.result({ timeout: 50 })).rejects.toMatchObject({ code: "RESULT_TIMEOUT" });
    await store.releaseLock(key, grant);
    expect(await call.result()).toBe(1);
    expect(await call.status()).toEqual({ state: "done", attempts: 1 });
  });

  test("forgets what has ended long ago", async () => {
    const { scheduler, define } = createWorld({ memory: 0 });
    const one = define("one", (x: number) => x);
    const call = await defer(one, 1);
    expect(await call.result()).toBe(1);
    await eventually(async () => {
      await (await defer(one, Math.random())).result();
      return (await scheduler.inspect(call.key)) === undefined;
    }, "it is still known");
    expect(await call.status()).toEqual({ state: "done", attempts: 0 });
  });

  test.each([
    ["no tasks", [{}]],
    ["functions", [() => 1]],
    ["two of one name", [task(() => 1, { name: "a" }), task(() => 2, { name: "a" })]],
    ["no list", "tasks"],
  ])("refuses %s", (_, tasks) => {
    const make = () => new MemoryTaskScheduler({ tasks: tasks as never });
    expect(make).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
  });
});
