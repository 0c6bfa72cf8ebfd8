import { expect, test } from "vitest";
import { JobKeeper, runCheck } from "../../../src/core/deferred/job-keeper.ts";
import type { JobState, RunOutcome } from "../../../src/core/deferred/job-state.ts";
import { resolveRetryOptions } from "../../../src/core/deferred/retries.ts";
import type { DeferredJob } from "../../../src/core/deferred/job-scheduler.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";

const job: DeferredJob = { task: "double", key: "double/1", parameters: new Uint8Array([1]) };
const retries = resolveRetryOptions({ maxAttempts: 3, firstDelay: 1_000, maxDelay: 60_000, memory: 100_000 });
const done: RunOutcome = { end: "done" };
const failed: RunOutcome = { end: "failed", error: new Error("no"), isLasting: false };

/** A runtime whose clock and alarm a test sets, and whose tries end when it says so. */
class Runtime {
  now = 1_000;
  state: JobState | undefined;
  alarm: number | undefined;
  parameters: Uint8Array | undefined;
  runs = 0;
  refusal: Error | undefined;
  #end: ((outcome: RunOutcome) => void) | undefined;
  keeper = this.start();

  /** Over what was saved, as after a crash. */
  start(): JobKeeper {
    return (this.keeper = new JobKeeper({
      state: this.state,
      retries,
      now: () => this.now,
      save: async (state) => void (this.state = state),
      wakeAt: async (time) => void (this.alarm = time),
      accept: async ({ parameters }) => {
        if (this.refusal) throw this.refusal;
        this.parameters = parameters;
      },
      run: () => {
        this.runs++;
        return new Promise((resolve) => (this.#end = resolve));
      },
      forgetParameters: async () => void (this.parameters = undefined),
    }));
  }

  /** The next run, begun by the alarm. Its end is for the test to say. */
  async begin(): Promise<{ end: (outcome: RunOutcome) => Promise<void> }> {
    const before = this.runs;
    this.now = this.alarm!;
    const run = this.keeper.run();
    await eventually(() => this.runs > before, "no run has begun");
    return {
      end: async (outcome) => {
        this.#end!(outcome);
        await run;
      },
    };
  }
}

test("a job is accepted, run when it is due, and its parameters are forgotten with its end, itself later", async () => {
  const runtime = new Runtime();
  expect(await runtime.keeper.submit(job)).toEqual({ state: "pending", attempts: 0, nextAttemptAt: 1_000 });
  expect([runtime.alarm, runtime.parameters]).toEqual([1_000, job.parameters]);
  const run = await runtime.begin();
  expect(runtime.state).toMatchObject({ state: "running", attempts: 1 });
  await run.end(done);
  expect(runtime.state).toMatchObject({ state: "done", attempts: 1 });
  expect([runtime.alarm, runtime.parameters]).toEqual([101_000, undefined]);
  runtime.now = 101_000;
  expect(await runtime.keeper.tend()).toBe(false);
  expect([runtime.state, runtime.keeper.status]).toEqual([undefined, undefined]);
});

test("many submissions and many wakings are one run", async () => {
  const runtime = new Runtime();
  await Promise.all(Array.from({ length: 20 }, () => runtime.keeper.submit(job)));
  const run = await runtime.begin();
  const others = Array.from({ length: 20 }, () => runtime.keeper.run());
  expect(await runtime.keeper.submit(job)).toMatchObject({ state: "running", attempts: 1 });
  expect(await runtime.keeper.tend()).toBe(false);
  expect(runtime.alarm).toBe(runtime.now + runCheck);
  await run.end(done);
  for (const status of await Promise.all(others)) expect(status).toEqual({ state: "done", attempts: 1 });
  expect(runtime.runs).toBe(1);
});

test("a job that isn't due is not run", async () => {
  const runtime = new Runtime();
  await runtime.keeper.submit(job);
  await (await runtime.begin()).end(failed);
  expect(await runtime.keeper.run()).toMatchObject({ state: "pending", attempts: 1 });
  expect(runtime.runs).toBe(1);
  expect(runtime.alarm).toBe(runtime.state?.nextAttemptAt);
});

test("after the last try it has failed with the error to be read; submitted again it is begun anew", async () => {
  const runtime = new Runtime();
  await runtime.keeper.submit(job);
  for (let i = 0; i < 3; i++) await (await runtime.begin()).end(failed);
  const status = { state: "failed", attempts: 3, error: { name: "Error", message: "no" } };
  expect(await runtime.keeper.inspect({ wait: 10_000 })).toEqual(status);
  expect(runtime.parameters).toBeUndefined();
  expect(await runtime.keeper.submit(job)).toMatchObject({ state: "pending", attempts: 0 });
  await (await runtime.begin()).end(done);
  expect(runtime.keeper.status).toEqual({ state: "done", attempts: 1 });
});

test("a run that is lost with its runtime counts as a try, and is run again after it", async () => {
  const runtime = new Runtime();
  await runtime.keeper.submit(job);
  await runtime.begin();
  const keeper = runtime.start();
  expect(keeper.status).toMatchObject({ state: "running" });
  expect(runtime.alarm).toBe(runtime.now + runCheck);
  runtime.now = runtime.alarm!;
  expect(await keeper.run()).toMatchObject({ state: "pending", attempts: 1, error: { name: "InterruptedError" } });
  expect(runtime.runs).toBe(1);
  await (await runtime.begin()).end(done);
  expect(keeper.status).toEqual({ state: "done", attempts: 2 });
});

test("runs that take the runtime with them each time fail for good in the end", async () => {
  const runtime = new Runtime();
  await runtime.keeper.submit(job);
  for (let i = 0; i < 3; i++) {
    await runtime.begin();
    runtime.start();
    runtime.now = runtime.alarm!;
    await runtime.keeper.tend();
  }
  expect(runtime.keeper.status).toMatchObject({ state: "failed", attempts: 3, error: { name: "InterruptedError" } });
  expect(runtime.parameters).toBeUndefined();
});

test("who waits is told as soon as it has ended, and not before", async () => {
  const runtime = new Runtime();
  expect(await runtime.keeper.inspect({ wait: 10_000 })).toBeUndefined();
  await runtime.keeper.submit(job);
  let told = false;
  const waiting = runtime.keeper.inspect({ wait: 10_000 }).finally(() => (told = true));
  await (await runtime.begin()).end(failed);
  const run = await runtime.begin();
  expect(told).toBe(false);
  expect(await runtime.keeper.inspect({ wait: 1 })).toMatchObject({ state: "running", attempts: 2 });
  await run.end(done);
  expect(await waiting).toEqual({ state: "done", attempts: 2 });
  await runtime.keeper.submit(job);
  const signal = AbortSignal.abort("gone");
  await expect(runtime.keeper.inspect({ wait: 10_000, signal })).rejects.toBe("gone");
});

test("a job that isn't accepted leaves nothing behind", async () => {
  const runtime = new Runtime();
  runtime.refusal = new Error("not here");
  await expect(runtime.keeper.submit(job)).rejects.toThrow("not here");
  expect([runtime.state, runtime.alarm, runtime.keeper.status]).toEqual([undefined, undefined, undefined]);
});

test("parameters of a submission outlive the end of the job before, which forgets its own", async () => {
  const runtime = new Runtime();
  await runtime.keeper.submit(job);
  const run = await runtime.begin();
  const again = { ...job, parameters: new Uint8Array([2]) };
  const [, status] = await Promise.all([run.end(done), runtime.keeper.submit(again)]);
  if (status.state === "running") await runtime.keeper.submit(again);
  expect(runtime.keeper.status).toMatchObject({ state: "pending" });
  expect(runtime.parameters).toEqual(again.parameters);
});
