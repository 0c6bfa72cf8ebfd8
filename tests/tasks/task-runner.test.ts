import {
  abortAllDurableObjects,
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { NonRetryableError as WorkflowError } from "cloudflare:workflows";
import { describe, expect, test } from "vitest";
import { parametersKeyOf } from "../../src/core/deferred/job-parameters.ts";
import { encodeRecord } from "../../src/core/record/record-format.ts";
import { createResultStore } from "../../workers/edge.ts";
import { DurableObjectTaskScheduler } from "../../src/edge/durable-objects/durable-object-task-scheduler.ts";
import { NonRetryableError } from "../../src/errors/index.ts";
import { eventually } from "../../src/testing/cases/wait-for.ts";
import { createTaskConsumer } from "../../workers/jobs/task-consumer.ts";
import type { LockRow } from "../../workers/locks/lock-row.ts";
import { runsOf, scripted } from "./tasks.ts";
import { ended, env, Gate, scheduler, scriptedJob, store } from "./world.ts";

const begun = (id: string, count = 1) => eventually(() => runsOf(id).length >= count, "the run has not begun");
const record = async (key: string) => (await store.read(key))?.result;

/** As after the lease of a holder that is gone. */
async function endLease(key: string): Promise<void> {
  await runInDurableObject(env.RESULT_LOCKS.getByName(key), (_, { storage }) => {
    const row = storage.kv.get<LockRow>("lock");
    if (row) storage.kv.put("lock", { ...row, expiresAt: Date.now() });
  });
  await evictDurableObject(env.RESULT_LOCKS.getByName(key));
}

describe("a job", () => {
  test("is run, its result is kept, and nothing is left of its parameters", async () => {
    const job = await scriptedJob(() => ({ at: new Date(5) }));
    expect(await scheduler.submit(job)).toMatchObject({ state: "pending", attempts: 0 });
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
    expect(await record(job.key)).toEqual({ at: new Date(5) });
    await eventually(async () => !(await store.exists(parametersKeyOf(job.key))), "the parameters are still there");
  });

  test("that is submitted many times is one run", async () => {
    const gate = new Gate();
    const job = await scriptedJob(() => gate.pass());
    await Promise.all(Array.from({ length: 20 }, () => scheduler.submit(job)));
    await begun(job.id);
    await runDurableObjectAlarm(env.TASK_RUNNER.getByName(job.key));
    expect(await scheduler.submit(job)).toEqual({ state: "running", attempts: 1 });
    gate.open();
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
    expect(runsOf(job.id)).toHaveLength(1);
  });

  test("that fails is tried again, each time later, and one after the other", async () => {
    const job = await scriptedJob((attempt) => {
      if (attempt < 3) throw new RangeError(`no ${attempt}`);
      return attempt;
    });
    await scheduler.submit(job);
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 3 });
    const [first, second, third] = runsOf(job.id);
    expect(second!.began - first!.ended!).toBeGreaterThanOrEqual(20);
    expect(third!.began - second!.ended!).toBeGreaterThanOrEqual(40);
    expect(await record(job.key)).toBe(3);
  });

  test("that fails for good keeps the error of its last try, and is begun anew when it is submitted again", async () => {
    let isBroken = true;
    const job = await scriptedJob((attempt) => {
      if (isBroken) throw new RangeError(`no ${attempt}`);
      return "at last";
    });
    await scheduler.submit(job);
    const status = { state: "failed", attempts: 3, error: { name: "RangeError", message: "no 3" } };
    expect(await ended(job.key)).toEqual(status);
    await evictDurableObject(env.TASK_RUNNER.getByName(job.key));
    expect(await scheduler.inspect(job.key)).toEqual(status);
    expect(await store.exists(parametersKeyOf(job.key))).toBe(false);
    isBroken = false;
    expect(await scheduler.submit(job)).toMatchObject({ state: "pending", attempts: 0 });
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
  });

  test.for([
    ["reprise", () => new NonRetryableError("There is no such city")],
    ["cloudflare:workflows", () => new WorkflowError("There is no such city")],
  ] as const)("that throws a NonRetryableError of %s fails at once", async ([, createError]) => {
    const job = await scriptedJob(() => {
      throw createError();
    });
    await scheduler.submit(job);
    expect(await ended(job.key)).toEqual({
      state: "failed",
      attempts: 1,
      error: { name: "NonRetryableError", message: "There is no such city" },
    });
    expect(runsOf(job.id)).toHaveLength(1);
  });

  test("whose result somebody else has kept meanwhile is done without a run", async () => {
    const job = await scriptedJob(() => "never");
    const grant = (await store.acquireLock(job.key))!;
    await scheduler.submit(job);
    await store.write(job.key, "theirs", { holder: grant.holder });
    await store.releaseLock(job.key, grant);
    expect(await ended(job.key)).toMatchObject({ state: "done" });
    expect(runsOf(job.id)).toHaveLength(0);
    expect(await record(job.key)).toBe("theirs");
  });

  test("waits for whoever computes the same", async () => {
    const job = await scriptedJob(() => "mine");
    const grant = (await store.acquireLock(job.key))!;
    await scheduler.submit(job);
    expect(await scheduler.inspect(job.key, { wait: 100 })).toMatchObject({ state: "running" });
    expect(runsOf(job.id)).toHaveLength(0);
    await store.releaseLock(job.key, grant);
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 1 });
  });

  test("is forgotten once it has ended long ago, and costs nothing then", async () => {
    const job = await scriptedJob(() => 1);
    await scheduler.submit(job);
    await ended(job.key);
    const runner = env.TASK_RUNNER.getByName(job.key);
    await runInDurableObject(runner, (_, { storage }) => {
      storage.kv.put("job", { ...storage.kv.get<object>("job"), endedAt: Date.now() - 86_400_000 });
    });
    await evictDurableObject(runner);
    expect(await runDurableObjectAlarm(runner)).toBe(true);
    expect(await scheduler.inspect(job.key)).toBeUndefined();
    const left = await runInDurableObject(runner, async (_, { storage }) => [
      [...storage.kv.list()],
      await storage.getAlarm(),
    ]);
    expect(left).toEqual([[], null]);
  });
});

test("other runners and other callers of the same key don't compute beside a run", async () => {
  const queued = new DurableObjectTaskScheduler(env.QUEUED_RUNNER);
  const job = await scriptedJob(async () => {
    // long enough for all to come across each other
    await new Promise((resolve) => setTimeout(resolve, 200));
    return crypto.randomUUID();
  });
  const results = Promise.all([
    scripted(job.id),
    scheduler.submit(job).then(async () => (await ended(job.key), record(job.key))),
    queued.submit(job).then(async () => (await ended(job.key, queued), record(job.key))),
    scripted.withOptions({ store })(job.id),
  ]);
  expect(new Set(await results).size).toBe(1);
  expect(runsOf(job.id)).toHaveLength(1);
});

describe("parameters", () => {
  /** A job that has been taken, and waits for a lock until `change` is done. */
  async function changeParameters(change: (place: string) => Promise<unknown>) {
    const job = await scriptedJob(() => 1);
    const grant = (await store.acquireLock(job.key))!;
    await scheduler.submit(job);
    await change(parametersKeyOf(job.key));
    await store.releaseLock(job.key, grant);
    const status = await ended(job.key);
    expect(runsOf(job.id)).toHaveLength(0);
    return status;
  }

  test("that are gone when they are needed fail the job at once", async () => {
    expect(await changeParameters((place) => store.delete(place))).toMatchObject({
      state: "failed",
      attempts: 1,
      error: { name: "RecordNotFoundError", message: expect.stringContaining("parameters") as string },
    });
  });

  test("aren't asked for where the result is there", async () => {
    const job = await scriptedJob(() => 1);
    const grant = (await store.acquireLock(job.key))!;
    await scheduler.submit(job);
    await store.delete(parametersKeyOf(job.key));
    await store.write(job.key, "kept before the crash", { holder: grant.holder });
    await store.releaseLock(job.key, grant);
    expect(await ended(job.key)).toMatchObject({ state: "done" });
  });

  test("that are damaged fail it at once", async () => {
    const damage = async (place: string) => {
      const { customMetadata = {} } = (await env.RESULTS_R2.head(place))!;
      await env.RESULTS_R2.put(place, new Uint8Array([1, 2, 3]), { customMetadata });
    };
    expect(await changeParameters(damage)).toMatchObject({
      state: "failed",
      attempts: 1,
      error: { name: "CorruptRecordError" },
    });
  });

  test("of a serializer that the Worker doesn't know fail it at once", async () => {
    const unknown = async (place: string) => {
      const metadata = {
        storageKey: place,
        createdAt: new Date(),
        serializer: { type: "pickle" },
        libraryVersion: "9",
      };
      const { bytes } = encodeRecord(metadata, new Uint8Array([1]));
      await store.resultStorage.write(place, bytes, { metadata: { ...metadata, size: 1 } });
    };
    expect(await changeParameters(unknown)).toMatchObject({
      state: "failed",
      attempts: 1,
      error: { name: "UnsupportedRecordError", message: expect.stringContaining("pickle") as string },
    });
  });
});

describe("a runner that is lost", () => {
  test("between two tries goes on with the next one", async () => {
    const job = await scriptedJob((attempt) => {
      if (attempt < 2) throw new Error("no");
      return attempt;
    });
    await scheduler.submit(job);
    await begun(job.id);
    await evictDurableObject(env.TASK_RUNNER.getByName(job.key));
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 2 });
  });

  test("in the middle of a run is found again: that was a try, and the next one begins only after the lease", async () => {
    const gate = new Gate();
    const job = await scriptedJob(async (attempt) => {
      if (attempt === 1) await gate.pass();
      return attempt;
    });
    await scheduler.submit(job);
    await begun(job.id);
    await abortAllDurableObjects();
    expect(await scheduler.inspect(job.key)).toMatchObject({ state: "running", attempts: 1 });
    const runner = env.TASK_RUNNER.getByName(job.key);
    const alarm = await runInDurableObject(runner, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeLessThanOrEqual(Date.now() + 30_000);
    expect(await runDurableObjectAlarm(runner)).toBe(true);
    expect(await scheduler.inspect(job.key)).toMatchObject({ attempts: 1, error: { name: "InterruptedError" } });
    await eventually(async () => (await scheduler.inspect(job.key))?.state === "running", "it was not taken up again");
    expect(runsOf(job.id)).toHaveLength(1);
    await endLease(job.key);
    expect(await ended(job.key)).toEqual({ state: "done", attempts: 2 });
    expect(await record(job.key)).toBe(2);
    expect(runsOf(job.id)).toHaveLength(2);
    gate.open();
  });
});

test("a run that never ends is stopped, and counts as a try", async () => {
  const hasty = new DurableObjectTaskScheduler(env.HASTY_RUNNER);
  const gate = new Gate();
  const job = await scriptedJob(async (attempt) => {
    if (attempt === 1) await gate.pass();
    return attempt;
  });
  await hasty.submit(job);
  await begun(job.id);
  const runner = () => env.HASTY_RUNNER.getByName(job.key);
  const stopped = await runner()
    .run()
    .then(String, (error: unknown) => String(error));
  expect(stopped).toContain('"scripted" took longer than 2000 ms');
  expect(await runDurableObjectAlarm(runner())).toBe(true);
  expect(await hasty.inspect(job.key)).toMatchObject({ attempts: 1, error: { name: "InterruptedError" } });
  await endLease(job.key);
  expect(await ended(job.key, hasty)).toEqual({ state: "done", attempts: 2 });
  expect(runsOf(job.id)).toHaveLength(2);
  gate.open();
});

describe("with a queue", () => {
  const queued = new DurableObjectTaskScheduler(env.QUEUED_RUNNER);

  test("calls go through it, are tried again through it, and the last error stays", async () => {
    const flaky = await scriptedJob((attempt) => {
      if (attempt < 2) throw new Error("no");
      return attempt;
    });
    const broken = await scriptedJob(() => {
      throw new RangeError("never");
    });
    await Promise.all([queued.submit(flaky), queued.submit(broken)]);
    expect(await ended(flaky.key, queued)).toEqual({ state: "done", attempts: 2 });
    expect(await ended(broken.key, queued)).toEqual({
      state: "failed",
      attempts: 3,
      error: { name: "RangeError", message: "never" },
    });
    expect(await record(flaky.key)).toBe(2);
    expect(runsOf(broken.id)).toHaveLength(3);
  });

  test("a message that comes twice is one run, and one that means nothing here goes to the dead letters", async () => {
    const gate = new Gate();
    const job = await scriptedJob(() => gate.pass());
    await queued.submit(job);
    await begun(job.id);
    const now = new Date();
    const body = { task: job.task, key: job.key };
    const batch = createMessageBatch("any", [
      { id: "1", timestamp: now, attempts: 1, body },
      { id: "2", timestamp: now, attempts: 1, body },
      { id: "3", timestamp: now, attempts: 1, body: "what?" as unknown },
      { id: "4", timestamp: now, attempts: 1, body: { task: "scripted", key: `none/${job.id}` } },
    ]);
    const consume = createTaskConsumer<typeof env>({ runner: ({ QUEUED_RUNNER }) => QUEUED_RUNNER });
    const consumed = consume(batch, env);
    gate.open();
    await consumed;
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    expect(explicitAcks.sort()).toEqual(["1", "2", "4"]);
    expect(retryMessages).toMatchObject([{ msgId: "3" }]);
    expect(await ended(job.key, queued)).toEqual({ state: "done", attempts: 1 });
    expect(runsOf(job.id)).toHaveLength(1);
  });

  test("a call that nobody took out of it is sent again", async () => {
    const job = await scriptedJob(() => 1);
    await queued.submit(job);
    await ended(job.key, queued);
    const runner = env.QUEUED_RUNNER.getByName(job.key);
    await runInDurableObject(runner, (_, { storage }) => {
      storage.kv.put("job", { task: job.task, key: job.key, state: "pending", attempts: 0, nextAttemptAt: Date.now() });
    });
    await evictDurableObject(runner);
    expect(await runDurableObjectAlarm(runner)).toBe(true);
    expect(await ended(job.key, queued)).toMatchObject({ state: "done" });
  });
});

test("a Worker without the objects says how to add them", async () => {
  const bare = createResultStore({ env: { ...env, TASK_RUNNER: undefined } });
  const call = { store: bare, argumentsStore: bare, task: "double", key: "key", args: [1], refresh: false };
  await expect(bare.scheduler!.defer(call)).rejects.toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringMatching(/TASK_RUNNER[^]*new_sqlite_classes[^]*createTaskRunner/) as string,
  });
  expect(await scheduler.inspect("key")).toBeUndefined();
});
