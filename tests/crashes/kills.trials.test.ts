import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { inject, test } from "vitest";
import { countTried, runsOf } from "../trials/trial.ts";
import { CrashWorld } from "./crash-world.ts";

/** What a lock takes at most that a killed page had: its lease, and time for a slow machine. Milliseconds. */
const lockWithin = 5_000;

const moments = (count: number) =>
  fc.sample(fc.record({ seed: fc.integer(), delay: fc.integer({ min: 0, max: 400 }) }), {
    seed: inject("trials").seed,
    numRuns: count,
  });

// Chromium 150 may lose a whole database with the second kill, as docs/reliability.md says, so each browser has a new one.
test.concurrent(
  "a killed browser has kept all that was acknowledged, whole, and no lock",
  { timeout: 7_200_000 },
  async (context) => {
    const { expect } = context;
    await using world = await CrashWorld.start();
    for (const { seed, delay } of moments(runsOf({ short: 1, long: 200 }))) {
      const [first, second] = await Promise.all([world.open(), world.open()]);
      await Promise.all([world.work(first, "first", seed), world.work(second, "second", ~seed)]);
      await sleep(delay);
      await world.chromium.kill();
      await world.startBrowser();
      const page = await world.open();
      await world.check(page);
      expect(await world.lockAll(page)).toBeLessThan(lockWithin);
      await page.close();
      world.moveOn();
      countTried(context, "faults", 1);
    }
  },
);

test.concurrent(
  "a killed tab has kept all that was acknowledged, and the other one goes on",
  { timeout: 7_200_000 },
  async (context) => {
    const { expect } = context;
    await using world = await CrashWorld.start();
    const second = await world.open();
    for (const { seed, delay } of moments(runsOf({ short: 2, long: 200 }))) {
      const first = await world.open();
      const renderer = await world.chromium.rendererOf(first);
      await Promise.all([world.work(first, "first", seed), world.work(second, "second", ~seed)]);
      await sleep(delay);
      const crashed = first.waitForEvent("crash");
      process.kill(renderer, "SIGKILL");
      await crashed;
      const before = world.counted("second");
      await expect.poll(() => world.counted("second"), { timeout: lockWithin }).toBeGreaterThan(before);
      await world.stop(second);
      await world.check(second);
      expect(await world.lockAll(second)).toBeLessThan(lockWithin);
      await first.close();
      countTried(context, "faults", 1);
    }
  },
);
