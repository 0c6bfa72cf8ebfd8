import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refresher } from "../../../src/inspector/elements/refresher.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("requests that never cease join, and don't put the work off", async () => {
  const work = vi.fn(async () => {});
  const refresher = new Refresher(work, { delay: 250 });
  refresher.show(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(1);
  for (let time = 0; time < 1_000; time += 100) {
    refresher.request();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(work).toHaveBeenCalledTimes(4);
  refresher.show(false);
});

test("a request without a delay doesn't wait for one that has time, nor for the next turn of the clock", async () => {
  const work = vi.fn(async () => {});
  const refresher = new Refresher(work, { delay: 250, every: 5_000 });
  refresher.show(true);
  await vi.advanceTimersByTimeAsync(0);
  refresher.request();
  refresher.request(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(work).toHaveBeenCalledTimes(3);
  refresher.show(false);
});
