import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import type { Page } from "playwright";
import { expect, inject, test } from "vitest";
import { countTried, runsOf } from "../trials/trial.ts";
import { CrashWorld, type StopStep } from "./crash-world.ts";

/** A page that is loaded again has lost it. */
declare const window: { wasLeft?: boolean };

/** What a lock takes at most that a stopped page has: its lease, and time for a slow machine. Milliseconds. */
const lockWithin = 5_000;

/** Of a page that is stopped in mid-transaction, which Chromium aborts after a minute. */
const stoppedWithin = 90_000;

const { isLong, seed: trialSeed } = inject("trials");

const pauses = (count: number) => {
  const pause = {
    seed: fc.integer(),
    delay: fc.integer({ min: 0, max: 400 }),
    length: fc.integer({ min: 0, max: 2_500 }),
    step: fc.constantFrom<StopStep[]>("begin", "write", "end"),
  };
  return fc.sample(fc.record(pause), { seed: trialSeed, numRuns: count });
};

test(
  "a stopped tab loses its lock at the end of the lease, and its late increments are refused",
  { timeout: 7_200_000 },
  async (context) => {
    await using world = await CrashWorld.start();
    const [first, second] = await Promise.all([world.open(), world.open()]);
    const renderer = await world.chromium.rendererOf(first);
    for (const { seed, length, step } of pauses(runsOf({ short: 1, long: 60 }))) {
      await Promise.all([world.count(first, "first"), world.work(second, "second", seed)]);
      await world.stopAt("first", step, renderer);
      await outlast(world, [first, second], renderer, { within: lockWithin, length });
      countTried(context, "faults", 1);
    }
  },
);

test(
  "a tab that is stopped while it waits for what it reads holds up nobody",
  { timeout: 7_200_000 },
  async (context) => {
    await using world = await CrashWorld.start();
    const [first, second] = await Promise.all([world.open(), world.open()]);
    const renderer = await world.chromium.rendererOf(first);
    for (const { length } of pauses(runsOf({ short: 1, long: 60 }))) {
      await Promise.all([world.read(first, "first"), world.count(second, "second")]);
      await world.stopAt("first", "write", renderer);
      await outlast(world, [first, second], renderer, { within: lockWithin, length });
      countTried(context, "faults", 1);
    }
  },
);

// a round may take a minute
test.runIf(isLong)(
  "a tab that is stopped in mid-transaction holds up the others for a minute and a half at most",
  { timeout: 7_200_000 },
  async (context) => {
    await using world = await CrashWorld.start();
    const [first, second] = await Promise.all([world.open(), world.open()]);
    const renderer = await world.chromium.rendererOf(first);
    for (const { seed, delay } of pauses(runsOf({ short: 1, long: 12 }))) {
      await Promise.all([world.work(first, "first", seed), world.work(second, "second", ~seed)]);
      await sleep(delay);
      await world.stopAt("first", "write", renderer);
      await outlast(world, [first, second], renderer, { within: stoppedWithin });
      countTried(context, "faults", 1);
    }
  },
);

test(
  "a page that comes back from the back/forward cache goes on, and no increment of it is lost or late",
  { timeout: 7_200_000 },
  async (context) => {
    await using world = await CrashWorld.start();
    const second = await world.open();
    let restored = 0;
    for (const [round, { seed, delay, length }] of pauses(runsOf({ short: 1, long: 60 })).entries()) {
      const first = await world.open();
      await first.evaluate(() => (window.wasLeft = true));
      await world.work(first, "first", seed);
      // in every other round the other page wants the lock, and the browser may drop the cached page for it
      const isContended = round % 2 === 1;
      if (isContended) await world.work(second, "second", ~seed);
      await sleep(delay);
      await first.goto(`${world.origin}/away`);
      const before = world.counted("second");
      await sleep(length);
      if (isContended)
        await expect.poll(() => world.counted("second"), { timeout: lockWithin }).toBeGreaterThan(before);
      // Playwright waits for a load, which a page from the cache doesn't have
      await first.evaluate("void setTimeout(() => history.back())");
      await expect.poll(() => first.evaluate("location.pathname + document.readyState")).toBe("/complete");
      const isRestored = await first.evaluate(() => window.wasLeft === true);
      if (isRestored) {
        restored++;
        const own = world.counted("first");
        await expect.poll(() => world.counted("first"), { timeout: lockWithin }).toBeGreaterThan(own);
        await world.stop(first);
      }
      if (isContended) await world.stop(second);
      await world.check(second);
      expect(await world.lockAll(second)).toBeLessThan(lockWithin);
      await first.close();
      countTried(context, "faults", 1);
    }
    expect(restored).toBeGreaterThan(0);
  },
);

/** The second page goes on beside the stopped first one, which then goes on too. Both have lost nothing. */
async function outlast(
  world: CrashWorld,
  [first, second]: readonly [Page, Page],
  renderer: number,
  { within, length = 0 }: { readonly within: number; readonly length?: number },
): Promise<void> {
  try {
    const before = world.counted("second");
    await expect.poll(() => world.counted("second"), { timeout: within }).toBeGreaterThan(before);
    await sleep(length);
  } finally {
    process.kill(renderer, "SIGCONT");
  }
  await Promise.all([world.stop(first), world.stop(second)]);
  await world.check(second);
  await world.check(first);
}
