import { describe, expect, test } from "vitest";
import {
  begun,
  ended,
  forgettableFrom,
  interruption,
  isDue,
  isOpen,
  type JobState,
  type RunOutcome,
  statusOf,
  submitted,
} from "../../../src/core/deferred/job-state.ts";
import { resolveRetryOptions, retryDelay } from "../../../src/core/deferred/retries.ts";

const retries = resolveRetryOptions({ maxAttempts: 3, firstDelay: 100, maxDelay: 1_000, memory: 5_000 });
const job = { task: "double", key: "double/1", parameters: new Uint8Array() };
const trouble: RunOutcome = { end: "failed", error: new RangeError("too big"), isLasting: false };
const end = (state: JobState, outcome: RunOutcome, now = 1_000) => ended(state, outcome, { now, retries, chance: 0 });

test("a job is due at once, and is open until it is done", () => {
  const pending = submitted(job, 1_000);
  expect(statusOf(pending)).toEqual({ state: "pending", attempts: 0, nextAttemptAt: 1_000 });
  expect([isDue(pending, 999), isDue(pending, 1_000)]).toEqual([false, true]);
  const running = begun(pending);
  expect(statusOf(running)).toEqual({ state: "running", attempts: 1 });
  expect([isOpen(undefined), isOpen(pending), isOpen(running)]).toEqual([false, true, true]);
  expect(isDue(running, Infinity)).toBe(false);
  const done = end(running, { end: "done" });
  expect(statusOf(done)).toEqual({ state: "done", attempts: 1 });
  expect([isOpen(done), forgettableFrom(running, retries), forgettableFrom(done, retries)]).toEqual([
    false,
    undefined,
    6_000,
  ]);
});

test("a try that fails is followed by another, later each time, and after the last one the error stays to be read", () => {
  const error = { name: "RangeError", message: "too big" };
  const first = end(begun(submitted(job, 0)), trouble);
  expect(statusOf(first)).toEqual({ state: "pending", attempts: 1, error, nextAttemptAt: 1_100 });
  const second = end(begun(first), trouble);
  expect(statusOf(second)).toEqual({ state: "pending", attempts: 2, error, nextAttemptAt: 1_200 });
  expect(statusOf(begun(second))).toEqual({ state: "running", attempts: 3, error });
  const failed = end(begun(second), trouble);
  expect(statusOf(failed)).toEqual({ state: "failed", attempts: 3, error });
  expect([isOpen(failed), forgettableFrom(failed, retries)]).toEqual([false, 6_000]);
  expect(statusOf(submitted(failed as never, 7))).toEqual({ state: "pending", attempts: 0, nextAttemptAt: 7 });
});

test("tries are due at whole milliseconds, as alarms have them", () => {
  const running = begun(submitted(job, 1_000));
  for (let chance = 0; chance < 1; chance += 0.07) {
    const { nextAttemptAt } = ended(running, trouble, { now: 1_000, retries: { ...retries, firstDelay: 201 }, chance });
    expect(nextAttemptAt).toBe(Math.ceil(nextAttemptAt ?? 0));
  }
});

test("what no further try can help with fails at once", () => {
  expect(end(begun(submitted(job, 0)), { ...trouble, isLasting: true })).toMatchObject({
    state: "failed",
    attempts: 1,
  });
});

test("a try that never began counts as none, however often", () => {
  let state = submitted(job, 0);
  for (let i = 0; i < 10; i++) state = end(begun(state), { end: "postponed", delay: 50 });
  expect(statusOf(state)).toEqual({ state: "pending", attempts: 0, nextAttemptAt: 1_050 });
});

test("a try that was lost with its runtime counts, and says so", () => {
  expect(end(begun(submitted(job, 0)), interruption)).toMatchObject({
    state: "pending",
    attempts: 1,
    error: { name: "InterruptedError", message: "The runtime was stopped while the task ran" },
  });
});

test.each([
  ["text", "a text", { name: "Error", message: "a text" }],
  ["nothing", undefined, { name: "Error", message: "undefined" }],
  ["a nameless error", { message: "m" }, { name: "Error", message: "m" }],
  ["what can't be shown", Object.create(null), { name: "Error", message: "a object was thrown" }],
  ["a long message", new Error("x".repeat(5_000)), { name: "Error", message: `${"x".repeat(2_000)}…` }],
])("%s that was thrown is readable", (_, error, expected) => {
  expect(end(begun(submitted(job, 0)), { end: "failed", error, isLasting: true }).error).toEqual(expected);
});

describe("delays", () => {
  test("double up to the longest, with up to half as much by chance", () => {
    const delays = [1, 2, 3, 4, 5].map((attempts) => retryDelay(attempts, retries, 0));
    expect(delays).toEqual([100, 200, 400, 800, 1_000]);
    expect([retryDelay(1, retries, 0.5), retryDelay(1, retries, 1), retryDelay(5, retries, 1)]).toEqual([
      125, 150, 1_000,
    ]);
    expect(retryDelay(5_000, retries, 1)).toBe(1_000);
  });

  test.each([{ maxAttempts: 0 }, { maxAttempts: 1.5 }, { firstDelay: "soon" }, { maxDelay: -1 }, { memory: Infinity }])(
    "%j is refused",
    (options) => {
      expect(() => resolveRetryOptions(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    },
  );
});
