import { expect, test } from "vitest";
import type { DeferredJob } from "../../../src/core/deferred/job-scheduler.ts";
import { DurableObjectTaskScheduler } from "../../../src/edge/durable-objects/durable-object-task-scheduler.ts";
import type { TaskRunnerStub } from "../../../src/edge/bindings/task-runner-namespace.ts";

// Real objects are in tests/tasks; these do what can't be had of one at will.

const job: DeferredJob = { task: "draw", key: "draw/1", parameters: new Uint8Array([1]) };

function schedulerOver(...stubs: Partial<TaskRunnerStub>[]) {
  const asked: string[] = [];
  const scheduler = new DurableObjectTaskScheduler({
    getByName: (name) => {
      asked.push(name);
      return (stubs.length > 1 ? stubs.shift() : stubs[0]) as TaskRunnerStub;
    },
  });
  return { scheduler, asked };
}

const fail = (flags: object) => async () => {
  throw Object.assign(new Error("the object was moved"), flags);
};

test("an object that computes and answers nothing is one that runs, and nobody is kept waiting by it", async () => {
  const { scheduler } = schedulerOver({ inspect: () => new Promise(() => {}) });
  expect(await scheduler.inspect("draw/1", { wait: 10 })).toEqual({ state: "running", attempts: 1 });
});

test("a call that failed on the way is made again, of another stub", async () => {
  const status = { state: "pending", attempts: 0 } as const;
  const lost = { submit: fail({ durableObjectReset: true }), inspect: fail({ retryable: true }) };
  const submitting = schedulerOver(lost, { submit: async () => ({ status }) });
  expect(await submitting.scheduler.submit(job)).toEqual(status);
  const inspecting = schedulerOver(lost, { inspect: async () => status });
  expect(await inspecting.scheduler.inspect("draw/1")).toEqual(status);
  expect([submitting.asked, inspecting.asked]).toEqual([
    ["draw/1", "draw/1"],
    ["draw/1", "draw/1"],
  ]);
});

test("what an object can't be asked is said, with its key", async () => {
  const { scheduler, asked } = schedulerOver({ submit: fail({ overloaded: true }), inspect: fail({}) });
  await expect(scheduler.submit(job)).rejects.toMatchObject({ code: "STORAGE", key: "draw/1" });
  await expect(scheduler.inspect("draw/1")).rejects.toMatchObject({ code: "STORAGE", key: "draw/1" });
  expect(asked).toHaveLength(2);
});

test.each(["CONFIGURATION", "CORRUPT_RECORD", "INVALID_ARGUMENT", "UNSUPPORTED_RECORD"])(
  "a refusal is the error that it tells of: %s",
  async (code) => {
    const refusal = { code, message: "not here", key: "draw/1" };
    const { scheduler } = schedulerOver({ submit: async () => ({ refusal }) });
    await expect(scheduler.submit(job)).rejects.toMatchObject(refusal);
  },
);

test("what can't be meant is not asked, and a signal ends the waiting", async () => {
  const { scheduler, asked } = schedulerOver({ inspect: () => new Promise(() => {}) });
  await expect(scheduler.submit({ ...job, key: "" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(scheduler.inspect("draw/1", { wait: 10_001 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  const signal = AbortSignal.abort(new Error("never mind"));
  await expect(scheduler.submit(job, { signal })).rejects.toThrow("never mind");
  await expect(scheduler.inspect("draw/1", { signal })).rejects.toThrow("never mind");
  expect(asked).toEqual([]);
  const controller = new AbortController();
  const waiting = scheduler.inspect("draw/1", { wait: 10_000, signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});
