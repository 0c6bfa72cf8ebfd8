import { vi } from "vitest";

/** Lets everything run that waits for no timer. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/**
 * Lets milliseconds pass on vitest's fake clock, `step` at a time. Unlike `advanceTimersByTimeAsync` it needs no real timer,
 * which is slow in browsers.
 */
export async function pass(duration: number, step = 1): Promise<void> {
  await settled();
  for (let left = duration; left > 0; left -= step) {
    vi.advanceTimersByTime(Math.min(step, left));
    await settled();
  }
}

/** Lets time pass until the condition holds: ten minutes are over at once. Throws if that is not enough. */
export async function untilInFakeTime(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 350) throw new Error("a call never ends");
    await (i < 50 ? pass(20) : pass(2_000, 100));
  }
}
