import { expect, test } from "vitest";
import type { Progress } from "../../../src/core/concurrency/progress.ts";
import type { LockLease, LockService, LockState } from "../../../src/core/remote-locks/lock-service.ts";
import { RemoteLockManager } from "../../../src/core/remote-locks/remote-lock-manager.ts";
import { eventually } from "../../../src/testing/cases/wait-for.ts";

// The contract is held over the real Durable Object, in workerd. Here the service does what a real one can't be made to do.

const lease: LockLease = { token: 7, expiresIn: 30_000, isConfirmed: true, takenOver: false };
const held: LockState = { isLocked: true, token: 7, isHolder: false, isLastHolder: false };
const free: LockState = { ...held, isLocked: false };

function locksWith(answers: Partial<LockService>): RemoteLockManager {
  return new RemoteLockManager({
    acquire: async () => lease,
    renew: async () => lease,
    release: async () => true,
    inspect: async () => held,
    wait: async () => free,
    ...answers,
  });
}

test("many reports in a row are two calls, one after another, and the last report is among them", async () => {
  const reports: number[] = [];
  let answer = () => {};
  const report: LockService["report"] = (_key, _holder, { fraction }) => {
    reports.push(fraction);
    return new Promise((resolve) => (answer = () => resolve(true)));
  };
  const locks = locksWith({ report });
  await locks.acquireLock("key", "a");
  for (let n = 1; n <= 100; n++) locks.reportProgress("key", "a", { fraction: n / 100 });
  expect(reports).toEqual([0.01]);
  answer();
  await eventually(() => reports.length === 2, "the last report is lost");
  expect(reports).toEqual([0.01, 1]);
});

test("nothing is reported after the release, nor to a service that passes no progress on, nor again after a failure", async () => {
  const reports: number[] = [];
  const report: LockService["report"] = async (_key, _holder, { fraction }) => {
    reports.push(fraction);
    throw new Error("lost");
  };
  const locks = locksWith({ report });
  await locks.acquireLock("key", "a");
  locks.reportProgress("key", "a", { fraction: 0.1 });
  locks.reportProgress("key", "a", { fraction: 0.2 });
  await eventually(() => reports.length === 2, "the second report is lost");
  locks.reportProgress("key", "a", { fraction: 0.3 });
  await locks.releaseLock("key", "a");
  locks.reportProgress("key", "a", { fraction: 0.4 });
  await locks.acquireLock("key", "a");
  locks.reportProgress("key", "a", { fraction: 0.5 });
  await eventually(() => reports.length === 3, "a later report is lost");
  expect(reports).toEqual([0.1, 0.2, 0.5]);
  const silent = locksWith({});
  await silent.acquireLock("key", "a");
  silent.reportProgress("key", "a", { fraction: 0.5 });
});

test("one who waits without a listener asks for no progress", async () => {
  const asked: unknown[] = [];
  const wait: LockService["wait"] = async (...args) => {
    asked.push(args.slice(1));
    return free;
  };
  await locksWith({ wait }).waitForLock("key");
  await locksWith({ wait }).waitForLock("key", { onProgress: () => {} });
  expect(asked).toEqual([
    [10_000, undefined],
    [10_000, 0],
  ]);
});

test("each progress is told once, and names the number that was seen in the next call", async () => {
  const progress = (number: number) => ({ ...held, progress: { fraction: number / 10, number } });
  const states = [progress(1), progress(1), held, progress(4), { ...free, progress: progress(5).progress }];
  const seen: unknown[] = [];
  const locks = locksWith({
    wait: async (_key, _timeout, number) => {
      seen.push(number);
      return states.shift()!;
    },
  });
  const told: Progress[] = [];
  await locks.waitForLock("key", { onProgress: (one) => told.push(one) });
  expect(told).toEqual([{ fraction: 0.1 }, { fraction: 0.4 }]);
  expect(seen).toEqual([0, 1, 1, 1, 4]);
});

test("a wait ends after its timeout, although each call has another progress", async () => {
  let number = 0;
  const wait: LockService["wait"] = async () => ({ ...held, progress: { fraction: 0.5, number: ++number } });
  expect(await locksWith({ wait }).waitForLock("key", { timeout: 300, onProgress: () => {} })).toBeUndefined();
  expect(number).toBeLessThan(5);
});
