import type { Progress, ProgressListener } from "../../core/concurrency/progress.ts";
import { assertEqual } from "../cases/assert.ts";
import { acquire, type Play } from "./lock-scene.ts";
import { eventually, inTime } from "../cases/wait-for.ts";

/** For managers that pass on progress. */
export const progressPlays: Record<string, Play> = {
  async "all who wait are told how far the holder is, in any order of asking and reporting"({ one, other, key }) {
    if (!one.reportProgress) return;
    await acquire(one, key, "a");
    const listener = new ProgressLog();
    const waits = [one, other].map((locks, n) => locks.waitForLock(key, { onProgress: listener.of(`wait ${n}`) }));
    const turns = [one, other].map(async (locks, n) => {
      await acquire(locks, key, `b${n}`, { onProgress: listener.of(`queue ${n}`) });
      await locks.releaseLock(key, `b${n}`);
    });
    one.reportProgress(key, "a", { fraction: 0.25, note: "a quarter" });
    await listener.everyone(4, { fraction: 0.25, note: "a quarter" });
    waits.push(other.waitForLock(key, { onProgress: listener.of("late") }));
    await listener.everyone(5, { fraction: 0.25, note: "a quarter" });
    one.reportProgress(key, "a", { fraction: 1 });
    await listener.everyone(5, { fraction: 1 });
    await one.releaseLock(key, "a");
    await inTime(Promise.all([...turns, ...waits]), "some still wait");
  },
  async "of many reports the last one is told, and none after a later one"({ one, other, key }) {
    if (!one.reportProgress) return;
    await acquire(one, key, "a");
    const listener = new ProgressLog();
    const wait = other.waitForLock(key, { onProgress: listener.of("wait") });
    for (let n = 0; n <= 100; n++) one.reportProgress(key, "a", { fraction: n / 100 });
    await listener.everyone(1, { fraction: 1 });
    const told = listener.all("wait").map(({ fraction }) => fraction);
    assertEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
    await one.releaseLock(key, "a");
    await inTime(wait, "it still waits");
  },
  async "nobody but the holder reports, and its progress ends with its lock"({ one, other, key }) {
    if (!one.reportProgress || !other.reportProgress) return;
    await acquire(one, key, "a");
    one.reportProgress(key, "a", { fraction: 0.5 });
    one.reportProgress(key, "b", { fraction: 0.6 });
    other.reportProgress(key, "b", { fraction: 0.6 });
    await one.releaseLock(key, "a");
    await acquire(other, key, "b");
    one.reportProgress(key, "a", { fraction: 0.7 });
    const listener = new ProgressLog();
    const wait = one.waitForLock(key, { onProgress: listener.of("wait") });
    other.reportProgress(key, "b", { fraction: 0.1 });
    await listener.everyone(1, { fraction: 0.1 });
    other.reportProgress(key, "b", { fraction: 0.2 });
    await listener.everyone(1, { fraction: 0.2 });
    assertEqual(listener.all("wait"), [{ fraction: 0.1 }, { fraction: 0.2 }]);
    await other.releaseLock(key, "b");
    await inTime(wait, "it still waits");
  },
  async "one who stops waiting is told no more"({ one, other, key }) {
    if (!one.reportProgress) return;
    await acquire(one, key, "a");
    const listener = new ProgressLog();
    const waits = [
      other.waitForLock(key, { timeout: 1, onProgress: listener.of("early") }),
      other.waitForLock(key, { onProgress: listener.of("late") }),
    ];
    await inTime(waits[0]!, "it still waits");
    one.reportProgress(key, "a", { fraction: 0.5 });
    await eventually(() => listener.all("late").length > 0, "nothing is told");
    assertEqual(listener.all("early"), []);
    await one.releaseLock(key, "a");
    await inTime(Promise.all(waits), "it still waits");
  },
};

/** What each of several listeners was told. */
class ProgressLog {
  readonly #told = new Map<string, Progress[]>();

  of(name: string): ProgressListener {
    const told: Progress[] = [];
    this.#told.set(name, told);
    return ({ fraction, note }) => void told.push({ fraction, ...(note !== undefined && { note }) });
  }

  all(name: string): readonly Progress[] {
    return this.#told.get(name) ?? [];
  }

  /** Resolves once `count` listeners were told this last. */
  async everyone(count: number, last: Progress): Promise<void> {
    const isTold = (told: Progress[]) => JSON.stringify(told.at(-1)) === JSON.stringify(last);
    const toldOf = () => [...this.#told.values()].filter(isTold);
    await eventually(() => toldOf().length === count, `not all are told ${JSON.stringify(last)}`);
  }
}
